package main

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// cell is a decoded value with the name it stood under: what the HTTP floor makes of a body.
type cell struct {
	name  string
	kind  jsontext.Kind // of the JSON value
	text  string
	num   int64
	real  float64 // the number when it is not whole
	whole bool
}

// decodeCells reads a whole body into typed cells and checks nothing but that it is JSON. It is meant to be as fast as
// a decoder of this library can be, since it is a floor: names are not compared with those seen before, text without
// a backslash is a slice of the body.
func decodeCells(body []byte, cells []cell) ([]cell, error) {
	text := string(body)
	var dec jsontext.Decoder
	dec.Reset(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	name := ""
	for {
		switch k := dec.PeekKind(); k {
		case '{', '[', '}', ']':
			if _, err := dec.ReadToken(); err != nil {
				return nil, fmt.Errorf("decoding a body: %w", err)
			}
			if dec.StackDepth() == 0 {
				return cells, nil
			}
		default:
			v, err := dec.ReadValue()
			if err != nil {
				return nil, fmt.Errorf("decoding a body: %w", err)
			}
			end := int(dec.InputOffset())
			literal := text[end-len(v) : end]
			if in, n := dec.StackIndex(dec.StackDepth()); in == '{' && n%2 == 1 {
				name = plainText(literal)
				continue
			}
			cells = append(cells, typed(name, k, literal))
		}
	}
}

// typed reads one JSON literal as the Go value it stands for.
func typed(name string, k jsontext.Kind, literal string) cell {
	c := cell{name: name, kind: k}
	switch k {
	case '"':
		c.text = plainText(literal)
	case '0':
		n, err := strconv.ParseInt(literal, 10, 64)
		if c.num, c.whole = n, err == nil; err != nil {
			c.real, _ = strconv.ParseFloat(literal, 64)
		}
	}
	return c
}

// plainText is the text of a JSON string.
func plainText(literal string) string {
	for i := range len(literal) {
		if literal[i] == '\\' {
			b, _ := jsontext.AppendUnquote(nil, literal)
			return string(b)
		}
	}
	return literal[1 : len(literal)-1]
}
