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
	return dbConfig(c, 1, lib.SQLITE_DBCONFIG_DEFENSIVE, lib.SQLITE_DBCONFIG_ENABLE_QPSG)
}

// noStrings ends SQLite's habit of taking a name in double quotes that it does not know for a text.
func noStrings(c *sqlite.Conn) error {
	return dbConfig(c, 0, lib.SQLITE_DBCONFIG_DQS_DML, lib.SQLITE_DBCONFIG_DQS_DDL)
}

// dbConfig turns switches of a connection on, by 1, or off, by 0.
func dbConfig(c *sqlite.Conn, on int32, switches ...int32) error {
	t, handle := handles(c)
	args := libc.NewVaList(on, uintptr(0))
	if args == 0 {
		return errors.New("configuring a connection: out of memory")
	}
	defer libc.Xfree(t, args)
	for _, what := range switches {
		if res := lib.Xsqlite3_db_config(t, handle, what, args); res != lib.SQLITE_OK {
			return fmt.Errorf("configuring a connection: %w", sqlite.ResultCode(res).ToError())
		}
	}
	return nil
}

// handles are the connection's, which configure has found to be where they are looked for.
func handles(c *sqlite.Conn) (*libc.TLS, uintptr) {
	v := reflect.ValueOf(c).Elem()
	return (*libc.TLS)(v.FieldByName("tls").UnsafePointer()), uintptr(v.FieldByName("conn").Uint())
}
