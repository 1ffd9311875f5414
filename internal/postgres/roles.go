package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"stele"
)

// An agent's questions run as a role of its own, which may read its tables and is a member of nothing: what gets past the parser still meets
// the server's own walls. Roles belong to the whole server, so their names hold something of the installation.

// errNotSetUp is the error of a server that lets Stele make no roles, or lets those not in.
func errNotSetUp() error {
	return &stele.QueryFault{Detail: "questions in SQL are not set up on this server"}
}

// everyRefusal is how long a server that does not let roles be made is not asked again.
const everyRefusal = 30 * time.Second

// roleConnections bounds the connections of an agent's role on the whole server: DESIGN.md says why it is so many.
const roleConnections = 16

// secret is what roles' names and passwords are made of; all replicas have the same.
func (s *Store) secret(ctx context.Context) (secret []byte, err error) {
	s.ask.mu.Lock()
	secret = s.ask.secret
	s.ask.mu.Unlock()
	if secret != nil {
		return secret, nil
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT asking FROM stele_catalog.installation FOR UPDATE`).Scan(&secret); err != nil || secret != nil {
			return err
		}
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails
		_, err := tx.Exec(ctx, `UPDATE stele_catalog.installation SET asking=$1`, secret)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.ask.mu.Lock()
	s.ask.secret = secret
	s.ask.mu.Unlock()
	return secret, nil
}

func derive(secret []byte, what string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(what))
	return m.Sum(nil)
}

// roleOf is the name of an agent's role, and its password.
func roleOf(secret []byte, id stele.AgentID) (name, password string) {
	return "stele_" + hex.EncodeToString(derive(secret, "installation")[:4]) + "_" + string(id),
		hex.EncodeToString(derive(secret, "password "+string(id)))
}

// verifier is what the server keeps of a password, so that the password itself never stands in a statement or a log.
func verifier(secret []byte, id stele.AgentID, password string) (string, error) {
	const rounds = 4096
	salt := derive(secret, "salt "+string(id))[:16]
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(derive(salted, "Client Key"))
	enc := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, enc(salt), enc(stored[:]), enc(derive(salted, "Server Key"))), nil
}

// permit sees that the agent's role is there and may read the tables, which are the agent's.
func (d *database) permit(ctx context.Context, secret []byte, tables []string) error {
	s := d.store
	role, password := roleOf(secret, d.id)
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Whoever deletes the agent waits for this lock, and drops the role that it finds then. So do other questions: rights that are
		// given twice at one moment are an error of the server's.
		tag, err := tx.Exec(ctx, `SELECT 1 FROM stele_catalog.agents WHERE id=$1 FOR UPDATE`, string(d.id))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errGone()
		}
		limit, err := roleLimit(ctx, tx, role)
		if err != nil {
			return err
		}
		var sqls []string
		switch {
		case limit == nil:
			v, err := verifier(secret, d.id, password)
			if err != nil {
				return err
			}
			sqls = append(sqls, fmt.Sprintf(`CREATE ROLE %s LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT %d PASSWORD '%s'`, quote(role), roleConnections, v))
		case *limit != roleConnections: // another version made it
			sqls = append(sqls, fmt.Sprintf(`ALTER ROLE %s CONNECTION LIMIT %d`, quote(role), roleConnections))
		}
		sqls = append(sqls, `GRANT USAGE ON SCHEMA `+d.schema+` TO `+quote(role))
		for _, name := range tables {
			sqls = append(sqls, `GRANT SELECT ON `+d.schema+`.`+quote(name)+` TO `+quote(role))
		}
		for _, sql := range sqls {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	switch sqlState(err) {
	case "42501":
		s.ask.refuse(s.opt.Now())
		s.opt.Log.Error("questions in SQL are refused: the database's user may not make the roles that they run as; have the server's owner run "+
			"ALTER ROLE "+quote(s.server.User)+" CREATEROLE", "error", err)
		return errNotSetUp()
	case "42710", "23505": // another replica made it at the same moment
		return errAgain
	}
	return err
}

// roleLimit is how many connections the role may have; nil if there is no such role.
func roleLimit(ctx context.Context, tx pgx.Tx, role string) (limit *int, err error) {
	err = tx.QueryRow(ctx, `SELECT (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname=$1)`, role).Scan(&limit)
	return limit, err
}

// dropRole takes a deleted agent's role away, after its schema: then nothing is left that it might read.
func (s *Store) dropRole(ctx context.Context, tx pgx.Tx, id stele.AgentID) error {
	var secret []byte
	if err := tx.QueryRow(ctx, `SELECT asking FROM stele_catalog.installation`).Scan(&secret); err != nil || secret == nil {
		return err
	}
	role, _ := roleOf(secret, id)
	if limit, err := roleLimit(ctx, tx, role); err != nil || limit == nil {
		return err
	}
	_, err := tx.Exec(ctx, `DROP ROLE `+quote(role))
	return err
}
