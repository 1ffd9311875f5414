package datafile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// An unpacker unpacks a page into all of dst. Those of the Parquet library have no bound: they go on for as long as there is data, or memory.
type unpacker func(dst, packed []byte) error

var errUnpackedSize = errors.New("it is not as long unpacked as its header says")

// unpackerOf returns the unpacker of a codec, nil where pages are not packed.
func unpackerOf(codec format.CompressionCodec) (unpacker, error) {
	switch codec {
	case format.Uncompressed:
		return nil, nil
	case format.Snappy:
		return unpackSnappy, nil
	case format.Gzip:
		return streamed(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }), nil
	case format.Brotli:
		return streamed(func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }), nil
	case format.Zstd:
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return nil, err
		}
		return streamed(func(r io.Reader) (io.Reader, error) { return z, z.Reset(r) }), nil
	case format.Lz4Raw:
		return func(dst, packed []byte) error {
			if n, err := lz4.UncompressBlock(packed, dst); err != nil || n != len(dst) {
				return errUnpackedSize
			}
			return nil
		}, nil
	}
	return nil, fmt.Errorf("its pages are packed by %s, which cannot be read; write the file with zstd, snappy, gzip or lz4_raw", codec)
}

func unpackSnappy(dst, packed []byte) error {
	if n, err := snappy.DecodedLen(packed); err != nil || n != len(dst) {
		return errUnpackedSize
	}
	_, err := snappy.Decode(dst, packed)
	return err
}

// streamed unpacks by a reader, no further than there is room.
func streamed(open func(io.Reader) (io.Reader, error)) unpacker {
	return func(dst, packed []byte) error {
		r, err := open(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		if _, err := io.ReadFull(r, dst); err != nil {
			return errUnpackedSize
		}
		if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 || err != io.EOF {
			return errUnpackedSize
		}
		return nil
	}
}

// sized returns a slice of n bytes, b if it is long enough.
func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// deltas is writtenOut of values that are written as what they add to the one before. Texts that share much with the one before can be far longer than
// their page.
func (p *pageCheck) deltas(n int64, data []byte, encoding format.Encoding) (int64, error) {
	if len(data) == 0 && n == 0 {
		return 0, nil
	}
	rest, err := skipDeltas(data, n)
	switch {
	case err != nil:
		return 0, err
	case encoding != format.DeltaByteArray:
		return 8*n + int64(len(data)), nil
	case p.field.Type().Kind() == parquet.FixedLenByteArray:
		_, err := skipDeltas(rest, n)
		return n * int64(p.field.Type().Length()), err
	}
	shared := int64(0)
	err = guarded(func() error {
		lengths, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, data)
		for _, l := range lengths {
			shared += int64(l)
		}
		return err
	})
	if err != nil || shared < 0 {
		return 0, errPage
	}
	_, err = skipDeltas(rest, n)
	return shared + int64(len(data)) + 8*n, err
}

// skipDeltas goes behind a list of differences (delta encoding in apache/parquet-format), which must be of no more than n numbers.
func skipDeltas(data []byte, n int64) ([]byte, error) {
	var head [4]uint64 // numbers of a block, parts of a block, all numbers, the first number
	for i := range head {
		v, k := binary.Uvarint(data)
		if k <= 0 {
			return nil, errPage
		}
		head[i], data = v, data[k:]
	}
	size, parts, left := head[0], head[1], head[2]
	if left > uint64(n) || parts == 0 || size > 1<<20 || parts > size {
		return nil, errPage
	}
	for left = max(left, 1) - 1; left > 0; {
		_, k := binary.Uvarint(data) // the least difference
		if k <= 0 || uint64(len(data)-k) < parts {
			return nil, errPage
		}
		widths := data[k:][:parts]
		data = data[k+int(parts):]
		for _, bits := range widths {
			if left == 0 {
				break
			}
			bytes := size / parts * uint64(bits) / 8
			data = data[min(bytes, uint64(len(data))):]
			left -= min(left, size/parts)
		}
	}
	return data, nil
}
