package postgres

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// keyCache remembers keys that were found. A number in the catalog moves whenever a key is withdrawn, and what is remembered
// holds while that number is as it was when the key was read, and was looked at within the last ttl: so long at most does a key that
// was revoked elsewhere still hold here. It needs no word from other replicas, so none can be lost, and one look a ttl serves all
// keys. A key that was not found is not remembered.
type keyCache struct {
	ttl time.Duration

	mu        sync.Mutex
	m         map[stele.KeyHash]knownKey
	withdrawn int64     // the catalog's number when it was looked at last
	looked    time.Time // the moment before that
	epoch     int       // moves whenever a key is taken away here: what was being read at that time is not remembered
}

type knownKey struct {
	key       stele.Key
	withdrawn int64 // the catalog's number before the key was read
}

// mostKeys bounds the keys that are remembered.
const mostKeys = 50_000

func (c *keyCache) init(ttl time.Duration) {
	c.ttl, c.m = ttl, make(map[stele.KeyHash]knownKey)
}

// get returns a key that is remembered, and the epoch for put.
func (c *keyCache) get(hash stele.KeyHash) (k stele.Key, epoch int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[hash]
	return e.key, c.epoch, ok && e.withdrawn == c.withdrawn && time.Since(c.looked) < c.ttl
}

// put remembers a key that was read from then on, after the catalog's number, unless keys were taken away since.
func (c *keyCache) put(k stele.Key, withdrawn int64, epoch int, then time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	if then.After(c.looked) {
		c.withdrawn, c.looked = withdrawn, then
	}
	if len(c.m) >= mostKeys {
		clear(c.m)
	}
	c.m[k.Hash] = knownKey{k, withdrawn}
}

// clear forgets all keys.
func (c *keyCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	clear(c.m)
}

// withdraw tells all replicas that keys are taken away in this transaction.
func withdraw(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE stele_catalog.installation SET withdrawn=withdrawn+1`)
	return err
}

const selectKeys = `SELECT id, hash, agent_id, scope, created_at, expires_at, rpm, last_used FROM stele_catalog.keys `

func scanKey(r pgx.CollectableRow) (k stele.Key, err error) {
	var hash []byte
	var scope int32
	err = r.Scan((*string)(&k.ID), &hash, (*string)(&k.Agent), &scope, (*int64)(&k.Created), (*int64)(&k.Expires), &k.RPM, (*int64)(&k.LastUsed))
	k.Scope = stele.Scope(scope)
	if err == nil && len(hash) != len(k.Hash) {
		err = errors.New("the hash of a key is incomplete")
	}
	copy(k.Hash[:], hash)
	return k, err
}

// CreateKey enters a key.
func (s *Store) CreateKey(ctx context.Context, k stele.Key) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.order(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO stele_catalog.keys (hash, id, seq, agent_id, scope, created_at, expires_at, rpm, last_used)
			SELECT $1, $2, (SELECT coalesce(max(seq), 0)+1 FROM stele_catalog.keys), a.id, $4, $5, $6, $7, $8
			FROM stele_catalog.agents a WHERE a.id=$3`,
			k.Hash[:], string(k.ID), string(k.Agent), int32(k.Scope), int64(k.Created), int64(k.Expires), k.RPM, int64(k.LastUsed))
		if err == nil && tag.RowsAffected() == 0 {
			return stele.Errorf(stele.CodeNotFound, "no agent has the id %s", k.Agent)
		}
		return err
	})
}

// Keys lists an agent's keys.
func (s *Store) Keys(ctx context.Context, agent stele.AgentID) (list []stele.Key, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		rows, err := c.Query(ctx, selectKeys+`WHERE agent_id=$1 ORDER BY seq`, string(agent))
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanKey)
		return err
	})
	return list, err
}

// Key finds a key by its hash, in memory if it was found a moment ago. Where the database is asked, it also says whether
// this program may still serve it: a replica that was left behind by a newer one, or by a move, ends so.
func (s *Store) Key(ctx context.Context, hash stele.KeyHash) (k stele.Key, err error) {
	k, epoch, ok := s.keys.get(hash)
	if ok {
		return k, ctx.Err()
	}
	then, oldest, moving, withdrawn := time.Now(), 0, "", int64(0)
	err = s.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		b := &pgx.Batch{}
		b.Queue(`SELECT oldest, moving, withdrawn FROM stele_catalog.installation`).QueryRow(func(r pgx.Row) error {
			return r.Scan(&oldest, &moving, &withdrawn)
		})
		b.Queue(selectKeys+`WHERE hash=$1`, hash[:]).Query(func(rows pgx.Rows) (err error) {
			k, err = pgx.CollectOneRow(rows, scanKey)
			if errors.Is(err, pgx.ErrNoRows) {
				return stele.Errorf(stele.CodeUnauthenticated, "the API key is not known here")
			}
			return err
		})
		return c.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return stele.Key{}, err
	}
	if err := s.serves(oldest); err != nil {
		return stele.Key{}, err
	}
	if moving != "" {
		return stele.Key{}, errMoving()
	}
	s.keys.put(k, withdrawn, epoch, then)
	return k, nil
}

// usesAtOnce is how many keys' uses go in one statement, which looks for each among all of them.
const usesAtOnce = 500

// UseKeys keeps when keys were used last, under the lock of all changes of keys: so replicas that write the same ones wait for each other.
// Nothing stands in FROM, so that Citus may run it on each node.
func (s *Store) UseKeys(ctx context.Context, uses map[stele.KeyID]stele.Millis) error {
	all := slices.Collect(maps.Keys(uses))
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.order(ctx, tx); err != nil {
			return err
		}
		for part := range slices.Chunk(all, usesAtOnce) {
			ids, at := make([]string, len(part)), make([]int64, len(part))
			for i, id := range part {
				ids[i], at[i] = string(id), int64(uses[id])
			}
			_, err := tx.Exec(ctx, `UPDATE stele_catalog.keys SET last_used=($2::bigint[])[array_position($1::text[], id)]
				WHERE id=ANY($1) AND last_used<($2::bigint[])[array_position($1::text[], id)]`, ids, at)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// RevokeKey removes a key. Here it holds at once.
func (s *Store) RevokeKey(ctx context.Context, id stele.KeyID) error {
	none := stele.Errorf(stele.CodeNotFound, "no key has the id %s", stele.Shorten(string(id)))
	if !isText(string(id)) {
		return none
	}
	err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.order(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM stele_catalog.keys WHERE id=$1`, string(id))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return none
		}
		return withdraw(ctx, tx)
	})
	s.keys.clear() // whatever became of it: they are read again
	return err
}
