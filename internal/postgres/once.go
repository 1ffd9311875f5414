package postgres

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"stele"
)

// kept is an idempotency key on its way through a write. A nil one asks for nothing and keeps nothing.
type kept struct {
	stele.KeptAnswer
	before error // what the key is known for already
}

// keep begins with the key of a Once, which may be nil.
func keep[T any](once *stele.Once[T]) *kept {
	if once == nil {
		return nil
	}
	return &kept{KeptAnswer: stele.KeptAnswer{Key: once.Key, Fingerprint: once.Fingerprint, At: once.At}}
}

// answered makes the answer that is to be kept. It is called when the write has begun.
func answered[T any](k *kept, once *stele.Once[T], result T) {
	if k != nil {
		k.Answer = once.Answer(result)
	}
}

const selectAnswer = `SELECT fingerprint, answer FROM `

// look asks whether the key is known.
func (k *kept) look(b *pgx.Batch, schema string) {
	if k == nil {
		return
	}
	k.before = nil
	b.Queue(selectAnswer+schema+`._answers WHERE key=$1`, k.Key).QueryRow(func(r pgx.Row) error {
		answer, err := readAnswer(r, k.Fingerprint)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
		case err != nil && isOurs(err):
			k.before = err
		case err != nil:
			return err
		default:
			k.before = &stele.Replay{Answer: answer}
		}
		return nil
	})
}

// known is the error of a write whose key is known already: nothing is done twice.
func (k *kept) known() error {
	if k == nil {
		return nil
	}
	return k.before
}

// queue keeps the answer with the write, if the write is one that guard lets through. Version 0 stands for any: for a write
// that has been let through already, in an earlier round trip.
func (k *kept) queue(b *pgx.Batch, schema string, table stele.TableID, version int64) {
	if k == nil || k.Answer == nil {
		return
	}
	b.Queue(`INSERT INTO `+schema+`._answers (key, fingerprint, created_at, answer)
		SELECT $3::text, $4::bytea, $5::bigint, $6::bytea FROM `+schema+`._tables t WHERE t.id=$1 AND ($2::bigint=0 OR t.version=$2)`,
		string(table), version, k.Key, k.Fingerprint[:], int64(k.At), k.Answer)
}

// queueAlone keeps the answer with a write that is about no table. A row of the agent's own in FROM lets Citus send it to the agent's node.
func (k *kept) queueAlone(b *pgx.Batch, schema string) {
	if k == nil || k.Answer == nil {
		return
	}
	b.Queue(`INSERT INTO `+schema+`._answers (key, fingerprint, created_at, answer)
		SELECT $1::text, $2::bytea, $3::bigint, $4::bytea FROM `+schema+`._agent`, k.Key, k.Fingerprint[:], int64(k.At), k.Answer)
}

func readAnswer(r pgx.Row, want stele.Fingerprint) (answer []byte, err error) {
	var print []byte
	if err := r.Scan(&print, &answer); err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(print, want[:]) != 1 {
		return nil, stele.Errorf(stele.CodeKeyReused, "the idempotency key was used for another request")
	}
	return answer, nil
}

// again asks for another run where a unique index refused a row: what was looked up before has changed since.
func again(err error) error {
	if isDuplicate(err) {
		return errors.Join(errAgain, err)
	}
	return err
}

// Answered reads a kept answer.
func (d *database) Answered(ctx context.Context, key string, print stele.Fingerprint) (answer []byte, err error) {
	err = d.read(ctx, func(ctx context.Context, c *pgxpool.Conn) error {
		answer, err = readAnswer(c.QueryRow(ctx, selectAnswer+d.schema+`._answers WHERE key=$1`, key), print)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// How much one write may clear away, and how long after a search that found less the next one comes.
const (
	purgeAtOnce = 200
	purgeEvery  = stele.Millis(10 * time.Minute / time.Millisecond)
)

// purge clears away some of the tasks and answers that are past their time, once in a while. It rides on the agent's own
// writes: an agent that writes nothing gathers nothing. What another replica clears away just now is passed over.
func (d *database) purge(b *pgx.Batch, now stele.Millis) {
	if d.how.Dry {
		return
	}
	a := d.agent()
	a.mu.Lock()
	due := now >= a.purgeFrom
	if due {
		a.purgeFrom = now + purgeEvery
	}
	a.mu.Unlock()
	if !due {
		return
	}
	old := func(table, key, order string, before stele.Millis) {
		b.Queue(`DELETE FROM `+d.schema+`.`+table+` WHERE `+key+` IN (SELECT `+key+` FROM `+d.schema+`.`+table+`
			WHERE created_at<$1 ORDER BY `+order+` LIMIT $2 FOR UPDATE SKIP LOCKED)`, int64(before), purgeAtOnce).
			Exec(func(tag pgconn.CommandTag) error {
				if tag.RowsAffected() == purgeAtOnce { // there is more
					a.mu.Lock()
					a.purgeFrom = now
					a.mu.Unlock()
				}
				return nil
			})
	}
	b.Queue(`SELECT l.table_id FROM ` + d.schema + `._rebuilds l WHERE ` + isStale()).Query(func(rows pgx.Rows) error {
		left, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if len(left) > 0 {
			go d.sweep(left)
		}
		return err
	})
	old("_tasks", "id", "id", now-stele.TaskRetention)
	old("_answers", "key", "created_at", now-stele.OnceRetention)
}
