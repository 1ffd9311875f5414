package sqlite

import (
	"errors"
	"fmt"
	"reflect"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"
)

// configure turns on what only sqlite3_db_config can: defensive mode, and the promise that a statement keeps its plan. Without
// that promise each new LIMIT that is bound, and each binding that is let go, has the statement compiled again, which took a
// quarter of a page's time. The driver's own SetDefensive must never be called: as of 1.4.2 it hands
// sqlite3_db_config one argument where that reads two, and the second, whatever stands behind the first in memory, is
// taken for an address and written to. The connection's handle is not exported, so it is looked up by name; a driver
// that names it otherwise is refused here, and by the first test.
func configure(c *sqlite.Conn) error {
	tls, handle := reflect.ValueOf(c).Elem().FieldByName("tls"), reflect.ValueOf(c).Elem().FieldByName("conn")
	if !tls.IsValid() || tls.Type() != reflect.TypeFor[*libc.TLS]() || !handle.IsValid() || handle.Kind() != reflect.Uintptr {
		return errors.New("configuring a connection: this version of the driver is not known")
	}
	t := (*libc.TLS)(tls.UnsafePointer())
	args := libc.NewVaList(int32(1), uintptr(0))
	if args == 0 {
		return errors.New("configuring a connection: out of memory")
	}
	defer libc.Xfree(t, args)
	for _, what := range []int32{lib.SQLITE_DBCONFIG_DEFENSIVE, lib.SQLITE_DBCONFIG_ENABLE_QPSG} {
		if res := lib.Xsqlite3_db_config(t, uintptr(handle.Uint()), what, args); res != lib.SQLITE_OK {
			return fmt.Errorf("configuring a connection: %w", sqlite.ResultCode(res).ToError())
		}
	}
	return nil
}
