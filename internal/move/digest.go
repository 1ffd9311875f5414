package move

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	"stele"
)

// sum is how many things there are, and a SHA-256 over all of them in their order. Two stores that keep the same have
// the same sum: it is taken over what things are, not over how they are stored.
type sum struct {
	n    int64
	hash [sha256.Size]byte
}

func (s sum) String() string {
	return fmt.Sprintf("%d with checksum %s", s.n, hex.EncodeToString(s.hash[:6]))
}

// digest reads all parts. encode appends one thing so that no other has the same bytes; read may be nil.
func digest[K cmp.Ordered, T any](ctx context.Context, p parts[K, T], encode func([]byte, T) []byte, read func(int)) (s sum, err error) {
	var h hash.Hash = sha256.New()
	var buf []byte
	var first K
	err = p.each(ctx, first, func(part []T) error {
		for _, thing := range part {
			buf = encode(buf[:0], thing)
			_, _ = h.Write(buf) // a hash never fails
		}
		s.n += int64(len(part))
		if read != nil {
			read(len(part))
		}
		return nil
	})
	h.Sum(s.hash[:0])
	return s, err
}

func appendInt[T ~int | ~int64](b []byte, n T) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(n))
}

func appendText[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(appendInt(b, len(s)), s...)
}

// encodeRecord writes id, times, and for each value its type and the value itself.
func encodeRecord(b []byte, r stele.Record) []byte {
	b = appendInt(appendInt(appendInt(b, r.ID), r.Created), r.Updated)
	for _, v := range r.Values {
		b = append(b, byte(v.Type()))
		switch v.Type() {
		case stele.Text, stele.DateTime:
			b = appendText(b, v.Text())
		case stele.Int:
			b = appendInt(b, v.Int())
		case stele.Float:
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(v.Float()))
		case stele.Boolean:
			n := 0
			if v.Bool() {
				n = 1
			}
			b = append(b, byte(n))
		}
	}
	return b
}

func encodeTask(b []byte, t stele.Task) []byte {
	b = appendText(appendText(b, t.ID), t.Table)
	b = appendInt(appendInt(appendInt(b, t.Created), t.Total), t.Success)
	b = appendInt(b, len(t.Rejections))
	for _, r := range t.Rejections {
		b = appendText(appendInt(appendInt(appendInt(b, r.Row), r.From), r.To), r.Reason)
	}
	if t.Receipt == nil {
		return b
	}
	for _, r := range t.Receipt.Rows {
		b = appendText(appendInt(appendInt(b, int(r.Status)), r.ID), r.Sent)
		b = appendInt(b, len(r.Findings))
		for _, f := range r.Findings {
			b = appendText(appendText(appendText(appendText(b, f.Field), f.Code), f.Value.Text), f.Reason)
			b = append(b, byte(f.Value.Kind))
		}
	}
	return b
}

func encodeAnswer(b []byte, a stele.KeptAnswer) []byte {
	b = append(appendText(b, a.Key), a.Fingerprint[:]...)
	return appendText(appendInt(b, a.At), a.Answer)
}

func encodeSaved(b []byte, q stele.SavedQuery) []byte {
	return appendInt(appendText(appendText(appendText(b, q.ID), q.Name), q.SQL), q.Updated)
}
