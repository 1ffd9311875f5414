package move

import (
	"cmp"
	"context"
)

// parts reads things in ascending order of their keys, bounded part by bounded part.
type parts[K cmp.Ordered, T any] struct {
	read func(ctx context.Context, after K) ([]T, error) // none at the end only
	key  func(T) K
}

// each hands all parts after a key to f.
func (p parts[K, T]) each(ctx context.Context, after K, f func([]T) error) error {
	for {
		part, err := p.read(ctx, after)
		if err != nil || len(part) == 0 {
			return err
		}
		after = p.key(part[len(part)-1])
		if err := f(part); err != nil {
			return err
		}
	}
}

// lastKey is the key of the last one, its zero value where there is none.
func lastKey[K cmp.Ordered, T any](ctx context.Context, p parts[K, T]) (last K, err error) {
	err = p.each(ctx, last, func(part []T) error {
		last = p.key(part[len(part)-1])
		return nil
	})
	return last, err
}

// carry writes all parts after a key. While one is written the next one is read, so that two are in memory at a time.
func carry[K cmp.Ordered, T any](ctx context.Context, after K, p parts[K, T], write func(context.Context, []T) error) error {
	reading, stop := context.WithCancel(ctx)
	ready := make(chan []T)
	var failed error // set before ready is closed
	go func() {
		defer close(ready)
		failed = p.each(reading, after, func(part []T) error {
			select {
			case ready <- part:
				return nil
			case <-reading.Done():
				return reading.Err()
			}
		})
	}()
	defer func() {
		stop()
		for range ready { // until the reader has ended
		}
	}()
	for part := range ready {
		if err := write(ctx, part); err != nil {
			return err
		}
	}
	return failed
}
