package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

const mostProfiles = 1000 // that are remembered

// profiles are those made a moment ago. A table's count is asked for each time: it is exact.
type profiles struct {
	mu sync.Mutex
	m  map[stele.TableID]madeProfile
}

type madeProfile struct {
	*stele.Profile
	version int64 // of the table's definition
	at      time.Time
}

func (p *profiles) get(t *table, records int, now time.Time) *stele.Profile {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A small table is counted anew: it is cheap, and its author sees at once what he has changed.
	if m, ok := p.m[t.ID]; ok && m.version == t.version && records > stele.ProfileSeen && now.Sub(m.at) < stele.ProfileAge {
		fresh := *m.Profile
		fresh.Records = records
		return &fresh
	}
	return nil
}

func (p *profiles) put(id stele.TableID, made madeProfile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = make(map[stele.TableID]madeProfile)
	}
	for other := range p.m {
		if len(p.m) < mostProfiles {
			break
		}
		delete(p.m, other)
	}
	p.m[id] = made
}

// Profile says what a table's fields hold.
func (d *database) Profile(ctx context.Context, def *stele.Table) (*stele.Profile, error) {
	t, err := d.table(ctx, def)
	if err != nil {
		return nil, err
	}
	var p *stele.Profile
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		var records int
		err := c.QueryRow(ctx, `SELECT record_count FROM `+d.schema+`._tables t WHERE `+guard, string(t.ID), t.version).Scan(&records)
		if err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return stele.ErrTableChanged
			}
			return err
		}
		now := d.store.opt.Now()
		if p = d.store.profiles.get(t, records, now); p != nil {
			return nil
		}
		p = &stele.Profile{Records: records, Fields: make([]stele.FieldProfile, len(t.Fields))}
		if err := t.profile(ctx, c, p); err != nil {
			return err
		}
		d.store.profiles.put(t.ID, madeProfile{p, t.version, now})
		return nil
	})
	return p, err
}

// profile counts, in a transaction of one state.
func (t *table) profile(ctx context.Context, c *pgxpool.Conn, p *stele.Profile) error {
	return pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// The lock comes before the state: then the table is what its definition says, and stays it.
		if _, err := tx.Exec(ctx, `LOCK TABLE `+t.name+` IN ACCESS SHARE MODE`); err != nil {
			return err
		}
		there := false
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.schema+`._tables t WHERE `+guard+`)`, string(t.ID), t.version).Scan(&there)
		if err != nil {
			return err
		}
		if !there {
			return stele.ErrTableChanged
		}
		seen := t.name
		if p.Records > stele.ProfileSeen {
			var least, greatest int64
			err := tx.QueryRow(ctx, `SELECT coalesce(min("_id"), 0), coalesce(max("_id"), 0) FROM `+t.name).Scan(&least, &greatest)
			if err != nil {
				return err
			}
			step := max(1, (greatest-least+1)/stele.ProfileParts)
			seen = fmt.Sprintf(`(SELECT s.* FROM generate_series(0, %d) g, LATERAL (SELECT * FROM %s x WHERE x."_id">=%d+g*%d AND x."_id"<%d+(g+1)*%d ORDER BY x."_id" LIMIT %d) s)`,
				stele.ProfileParts-1, t.name, least, step, least, step, stele.ProfileSeen/stele.ProfileParts)
		} else if _, err := tx.Exec(ctx, searching); err != nil {
			return err
		}
		for i := range t.Fields {
			if err := t.profileField(ctx, tx, i, seen, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// profileField counts the values of one field. Least and greatest of the whole table are asked for where an index has them;
// elsewhere they are those of the records seen.
func (t *table) profileField(ctx context.Context, tx pgx.Tx, field int, seen string, p *stele.Profile) error {
	f := &p.Fields[field]
	typ, column := t.Fields[field].Type, t.column(field)
	least, greatest := `(array_agg(v ORDER BY v))[1]`, `(array_agg(v ORDER BY v DESC))[1]` // min and max know no booleans
	if typ != stele.Boolean {
		least, greatest = `min(v)`, `max(v)`
	}
	sql := `WITH g AS MATERIALIZED (SELECT s.` + column + ` AS v, count(*) AS n FROM ` + seen + ` s GROUP BY 1)
		SELECT coalesce(sum(n), 0)::bigint, coalesce(sum(n) FILTER (WHERE v IS NULL), 0)::bigint, count(v), count(v) FILTER (WHERE n=1),
			(SELECT ` + least + ` FROM g WHERE v IS NOT NULL), (SELECT ` + greatest + ` FROM g WHERE v IS NOT NULL) FROM g`
	var once int
	err := tx.QueryRow(ctx, sql).Scan(&p.Seen, &f.Nulls, &f.Distinct, &once, cellOf(typ, &f.Least), cellOf(typ, &f.Greatest))
	if err != nil {
		return err
	}
	f.Distinct = p.EstimateDistinct(p.Seen-f.Nulls, f.Distinct, once)
	if t.Fields[field].Unique {
		if p.Records <= p.Seen {
			return nil
		}
		return tx.QueryRow(ctx, `SELECT (SELECT `+column+` FROM `+t.name+` WHERE `+column+` IS NOT NULL ORDER BY 1 LIMIT 1),
			(SELECT `+column+` FROM `+t.name+` WHERE `+column+` IS NOT NULL ORDER BY 1 DESC LIMIT 1)`).Scan(cellOf(typ, &f.Least), cellOf(typ, &f.Greatest))
	}
	short := ""
	if typ == stele.Text {
		short = fmt.Sprintf(` AND length(s.%s)<=%d`, column, stele.LongestFrequent)
	}
	rows, err := tx.Query(ctx, `SELECT s.`+column+`, count(*) FROM `+seen+` s WHERE s.`+column+` IS NOT NULL`+short+
		fmt.Sprintf(` GROUP BY 1 HAVING count(*)>1 ORDER BY 2 DESC, 1 LIMIT %d`, stele.MostFrequent))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var q stele.Frequency
		if err := rows.Scan(cellOf(typ, &q.Value), &q.Count); err != nil {
			return err
		}
		f.Frequent = append(f.Frequent, q)
	}
	return rows.Err()
}
