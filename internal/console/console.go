// Package console serves the web console: files that a browser runs, which asks the public and the admin API like every other client.
package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// Prefix is where the console is served; its files name each other by relative paths.
const Prefix = "/console/"

// policy lets the page load what the server itself serves, and speak to nobody else. No text can become script or markup in it: where
// a browser knows trusted types, assigning text to innerHTML and its like fails.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// file is one of the console's, as it is sent.
type file struct {
	plain, packed []byte // packed is nil where gzip gains nothing
	mediaType     string
	tag           string
}

// Handler serves the console under Prefix.
func Handler() (http.Handler, error) {
	files := map[string]*file{}
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := static.ReadFile(name)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(name, "static/")] = newFile(name, content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the console's files: %w", err)
	}
	files[""] = files["index.html"]
	return handler(files), nil
}

func newFile(name string, content []byte) *file {
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml"}
	mediaType := types[path.Ext(name)]
	if mediaType == "" {
		if mediaType = mime.TypeByExtension(path.Ext(name)); mediaType == "" {
			mediaType = "text/plain; charset=utf-8"
		}
	}
	sum := sha256.Sum256(content)
	f := &file{plain: content, mediaType: mediaType, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(content)                                    // into memory
	_ = w.Close()
	if packed.Len() < len(content) {
		f.packed = packed.Bytes()
	}
	return f
}

type handler map[string]*file

// ServeHTTP answers with a file. It is asked anew each time and told that nothing changed, so that a page is never made of two versions.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "the console is read by GET", http.StatusMethodNotAllowed)
		return
	}
	f, ok := h[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.Error(w, "the console has no such file", http.StatusNotFound)
		return
	}
	head.Set("Cache-Control", "no-cache")
	head.Set("ETag", f.tag)
	head.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", f.mediaType)
	body := f.plain
	if f.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		head.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // whoever went away is told nothing
	}
}
