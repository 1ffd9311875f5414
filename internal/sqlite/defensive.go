package sqlite

import (
	"errors"
	"fmt"
	"reflect"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"
)

// setDefensive turns SQLite's defensive mode on. The driver's own SetDefensive must never be called: as of 1.4.2 it hands
// sqlite3_db_config one argument where that reads two, and the second, whatever stands behind the first in memory, is
// taken for an address and written to. The connection's handle is not exported, so it is looked up by name; a driver
// that names it otherwise is refused here, and by the first test.
func setDefensive(c *sqlite.Conn) error {
	tls, handle := reflect.ValueOf(c).Elem().FieldByName("tls"), reflect.ValueOf(c).Elem().FieldByName("conn")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !handle.IsValid() || handle.Kind() != reflect.Uintptr {
		return errors.New("defensive mode: this version of the driver is not known")
	}
	t := (*libc.TLS)(tls.UnsafePointer())
	args := libc.NewVaList(int32(1), uintptr(0))
	if args == 0 {
		return errors.New("defensive mode: out of memory")
	}
	defer libc.Xfree(t, args)
	if res := lib.Xsqlite3_db_config(t, uintptr(handle.Uint()), lib.SQLITE_DBCONFIG_DEFENSIVE, args); res != lib.SQLITE_OK {
		return fmt.Errorf("defensive mode: %w", sqlite.ResultCode(res).ToError())
	}
	return nil
}
