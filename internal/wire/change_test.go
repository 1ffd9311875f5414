package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// address shows an address: its id, its filter, the filter as sent, and its problem.
func address(a stele.RawAddress) string {
	s := "id " + show(a.RecordID) + ", filter " + cells(a.Filter) + ", sent " + a.Sent
	if a.Problem != "" {
		s += " ! " + a.Problem
	}
	return s
}

// change shows an entry of an update: its address, its fields, the fields as sent, and its problem.
func change(c stele.RawChange) string {
	s := address(c.Address) + "; fields " + cells(c.Fields) + ", sent " + c.Sent
	if c.Problem != "" {
		s += " ! " + c.Problem
	}
	return s
}

// many is an object of n members.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"f%d":%d,`, i, i)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}

type addressCase struct{ members, want string }

// addressCases are entries of a delete, and with updated_fields of an update (wire.md 4.2).
func addressCases() []addressCase {
	const none = "id null, filter , sent "
	return []addressCase{
		{``, none},
		{`"record_id":null,"filter":null`, none},
		{`"record_id":"","filter":""`, "id text , filter , sent "},
		{`"record_id":"541278230707963208"`, "id text 541278230707963208, filter , sent "},
		{`"record_id":541278230707963208`, "id number 541278230707963208, filter , sent "},
		{`"record_id":1.0`, "id number 1.0, filter , sent "},
		{`"record_id":[1]`, "id json [1], filter , sent "},
		{`"record_id":"\ud800"`, `id broken "\ud800", filter , sent `},
		{`"record_id":"1","record_id":"2"`, "id text 2, filter , sent "},
		{`"record_id":"1","record_id":null`, none},
		{`"filter": {"code" : "PX-7", "n":7 } `, `id null, filter code: text PX-7 | n: number 7, sent {"code" : "PX-7", "n":7 }`},
		{`"filter":{}`, "id null, filter , sent {}"},
		{`"filter":{"a":1},"filter":{"b":2}`, `id null, filter b: number 2, sent {"b":2}`},
		{`"filter":{"a":1},"filter":null`, none},
		{`"filter":5,"filter":{"b":2}`, `id null, filter b: number 2, sent {"b":2}`},
		{`"filter":{"a":1,"a":2}`, `id null, filter a: number 1 | a: number 2, sent {"a":1,"a":2}`},
		{`"filter":{"a":"\ud800"}`, `id null, filter a: broken "\ud800", sent {"a":"\ud800"}`},
		{`"filter":[{"a":1}]`, "id null, filter , sent [{\"a\":1}] ! `filter` must be an object."},
		{`"filter":"a=1"`, "id null, filter , sent \"a=1\" ! `filter` must be an object."},
		{`"filter":false`, "id null, filter , sent false ! `filter` must be an object."},
		{`"filter":{"a":1},"filter":0`, "id null, filter , sent 0 ! `filter` must be an object."},
		{`"record_id":"7","filter":[]`, "id text 7, filter , sent [] ! `filter` must be an object."}, // the id wins: the verb passes over the problem
		{`"record_id":"7","filter":{"a":1},"other":[{}],"RECORD_ID":8`, `id text 7, filter a: number 1, sent {"a":1}`},
		{`"filter":` + many(401), "id null, filter , sent " + many(401) + " ! `filter` has more than 400 members; no table has as many fields."},
	}
}

func TestDeleteAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range addressCases() {
		d, err := wire.DecodeDelete(input(`{"delete_data":[{"record_id":"1"}, {` + c.members + `} ,{"filter":{"z":9}}],"table_id":"t"}`))
		if err != nil || len(d.Addresses) != 3 || d.TableID != "t" {
			t.Errorf("%s: %+v, %v", c.members, d, err)
			continue
		}
		equal(t, c.members, address(d.Addresses[1]), c.want)
		equal(t, "neighbours", address(d.Addresses[0])+"; "+address(d.Addresses[2]),
			`id text 1, filter , sent ; id null, filter z: number 9, sent {"z":9}`)
	}
}

func TestUpdateAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range addressCases() {
		members := strings.TrimPrefix(c.members+`,"updated_fields":{"x":1}`, ",")
		want := c.want + `; fields x: number 1, sent {"x":1}`
		u, err := wire.DecodeUpdate(input(`{"update_data":[{` + members + `}],"table_id":"t"}`))
		if err != nil || len(u.Changes) != 1 || u.TableID != "t" {
			t.Errorf("%s: %+v, %v", members, u, err)
			continue
		}
		equal(t, members, change(u.Changes[0]), want)
		u, err = wire.DecodeLegacyUpdate(input(`{"table_id":"t",` + members + `}`))
		if err != nil || len(u.Changes) != 1 || u.TableID != "t" {
			t.Errorf("legacy %s: %+v, %v", members, u, err)
			continue
		}
		equal(t, "legacy "+members, change(u.Changes[0]), want)
	}
}

// TestUpdatedFields is about the other half of an update's entry.
func TestUpdatedFields(t *testing.T) {
	t.Parallel()
	const required = " ! `updated_fields` is required: an object of fields and their new values."
	const object = " ! `updated_fields` must be an object."
	for _, c := range []struct{ members, want string }{
		{``, "fields , sent null" + required},
		{`,"Updated_Fields":{}`, "fields , sent null" + required},
		{`,"updated_fields":null`, "fields , sent null" + object},
		{`,"updated_fields":{}`, "fields , sent {}"},
		{`,"updated_fields":{ "age" :"30","n":null }`, `fields age: text 30 | n: null, sent { "age" :"30","n":null }`},
		{`,"updated_fields":{"a":1},"updated_fields":{"b":"\u00e4"}`, `fields b: text ä, sent {"b":"\u00e4"}`},
		{`,"updated_fields":"","updated_fields":{"b":2}`, `fields b: number 2, sent {"b":2}`},
		{`,"updated_fields":{"values":{"b":2}}`, `fields values: json {"b":2}, sent {"values":{"b":2}}`},
		{`,"updated_fields":{"a":1},"updated_fields":[{"b":2}]`, `fields , sent [{"b":2}]` + object},
		{`,"updated_fields":""`, `fields , sent ""` + object},
		{`,"updated_fields":"\ud800"`, `fields , sent "\ud800"` + object},
		{`,"updated_fields":` + many(401), "fields , sent " + many(401) + " ! `updated_fields` has more than 400 members; no table has as many fields."},
	} {
		u, err := wire.DecodeUpdate(input(`{"update_data":[{"record_id":7` + c.members + `}]}`))
		if err != nil || len(u.Changes) != 1 {
			t.Errorf("%s: %+v, %v", c.members, u, err)
			continue
		}
		equal(t, c.members, change(u.Changes[0]), "id number 7, filter , sent ; "+c.want)
		u, err = wire.DecodeLegacyUpdate(input(`{"record_id":7` + c.members + `}`))
		if err != nil || len(u.Changes) != 1 {
			t.Errorf("legacy %s: %+v, %v", c.members, u, err)
			continue
		}
		equal(t, "legacy "+c.members, change(u.Changes[0]), "id number 7, filter , sent ; "+c.want)
	}
}

// TestCreate is about is_create, its misspelling, and is_add of the first version (wire.md 5.6, 5.9).
func TestCreate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		member  string
		want    bool
		refused bool
	}{
		{`NAME`, false, false}, // absent: NAME is never replaced by what stands for it
		{`"NAME":null`, false, false},
		{`"NAME":true`, true, false},
		{`"NAME":false`, false, false},
		{`"NAME":"true"`, true, false},
		{`"NAME":"TRUE"`, true, false},
		{`"NAME":"False"`, false, false},
		{`"NAME":true,"NAME":false`, false, false},
		{`"NAME":5,"NAME":"true"`, true, false},
		{`"NAME":""`, false, true},
		{`"NAME":"yes"`, false, true},
		{`"NAME":1`, false, true},
		{`"NAME":0`, false, true},
		{`"NAME":[true]`, false, true},
		{`"NAME":{}`, false, true},
		{`"NAME":"\ud800"`, false, true},
	} {
		for name, decode := range map[string]func(wire.Input) (wire.Update, error){
			"is_create": wire.DecodeUpdate, "is_creat": wire.DecodeUpdate, "is_add": wire.DecodeLegacyUpdate,
		} {
			member := strings.ReplaceAll(c.member, "NAME", name)
			if c.member == "NAME" {
				member = `"x":1`
			}
			u, err := decode(input("{" + member + "}"))
			if c.refused {
				wantError(t, err, stele.CodeParameter, name+" must be true or false")
			} else if err != nil || u.Create != c.want {
				t.Errorf("%s: %v, %v", member, u.Create, err)
			}
		}
	}
	for _, c := range []struct {
		body   string
		decode func(wire.Input) (wire.Update, error)
		want   bool
	}{
		{`{"is_create":false,"is_creat":true}`, wire.DecodeUpdate, false}, // the documented spelling wins
		{`{"is_creat":false,"is_create":true}`, wire.DecodeUpdate, true},
		{`{"is_create":null,"is_creat":true}`, wire.DecodeUpdate, true},
		{`{"is_add":true}`, wire.DecodeUpdate, false},
		{`{"is_create":true,"is_creat":true}`, wire.DecodeLegacyUpdate, false},
	} {
		if u, err := c.decode(input(c.body)); err != nil || u.Create != c.want {
			t.Errorf("%s: %v, %v", c.body, u.Create, err)
		}
	}
}

// TestChangeLists is about update_data and delete_data as a whole.
func TestChangeLists(t *testing.T) {
	t.Parallel()
	lists := map[string]func(wire.Input) (int, error){
		"update_data": func(in wire.Input) (int, error) { u, err := wire.DecodeUpdate(in); return len(u.Changes), err },
		"delete_data": func(in wire.Input) (int, error) { d, err := wire.DecodeDelete(in); return len(d.Addresses), err },
	}
	limits := stele.DefaultLimits()
	most := map[string]int{"update_data": limits.UpdateEntries, "delete_data": limits.DeleteEntries}
	for name, decode := range lists {
		full := most[name]
		entries := func(n int) string { return `{"NAME":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") + `]}` }
		for _, c := range []struct {
			body    string
			n       int
			refused string
		}{
			{`{}`, 0, ""}, // the verb says that there must be one
			{`{"NAME":null}`, 0, ""},
			{`{"NAME":[]}`, 0, ""},
			{`{"NAME":[{},{}]}`, 2, ""},
			{`{"NAME":[{},{}],"NAME":[{}]}`, 1, ""},
			{`{"NAME":[1],"NAME":[{}]}`, 1, ""},
			{`{"NAME":[{}],"NAME":5}`, 0, "NAME must be an array of objects"},
			{`{"NAME":{"record_id":"1"}}`, 0, "NAME must be an array of objects"},
			{`{"NAME":""}`, 0, "NAME must be an array of objects"},
			{`{"NAME":["541278230707963208"]}`, 0, "NAME[0] must be an object"},
			{`{"NAME":[{},null]}`, 0, "NAME[1] must be an object"},
			{`{"NAME":[{},[],3]}`, 0, "NAME[1] must be an object"},
			{entries(full), full, ""},
			{entries(full + 1), 0, fmt.Sprintf("NAME has %d entries; at most %d are allowed", full+1, full)},
			{entries(full + 70), 0, fmt.Sprintf("NAME has %d entries; at most %d are allowed", full+70, full)},
		} {
			body, refused := strings.ReplaceAll(c.body, "NAME", name), strings.ReplaceAll(c.refused, "NAME", name)
			n, err := decode(input(body))
			if refused != "" {
				wantError(t, err, stele.CodeParameter, refused)
			} else if err != nil || n != c.n {
				t.Errorf("%.80s: %d, %v; want %d", body, n, err, c.n)
			}
		}
	}
}
