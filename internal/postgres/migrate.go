package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"stele"
)

//go:embed migrations
var migrations embed.FS

// Two lines of migrations, only ever forward: file number n takes the catalog, or an agent's schema, from version n-1 to n.
// The number that stands in the catalog is the catalog's; each agent's schema has its own.
const (
	catalogVersion = 2
	catalogOldest  = 1 // a program of this version may serve such a catalog: the second adds functions that the first did not name
	agentVersion   = 1
	mark           = "stele"
)

// migrationLock is the advisory lock under which the catalog is made and brought up to date: whoever comes second finds it done.
const migrationLock = 0x5374656c65 // "Stele"

// steps returns the migrations of a line in order.
func steps(line string) ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/"+line+"/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	sqls := make([]string, len(names))
	for i, n := range names {
		b, err := migrations.ReadFile(n)
		if err != nil {
			return nil, err
		}
		if want := fmt.Sprintf("/%04d.sql", i+1); !strings.HasSuffix(n, want) {
			return nil, fmt.Errorf("migration %s should end with %s", n, want)
		}
		sqls[i] = string(b)
	}
	return sqls, nil
}

// migrate makes the catalog, or brings it up to date. However many come together, one does it.
func (s *Store) migrate(ctx context.Context, c *pgx.Conn) (made bool, err error) {
	state, err := inspectCatalog(ctx, c)
	if err != nil {
		return false, err
	}
	if state.version < catalogVersion {
		made, err = s.raise(ctx, c)
		if err != nil {
			return false, err
		}
		if state, err = inspectCatalog(ctx, c); err != nil {
			return false, err
		}
	}
	return made, s.allowed(state.oldest)
}

// allowed refuses a catalog that a later version of the program has made unfit for this one. A catalog that is later but
// still fit is served.
func (s *Store) allowed(oldest int) error {
	if oldest > catalogVersion {
		return fmt.Errorf("the database was brought up to date by a newer version of stele (its catalog needs version %d, this program knows %d): run that version", oldest, catalogVersion)
	}
	return nil
}

// serves refuses a call on a catalog that a later version has made unfit for this program while it ran.
func (s *Store) serves(oldest int) error {
	err := s.allowed(oldest)
	if err == nil {
		return nil
	}
	s.opt.Log.Error("this program is too old for the database", "error", err)
	return unavailable("this server is older than its database and must be replaced; nothing was applied")
}

// catalogState is what stands in the catalog's one row; version 0 means that there is no catalog.
type catalogState struct{ version, oldest int }

// inspectCatalog refuses a schema of our name that is somebody else's.
func inspectCatalog(ctx context.Context, c *pgx.Conn) (st catalogState, err error) {
	var tables, ours int
	err = c.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE k.relname='installation') FROM pg_catalog.pg_class k
		JOIN pg_catalog.pg_namespace n ON n.oid=k.relnamespace WHERE n.nspname='stele_catalog'`).Scan(&tables, &ours)
	if err != nil {
		return st, fmt.Errorf("looking for the catalog: %w", err)
	}
	if tables == 0 {
		return st, nil
	}
	var found string
	if ours == 1 {
		err = c.QueryRow(ctx, `SELECT mark, version, oldest FROM stele_catalog.installation`).Scan(&found, &st.version, &st.oldest)
	}
	switch {
	case sqlState(err) == "42501":
		return st, errors.New("the database's user may not read the schema stele_catalog, which belongs to another user: connect as that one")
	case err != nil && sqlState(err) != "42703" && !errors.Is(err, pgx.ErrNoRows):
		return st, fmt.Errorf("reading the catalog: %w", err)
	case found != mark:
		return st, errors.New("the database has a schema stele_catalog that is not Stele's: choose another database")
	}
	return st, nil
}

// raise applies what is missing, under a lock, in one transaction.
func (s *Store) raise(ctx context.Context, c *pgx.Conn) (made bool, err error) {
	sqls, err := steps("catalog")
	if err != nil {
		return false, err
	}
	if err := s.makeSchemas(ctx, c); err != nil {
		return false, err
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return false, fmt.Errorf("making the catalog: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := lockCatalog(ctx, tx); err != nil {
		return false, err
	}
	state, err := inspectCatalog(ctx, c) // now that nobody else can change it
	if err != nil || state.version >= catalogVersion {
		return false, err
	}
	made = state.version == 0
	for i := state.version; i < len(sqls); i++ {
		if err := runAll(ctx, tx, sqls[i]); err != nil {
			return false, s.rights(fmt.Sprintf("bringing the catalog to version %d", i+1), err)
		}
	}
	if made {
		var key []byte
		if s.opt.AdminKey != (stele.KeyHash{}) {
			key = s.opt.AdminKey[:]
		}
		_, err = tx.Exec(ctx, `INSERT INTO stele_catalog.installation (mark, version, oldest, admin_key) VALUES ($1, $2, $3, $4)`, mark, catalogVersion, catalogOldest, key)
	} else {
		_, err = tx.Exec(ctx, `UPDATE stele_catalog.installation SET version=$1, oldest=$2`, catalogVersion, catalogOldest)
	}
	if err == nil && s.citus && made {
		err = s.distribute(ctx, tx)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("making the catalog: %w", err)
	}
	return made, nil
}

// runAll runs the statements of a migration one by one, since Citus takes no definitions together. Each ends with its line, outside
// of bodies between $$.
func runAll(ctx context.Context, tx pgx.Tx, sql string) error {
	statement := ""
	for part := range strings.SplitSeq(sql, ";\n") {
		if statement += part; strings.Count(statement, "$$")%2 == 1 {
			statement += ";\n"
			continue
		}
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
		statement = ""
	}
	return nil
}

// lockCatalog waits until nobody else makes the catalog.
func lockCatalog(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("waiting for the catalog: %w", err)
	}
	return nil
}

// makeSchemas makes the schemas that are no agent's, the catalog's and that of functions: Citus keeps them on every node. It is a
// transaction of its own: in one that has made a schema, Citus makes the schema's owner known on the other nodes as that owner, who may not.
func (s *Store) makeSchemas(ctx context.Context, c *pgx.Conn) error {
	ours := true
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if err := lockCatalog(ctx, tx); err != nil {
			return err
		}
		if s.citus {
			if _, err := tx.Exec(ctx, `SET LOCAL citus.enable_schema_based_sharding TO off`); err != nil {
				return err
			}
		}
		for _, sql := range []string{`CREATE SCHEMA IF NOT EXISTS stele_catalog`, `CREATE SCHEMA IF NOT EXISTS stele_functions`} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		// Questions look there before anywhere else: nobody else may have put anything into it.
		return tx.QueryRow(ctx, `SELECT nspowner=(SELECT oid FROM pg_catalog.pg_roles WHERE rolname=current_user) FROM pg_catalog.pg_namespace WHERE nspname='stele_functions'`).Scan(&ours)
	})
	if err != nil {
		return s.rights("making the catalog's schema", err)
	}
	if !ours {
		return errors.New("the database has a schema stele_functions that belongs to another user: have it dropped, or choose another database")
	}
	return nil
}

// rights says what the database's user lacks, or else what was being done.
func (s *Store) rights(doing string, err error) error {
	cc := s.server
	switch sqlState(err) {
	case "42501":
		return fmt.Errorf("the user may not create schemas in the database, and each agent has one: have its owner run GRANT CREATE ON DATABASE %s TO %s, or connect as the owner",
			quote(databaseOf(cc)), quote(cc.User))
	case "25006": // no standby: none is taken into use
		return fmt.Errorf("the user %q may only read in the database %q, where default_transaction_read_only is on: switch it off, or correct the database's URL", cc.User, databaseOf(cc))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// makeAgentSchema makes an agent's schema and what of ours is in it.
func (s *Store) makeAgentSchema(ctx context.Context, tx pgx.Tx, a stele.AgentInfo) error {
	sqls, err := steps("agent")
	if err != nil {
		return err
	}
	schema := schemaOf(a.ID)
	if s.citus {
		if _, err := tx.Exec(ctx, `SET LOCAL citus.enable_schema_based_sharding TO on`); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `CREATE SCHEMA `+schema); err != nil {
		return err
	}
	for _, sql := range sqls {
		if err := runAll(ctx, tx, strings.ReplaceAll(sql, "{agent}", schema)); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO `+schema+`._agent (id, name, created_at, version) VALUES ($1, $2, $3, $4)`,
		string(a.ID), a.Name, int64(a.Created), agentVersion)
	return err
}
