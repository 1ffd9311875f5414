package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// input is a request with that body under the published limits.
func input(body string) wire.Input {
	return wire.Input{Body: []byte(body), Limits: stele.DefaultLimits()}
}

// query is a request with that query string and no body.
func query(q string) wire.Input {
	return wire.Input{Query: q, Limits: stele.DefaultLimits()}
}

// wantError holds err to a code and to the whole message after the published phrase.
func wantError(t *testing.T, err error, code stele.Code, detail string) {
	t.Helper()
	e, ok := errors.AsType[*stele.Error](err)
	if !ok {
		t.Fatalf("error is %v (%T), want a *stele.Error: %s", err, err, detail)
	}
	if e.Code != code || e.Detail != detail {
		t.Errorf("error is code %d: %s\nwant code %d: %s", wire.Number(e.Code), e.Detail, wire.Number(code), detail)
	}
}

func show(v stele.Raw) string {
	switch v.Kind {
	case stele.KindNull:
		return "null"
	case stele.KindTrue:
		return "true"
	case stele.KindFalse:
		return "false"
	}
	return [...]string{stele.KindString: "text ", stele.KindNumber: "number ", stele.KindJSON: "json ", stele.KindBroken: "broken "}[v.Kind] + v.Text
}

// cells shows cells as "name: kind text | name: kind text".
func cells(cs []stele.Cell) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.Name + ": " + show(c.Raw)
	}
	return strings.Join(parts, " | ")
}

// row shows a row: its cells, then its problem after an exclamation mark.
func row(r stele.Row) string {
	if r.Problem != "" {
		return cells(r.Cells) + " ! " + r.Problem
	}
	return cells(r.Cells)
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s is\n%s\nwant\n%s", what, g, w)
	}
}
