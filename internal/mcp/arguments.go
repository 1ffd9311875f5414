package mcp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"stele"
	"stele/internal/wire"
)

// arguments are those of one call. Values are kept as they were written: a number is not rounded on its way to a field.
type arguments struct {
	members map[string]json.RawMessage
	err     error // the first fault
}

// readArguments takes a call's arguments apart. One that the tool does not know is refused: to pass over it would be to do something
// other than what was meant.
func readArguments(t *tool, raw json.RawMessage) (*arguments, error) {
	a := &arguments{members: map[string]json.RawMessage{}}
	if len(raw) == 0 || string(raw) == "null" {
		return a, nil
	}
	if err := json.Unmarshal(raw, &a.members); err != nil {
		return nil, stele.Errorf(stele.CodeParameter, "the arguments must be one JSON object")
	}
	for name, v := range a.members {
		if !slices.Contains(t.arguments, name) {
			return nil, stele.Errorf(stele.CodeParameter, "%s has no argument %q; it takes %s", t.definition.Name, stele.Shorten(name), strings.Join(t.arguments, ", "))
		}
		if string(v) == "null" { // as many clients send what was left out
			delete(a.members, name)
		}
	}
	return a, nil
}

func (a *arguments) fail(format string, args ...any) {
	if a.err == nil {
		a.err = stele.Errorf(stele.CodeParameter, format, args...)
	}
}

func (a *arguments) has(name string) bool { return a.members[name] != nil }

// text reads a string, "" if it is not given.
func (a *arguments) text(name string) string {
	v, given := a.members[name]
	if !given {
		return ""
	}
	r := raw(v)
	if r.Kind != stele.KindString {
		a.fail("%s must be a string", name)
	}
	return r.Text
}

// number reads a whole number.
func (a *arguments) number(name string, otherwise int64) int64 {
	v, given := a.members[name]
	if !given {
		return otherwise
	}
	n, _, ok := stele.Int.Read(raw(v))
	if !ok || n.IsNull() {
		a.fail("%s must be a whole number", name)
		return otherwise
	}
	return n.Int()
}

// arrays reports whether the format is arrays; it is tsv otherwise.
func (a *arguments) arrays() bool {
	switch f := a.text("format"); f {
	case "", "tsv":
		return false
	case "arrays":
		return true
	}
	a.fail("format must be tsv or arrays")
	return false
}

// list reads an array, nil if it is not given.
func (a *arguments) list(name string) []json.RawMessage {
	v, given := a.members[name]
	if !given {
		return nil
	}
	list := []json.RawMessage{}
	if json.Unmarshal(v, &list) != nil {
		a.fail("%s must be an array", name)
	}
	return list
}

// cells reads an object of fields and values.
func (a *arguments) cells(what string, v json.RawMessage) []stele.Cell {
	if v == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(v))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		a.fail("%s must be an object of fields and values", what)
		return nil
	}
	var cells []stele.Cell
	for d.More() {
		name, _ := d.Token() // the whole has been read as JSON before: there is no error
		var value json.RawMessage
		_ = d.Decode(&value)
		cells = append(cells, stele.Cell{Name: name.(string), Raw: raw(value)})
	}
	return cells
}

// raw is a value of JSON as fields read it.
func raw(v json.RawMessage) stele.Raw {
	switch kind := wire.KindOf(v); kind {
	case stele.KindString:
		text, err := jsontext.AppendUnquote(nil, v)
		if err != nil { // half of a surrogate pair: the rest was checked
			return stele.Raw{Kind: stele.KindBroken, Text: string(v)}
		}
		return stele.Raw{Kind: kind, Text: string(text)}
	case stele.KindNumber, stele.KindJSON:
		return stele.Raw{Kind: kind, Text: string(v)}
	default:
		return stele.Raw{Kind: kind}
	}
}
