package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"stele"
)

// This file is the slow reading of requests, by encoding/json and its maps, that the fuzz targets hold the decoders to.

// object reads a body the slow way: nil if it is not one JSON object. Of repeated names the last one holds.
func object(body []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !utf8.Valid(body) || depth(body) > 64 || json.Unmarshal(body, &m) != nil {
		return nil
	}
	return m
}

// depth is how deep the JSON b is nested, 0 if it is none.
func depth(b []byte) (deepest int) {
	dec, now := json.NewDecoder(bytes.NewReader(b)), 0
	for {
		switch t, err := dec.Token(); {
		case err != nil:
			return deepest
		case t == json.Delim('{'), t == json.Delim('['):
			now++
			deepest = max(deepest, now)
		case t == json.Delim('}'), t == json.Delim(']'):
			now--
		}
	}
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

func isNull(raw json.RawMessage) bool { return raw == nil || string(raw) == "null" }

// objects reads a list of at most that many objects; false if it is something else.
func objects(raw json.RawMessage, most int) (list []json.RawMessage, ok bool) {
	if isNull(raw) {
		return nil, true
	}
	if json.Unmarshal(raw, &list) != nil || len(list) > most {
		return nil, false
	}
	for _, o := range list {
		if !isObject(o) {
			return nil, false
		}
	}
	return list, true
}

// text reads a string or null, in which no half of a surrogate pair may be.
func text(raw json.RawMessage) (s string, ok bool) {
	if isNull(raw) {
		return "", true
	}
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, !halved(raw)
}

// halved reports whether the JSON of a string holds half of a surrogate pair: its other half is looked for by taking
// whole pairs away.
func halved(raw json.RawMessage) bool {
	var plain strings.Builder // the escapes of surrogates as h and l, all else as a point
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			plain.WriteByte('.')
			continue
		}
		i++
		if raw[i] != 'u' {
			plain.WriteByte('.')
			continue
		}
		switch hex := strings.ToLower(string(raw[i+1 : i+5])); {
		case hex >= "d800" && hex <= "dbff":
			plain.WriteByte('h')
		case hex >= "dc00" && hex <= "dfff":
			plain.WriteByte('l')
		default:
			plain.WriteByte('.')
		}
		i += 4
	}
	return strings.ContainsAny(strings.ReplaceAll(plain.String(), "hl", "."), "hl")
}

// agree holds a value to its JSON.
func agree(t *testing.T, v stele.Raw, raw json.RawMessage) {
	t.Helper()
	var want stele.Raw
	switch {
	case isNull(raw):
	case string(raw) == "true":
		want.Kind = stele.KindTrue
	case string(raw) == "false":
		want.Kind = stele.KindFalse
	case raw[0] == '"' && halved(raw):
		want = stele.Raw{Kind: stele.KindBroken, Text: string(raw)}
	case raw[0] == '"':
		want.Kind = stele.KindString
		if err := json.Unmarshal(raw, &want.Text); err != nil {
			t.Fatal(err)
		}
	case raw[0] == '{' || raw[0] == '[':
		want = stele.Raw{Kind: stele.KindJSON, Text: string(raw)}
	default:
		want = stele.Raw{Kind: stele.KindNumber, Text: string(raw)}
	}
	if v != want {
		t.Fatalf("value is %+v, want %+v of %s", v, want, raw)
	}
}

// agreeCells holds cells to the JSON of their object.
func agreeCells(t *testing.T, cells []stele.Cell, raw json.RawMessage) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	got := map[string]stele.Raw{}
	for _, c := range cells {
		name := c.Name
		if strings.Contains(name, `\u`) { // kept as written for a half pair, which the slow reading replaces
			if json.Unmarshal([]byte(`"`+name+`"`), &name) != nil || !strings.ContainsRune(name, '\ufffd') {
				name = c.Name
			}
		}
		got[name] = c.Raw
	}
	if len(got) != len(want) {
		t.Fatalf("%d names, want %d: %+v of %s", len(got), len(want), cells, raw)
	}
	for name, v := range want {
		c, ok := got[name]
		if !ok {
			t.Fatalf("no cell %q: %+v of %s", name, cells, raw)
		}
		agree(t, c, v)
	}
}

// ambiguous bodies have names that escaped or broken come out alike; only what is kept of them is not compared.
func ambiguous(body []byte) bool { return bytes.Contains(body, []byte(`\\u`)) }

// unwrap finds the fields of a record, and whether something beside them would be lost.
func unwrap(t *testing.T, record json.RawMessage) (fields json.RawMessage, beside bool) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(record, &m); err != nil {
		t.Fatal(err)
	}
	if !isObject(m["values"]) {
		return record, false
	}
	for name, v := range m {
		beside = beside || name != "values" && !isNull(v) && string(v) != `""`
	}
	return m["values"], beside
}

// agreeAddress holds an address to the JSON of its entry.
func agreeAddress(t *testing.T, a stele.RawAddress, m map[string]json.RawMessage) {
	t.Helper()
	agree(t, a.RecordID, m["record_id"])
	filter := m["filter"]
	sent := string(filter)
	if isNull(filter) || sent == `""` {
		sent = ""
	}
	if a.Sent != sent || isObject(filter) != (a.Problem == "") && sent != "" && !strings.Contains(a.Problem, "more than 400") {
		t.Fatalf("filter sent %q, problem %q, want %q", a.Sent, a.Problem, sent)
	}
	if isObject(filter) && a.Problem == "" {
		agreeCells(t, a.Filter, filter)
	}
}

// agreeChange holds a change to the JSON of its entry.
func agreeChange(t *testing.T, c stele.RawChange, m map[string]json.RawMessage) {
	t.Helper()
	agreeAddress(t, c.Address, m)
	fields, sent := m["updated_fields"], "null"
	if fields != nil {
		sent = string(fields)
	}
	if c.Sent != sent || isObject(fields) != (c.Problem == "") && !strings.Contains(c.Problem, "more than 400") {
		t.Fatalf("fields sent %q, problem %q, want %q", c.Sent, c.Problem, sent)
	}
	if c.Problem == "" {
		agreeCells(t, c.Fields, fields)
	}
}

func truth(raw json.RawMessage) (value, ok bool) {
	if s, isText := text(raw); isText && !isNull(raw) {
		raw = json.RawMessage(strings.ToLower(s))
	}
	switch string(raw) {
	case "true":
		return true, true
	case "false", "null", "":
		return false, raw == nil || len(raw) > 0
	}
	return false, false
}
