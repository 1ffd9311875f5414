package datafile

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// As says how the file is read, given or found out, where that makes other rows of the same bytes: by charset, delimiter and sheet.
func (r *Reader) As() string { return fmt.Sprintf("%q %q %q", r.src.charset, r.delim, r.sheet) }

// Digest is the SHA-256 of the file's bytes as they are kept: of a stream those that came, of a packed workbook those it unpacks to. The same
// file has the same one every time.
func (r *Reader) Digest() ([sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	h := sha256.New()
	if _, err := io.Copy(h, &watched{r.src.ctx, io.NewSectionReader(r.src.file, 0, r.src.size), nil}); err != nil {
		return sum, r.placed(fmt.Errorf("reading it: %w", err))
	}
	h.Sum(sum[:0])
	return sum, nil
}
