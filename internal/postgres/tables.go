package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// Tables lists tables with their counts.
func (d *database) Tables(ctx context.Context, p stele.Page) (list []stele.TableCount, err error) {
	var limit *int64
	if p.Limit > 0 {
		n := int64(p.Limit)
		limit = &n
	}
	a := d.agent()
	err = d.whole(func() error {
		return d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
			rows, err := c.Query(ctx, selectTables(d.schema)+`ORDER BY t.seq LIMIT $1 OFFSET $2`, limit, p.Offset)
			if err != nil {
				return err
			}
			found, err := scanTables(rows)
			if err != nil {
				return err
			}
			if err := d.complete(ctx, c, a, found); err != nil {
				return err
			}
			list = make([]stele.TableCount, len(found))
			for i, l := range found {
				list[i] = stele.TableCount{Table: l.Table, Records: l.records}
			}
			return nil
		})
	})
	return list, err
}

// complete gives the tables their fields: those that memory has, or those that the database has.
func (d *database) complete(ctx context.Context, c *pgxpool.Conn, a *agent, found []listed) error {
	var unknown []listed
	var places []int
	var ids []string
	for i, l := range found {
		if t := a.get(l.ID); t != nil && t.version == l.version {
			found[i].Table = t.Table
			continue
		}
		unknown, places = append(unknown, l), append(places, i)
		ids = append(ids, string(l.ID))
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := c.Query(ctx, selectFields(d.schema)+`ORDER BY t.id, f.position`, ids)
	if err != nil {
		return err
	}
	if err := scanFields(rows, unknown); err != nil {
		return err
	}
	for n, l := range unknown {
		l.Index()
		found[places[n]].Table = a.put(newTable(d.id, l.version, l.Table)).Table
	}
	return nil
}

// CreateTable makes a table, and enters in the catalog whose it is, in one transaction.
func (d *database) CreateTable(ctx context.Context, def *stele.Table, once *stele.Once[stele.TableID]) error {
	kept := keep(once)
	return d.write(ctx, func(t *tx) error {
		answered(kept, once, def.ID)
		return d.makeTable(t, def, max(1, stele.FirstRecordID(def.Created.Time())), kept)
	})
}

// makeTable makes a table whose records count from first, and keeps the answer.
func (d *database) makeTable(t *tx, def *stele.Table, first stele.RecordID, kept *kept) error {
	if err := d.makeRoom(t, def, kept); err != nil {
		return err
	}
	made := newTable(d.id, 1, def)
	if err := t.script(made.createSQL()); err != nil {
		return err
	}
	if err := made.buildKeyword(t, made.name); err != nil {
		return err
	}
	b := &pgx.Batch{}
	d.queueTable(b, def, first)
	kept.queue(b, d.schema, def.ID, 1)
	return again(t.commit(b))
}

// makeRoom takes the lock under which tables are made, and sees that this one may be.
func (d *database) makeRoom(t *tx, def *stele.Table, kept *kept) error {
	taken := false
	b := &pgx.Batch{}
	b.Queue(`SELECT version FROM ` + d.schema + `._agent FOR UPDATE`).QueryRow(func(r pgx.Row) error {
		var version int
		if err := r.Scan(&version); err != nil {
			return err
		}
		return d.check(version)
	})
	kept.look(b, d.schema)
	b.Queue(`SELECT EXISTS (SELECT 1 FROM `+d.schema+`._tables WHERE name=$1)`, def.Name).QueryRow(func(r pgx.Row) error {
		return r.Scan(&taken)
	})
	if err := t.send(b); err != nil {
		return err
	}
	if err := kept.known(); err != nil {
		return err
	}
	if taken {
		return errTaken(def.Name)
	}
	return nil
}

// queueTable enters the table as the last one in order of creation, its records to count from first.
func (d *database) queueTable(b *pgx.Batch, def *stele.Table, first stele.RecordID) {
	b.Queue(`INSERT INTO `+d.schema+`._tables (id, seq, name, stored_name, description, created_at, version, record_count, next_id, keyword_index)
		SELECT $1, coalesce(max(seq), 0)+1, $2, $3, $4, $5, 1, 0, $6, $7 FROM `+d.schema+`._tables`,
		string(def.ID), def.Name, def.Stored, def.Description, int64(def.Created), int64(first), def.KeywordIndex)
	d.queueFields(b, def)
	b.Queue(`INSERT INTO stele_catalog.tables (id, agent_id) VALUES ($1, $2)`, string(def.ID), string(d.id))
}

// queueFields enters the table's fields.
func (d *database) queueFields(b *pgx.Batch, def *stele.Table) {
	n := len(def.Fields)
	var names, stored, descriptions, types []string
	required, unique := make([]bool, n), make([]bool, n)
	for i, f := range def.Fields {
		names, stored = append(names, f.Name), append(stored, f.Stored)
		descriptions, types = append(descriptions, f.Description), append(types, f.Type.String())
		required[i], unique[i] = f.Required, f.Unique
	}
	b.Queue(`INSERT INTO `+d.schema+`._fields (table_id, position, name, stored_name, description, type, required, is_unique)
		SELECT t.id, u.n-1, u.name, u.stored, u.description, u.type, u.required, u.is_unique FROM `+d.schema+`._tables t,
		unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[])
		WITH ORDINALITY AS u(name, stored, description, type, required, is_unique, n) WHERE t.id=$1`,
		string(def.ID), names, stored, descriptions, types, required, unique)
}

// check refuses an agent's schema that this program does not know how to use.
func (d *database) check(version int) error {
	if version != agentVersion {
		return fmt.Errorf("the schema of agent %s is of version %d; this program knows %d", d.id, version, agentVersion)
	}
	return nil
}
