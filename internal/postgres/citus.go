package postgres

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// oldestCitus is the first major version that places whole schemas.
const oldestCitus = 12

// inspectCitus refuses a version that is too old, and a worker: agents and tables can be made from the coordinator alone.
func (s *Store) inspectCitus(ctx context.Context, c *pgx.Conn, version int) error {
	if version < oldestCitus {
		return fmt.Errorf("the database has Citus %d; Stele needs %d or later", version, oldestCitus)
	}
	var coordinator bool
	if err := c.QueryRow(ctx, `SELECT citus_is_coordinator()`).Scan(&coordinator); err != nil {
		return fmt.Errorf("asking Citus which node this is: %w", err)
	}
	if !coordinator {
		cc := c.Config()
		return fmt.Errorf("the database at %s is a worker of a Citus cluster: name the coordinator", net.JoinHostPort(cc.Host, strconv.Itoa(int(cc.Port))))
	}
	return nil
}

// distribute makes the catalog's tables reference tables: whole on every node.
func (s *Store) distribute(ctx context.Context, tx pgx.Tx) error {
	for _, name := range []string{"installation", "agents", "tombstones", "keys", "tables"} {
		if _, err := tx.Exec(ctx, `SELECT create_reference_table($1::regclass)`, "stele_catalog."+name); err != nil {
			return err
		}
	}
	return nil
}
