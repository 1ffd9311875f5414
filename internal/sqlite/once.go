package sqlite

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"stele"
)

// replay looks an idempotency key up: a *stele.Replay when its answer is kept, CodeKeyReused when it came with another
// request, nil when it is new. Called inside the transaction of the write, so that of two at the same instant one waits.
func replay(c *conn, key string, print stele.Fingerprint) error {
	answer, err := keptAnswer(c, key, print)
	if err != nil || answer == nil {
		return err
	}
	return &stele.Replay{Answer: answer}
}

func keptAnswer(c *conn, key string, print stele.Fingerprint) (answer []byte, err error) {
	same := true
	err = c.query(`SELECT fingerprint, answer FROM _answers WHERE key=?`, func(s *sqlite.Stmt) error {
		same = subtle.ConstantTimeCompare(columnBytes(s, 0), print[:]) == 1
		answer = columnBytes(s, 1)
		return nil
	}, key)
	if err == nil && !same {
		return nil, stele.Errorf(stele.CodeKeyReused, "the idempotency key was used for another request")
	}
	return answer, err
}

// before is the part of a write that comes first: nothing is done twice.
func before[T any](c *conn, once *stele.Once[T]) error {
	if once == nil {
		return nil
	}
	return replay(c, once.Key, once.Fingerprint)
}

// after keeps the answer, in the transaction of the write.
func after[T any](c *conn, once *stele.Once[T], result T) error {
	if once == nil {
		return nil
	}
	answer := once.Answer(result)
	if answer == nil {
		return nil
	}
	return saveAnswer(c, stele.KeptAnswer{Key: once.Key, Fingerprint: once.Fingerprint, At: once.At, Answer: answer})
}

func saveAnswer(c *conn, a stele.KeptAnswer) error {
	err := c.exec(`INSERT INTO _answers (key, fingerprint, created_at, answer) VALUES (?,?,?,?)`,
		a.Key, a.Fingerprint[:], a.At, a.Answer)
	if err != nil {
		return fmt.Errorf("keeping the answer: %w", err)
	}
	return nil
}

// Answered reads a kept answer.
func (d *database) Answered(ctx context.Context, key string, print stele.Fingerprint) (answer []byte, err error) {
	err = d.read(ctx, false, func(_ *agentFile, c *conn) error {
		answer, err = keptAnswer(c, key, print)
		return err
	})
	return answer, err
}

// How much one write may clear away, and how long after a search that found less the next one comes.
const (
	purgeAtOnce = 50
	purgeEvery  = stele.Millis(10 * time.Minute / time.Millisecond)
)

// purge clears away some of the tasks and answers that are past their time. It rides on the agent's own writes: an agent
// that writes nothing gathers nothing.
func (f *agentFile) purge(c *conn, now stele.Millis) error {
	if now < f.purgeFrom {
		return nil
	}
	if err := c.exec(`DELETE FROM _tasks WHERE id IN (SELECT id FROM _tasks ORDER BY id LIMIT ?) AND created_at<?`,
		purgeAtOnce, now-stele.TaskRetention); err != nil {
		return fmt.Errorf("purging tasks: %w", err)
	}
	gone := c.Changes()
	if err := c.exec(`DELETE FROM _answers WHERE seq IN (SELECT seq FROM _answers ORDER BY seq LIMIT ?) AND created_at<?`,
		purgeAtOnce, now-stele.OnceRetention); err != nil {
		return fmt.Errorf("purging answers: %w", err)
	}
	if gone+c.Changes() < purgeAtOnce {
		f.purgeFrom = now + purgeEvery
	}
	return nil
}
