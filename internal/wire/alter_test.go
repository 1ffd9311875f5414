package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

func TestDecodeAlter(t *testing.T) {
	t.Parallel()
	q, err := wire.DecodeAlter(input(`{"table_id":"t","dry_run":"true","changes":[
 {"op":"add_field","name":"weight","type":"FLOAT","description":"in grams","required":true,"unique":"false","default":0},
 {"op":"add_field","name":"n","type":"INT","default":null},
 {"op":"rename_field","field":"a","to":"b"},{"op":"describe_field","field":"a","description":""},{"op":"change_type","field":"a","type":"TEXT"},
 {"op":"set_required","field":"a"},{"op":"drop_required","field":"a"},{"op":"set_unique","field":"a"},{"op":"drop_unique","field":"a"},
 {"op":"drop_field","field":"x","field":"a"},{"op":"rename_table","to":"x"},{"op":"describe_table","description":"y"},
 {"op":"set_keyword_index"},{"op":"drop_keyword_index"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "request", q, wire.Alter{TableID: "t", How: stele.How{Dry: true}, Changes: []stele.RawAlter{
		{Op: stele.AddField, Draft: stele.DraftField{Name: "weight", Type: "FLOAT", Description: "in grams", Required: true}, Default: stele.Raw{Kind: stele.KindNumber, Text: "0"}},
		{Op: stele.AddField, Draft: stele.DraftField{Name: "n", Type: "INT"}},
		{Op: stele.RenameField, Field: "a", To: "b"}, {Op: stele.DescribeField, Field: "a"}, {Op: stele.ChangeType, Field: "a", Draft: stele.DraftField{Type: "TEXT"}},
		{Op: stele.SetRequired, Field: "a"}, {Op: stele.DropRequired, Field: "a"}, {Op: stele.SetUnique, Field: "a"}, {Op: stele.DropUnique, Field: "a"},
		{Op: stele.DropField, Field: "a"}, {Op: stele.RenameTable, To: "x"}, {Op: stele.DescribeTable, Draft: stele.DraftField{Description: "y"}},
		{Op: stele.SetKeywordIndex}, {Op: stele.DropKeywordIndex},
	}})
	if len(q.Changes) != len(stele.AlterOps)+1 {
		t.Errorf("%d changes: one for each op there is, and a second for add_field", len(q.Changes))
	}
	if q, err = wire.DecodeAlter(input(`{"changes":[{"op":"grow"},{"op":null,"x":1}]}`)); err != nil || q.Changes[0].Op != "grow" { // the verb refuses them
		t.Errorf("%+v, %v", q, err)
	}
}

func TestAlterRefusals(t *testing.T) {
	t.Parallel()
	_, err := wire.DecodeAlter(input(`{"table_id":"t","changes":[{"op":"drop_field","field":"a"}],"dryrun":[true]}`))
	wantError(t, err, stele.CodeParameter, "alter-table does not know 'dryrun'; it takes table_id, changes and dry_run")
	_, err = wire.DecodeDrop(input(`{"table_id":"t","name":"t","mode":null}`))
	wantError(t, err, stele.CodeParameter, "drop-table does not know 'mode'; it takes table_id, name and dry_run")
	for _, c := range []struct {
		changes string
		code    stele.Code
		want    string
	}{
		{`{}`, stele.CodeParameter, "changes must be an array of objects"},
		{`[1]`, stele.CodeParameter, "changes[0] must be an object"},
		{`[{"op":5}]`, stele.CodeParameter, "changes[0].op must be a string"},
		{`[{"op":"set_keyword_index"},{"op":"add_field","name":"a"}]`, stele.CodeParameter, "changes[1]: add_field needs the member 'type'"},
		{`[{"op":"rename_field","field":"a","to":null}]`, stele.CodeParameter, "changes[0]: rename_field needs the member 'to'"},
		{`[{"op":"rename_field","field":"a","to":"b","name":"c"}]`, stele.CodeParameter, "changes[0]: rename_field does not know 'name'; it takes field and to"},
		{`[{"op":"add_field","name":"a","type":"INT","requird":true}]`, stele.CodeParameter, "changes[0]: add_field does not know 'requird'; it takes name, type, description, required, unique, default"},
		{`[{"op":"drop_field","field":"a","dry_run":true}]`, stele.CodeParameter, "changes[0]: drop_field does not know 'dry_run'; it takes field"},
		{`[{"op":"set_keyword_index","field":"a"}]`, stele.CodeParameter, "changes[0]: set_keyword_index does not know 'field'; it takes no other member than op"},
		{`[{"op":"rename_field","field":"a","to":5}]`, stele.CodeFieldName, "changes[0].to must be a string"},
		{`[{"op":"rename_table","to":5}]`, stele.CodeTableName, "changes[0].to must be a string"},
		{`[{"op":"add_field","name":[],"type":"INT"}]`, stele.CodeFieldName, "changes[0].name must be a string"},
		{`[{"op":"describe_field","field":"a","description":5}]`, stele.CodeFieldDescription, "changes[0].description must be a string"},
		{`[{"op":"describe_table","description":5}]`, stele.CodeTableDescription, "changes[0].description must be a string"},
		{`[{"op":"change_type","field":"a","type":5}]`, stele.CodeFieldType, "changes[0].type must be a string"},
		{`[{"op":"change_type","field":5,"type":"INT"}]`, stele.CodeParameter, "changes[0].field must be a string"},
		{`[{"op":"add_field","name":"a","type":"INT","unique":1}]`, stele.CodeParameter, "changes[0].unique must be true or false"},
		{`[{"op":"set_keyword_index"` + strings.Repeat(`,"op":"drop_keyword_index"`, 32) + `}]`, stele.CodeParameter, "changes[0] has more than 32 members"},
		{`[` + strings.Repeat(`{},`, 200) + `{}]`, stele.CodeParameter, "changes has 201 entries; at most 200 are allowed"},
	} {
		_, err := wire.DecodeAlter(input(`{"table_id":"t","changes":` + c.changes + `}`))
		wantRefusal(t, err)
		if code := stele.ErrorCode(err); code != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: code %d, %v; want code %d and %q", c.changes, code, err, c.code, c.want)
		}
	}
}

func TestDecodeDrop(t *testing.T) {
	t.Parallel()
	q, err := wire.DecodeDrop(input(`{"table_id":"t","name":"parcels","dry_run":true}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "request", q, wire.Drop{TableID: "t", Name: "parcels", How: stele.How{Dry: true}})
	for _, body := range []string{`{"table_id":1}`, `{"name":1}`, `{"dry_run":1}`, `[]`} {
		_, err := wire.DecodeDrop(input(body))
		wantRefusal(t, err)
	}
}

func FuzzDecodeAlter(f *testing.F) {
	seeds(f)
	f.Add([]byte(`{"table_id":"t","changes":[{"op":"add_field","name":"w","type":"FLOAT","default":{"a":[1]}},{"op":"rename_field","field":"a","to":"b"}],"dry_run":true}`))
	f.Add([]byte(`{"changes":[{"op":"set_unique","field":"\ud800"},{"op":"grow","x":1},{"op":"set_unique","field":"a","x":null}],"name":"t"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := decode(t, wire.DecodeAlter, body, func(q wire.Alter) {
			if len(q.Changes) > 3 {
				t.Fatalf("%d changes", len(q.Changes))
			}
		})
		m := object(body)
		if err == nil {
			entries, ok := objects(m["changes"], 200)
			table, tableOK := text(m["table_id"])
			if m == nil || !ok || !tableOK || q.TableID != table || len(q.Changes) != len(entries) {
				t.Fatalf("request %+v", q)
			}
			for i, c := range q.Changes {
				var sent map[string]json.RawMessage
				if err := json.Unmarshal(entries[i], &sent); err != nil {
					t.Fatal(err)
				}
				if op, _ := text(sent["op"]); !ambiguous(body) && string(c.Op) != op {
					t.Fatalf("op %q of %s", c.Op, entries[i])
				}
			}
		}
		d, err := decode(t, wire.DecodeDrop, body, func(wire.Drop) {})
		if name, ok := text(m["name"]); err == nil && (m == nil || !ok || d.Name != name) {
			t.Fatalf("request %+v", d)
		}
	})
}

// The answers to a change, to a trial of one, and to one that records do not fit.
func TestAppendAltered(t *testing.T) {
	t.Parallel()
	table, err := stele.NewTable("66f0a1b2c3d4e5f601234567", stele.Draft{Name: "parcels", Description: "d", KeywordIndex: true, Fields: []stele.DraftField{
		{Name: "code", Type: "TEXT", Unique: true}, {Name: "note", Type: "TEXT"},
	}}, stele.DefaultLimits(), 1)
	if err != nil {
		t.Fatal(err)
	}
	a, err := table.Alter([]stele.RawAlter{
		{Op: stele.RenameField, Field: "code", To: "sku"}, {Op: stele.DropField, Field: "note"}, {Op: stele.DropKeywordIndex},
		{Op: stele.AddField, Draft: stele.DraftField{Name: "n", Type: "INT", Required: true}, Default: stele.Raw{Kind: stele.KindString, Text: "7"}},
	}, stele.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	const definitions = `"record_count":2,"before":{"name":"parcels","description":"d","field_count":2,"fields":[` +
		`{"name":"code","description":"","type":"TEXT","required":false,"unique":true},{"name":"note","description":"","type":"TEXT","required":false,"unique":false}],"keyword_index":true},` +
		`"after":{"name":"parcels","description":"d","field_count":2,"fields":[` +
		`{"name":"sku","description":"","type":"TEXT","required":false,"unique":true},{"name":"n","description":"","type":"INT","required":true,"unique":false}]},` +
		`"field_map":[{"from":"code","to":"sku"},{"from":null,"to":"n","default":7},{"from":"note","to":null}]`
	done := stele.Altered{Alteration: a, Records: 2}
	for dry, head := range map[bool]string{false: `"applied":true,`, true: `"applied":false,"dry_run":true,`} {
		got := string(wire.GPTBots.AppendAltered(nil, wire.Alter{How: stele.How{Dry: dry}}, done))
		if want := `{"code":0,"message":"OK","data":{"table_id":"66f0a1b2c3d4e5f601234567",` + head + definitions + `}}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	done.Count = 101
	done.Violations = []stele.Violation{{Change: 3, ID: 7, Field: "n", Reason: "No."}, {Change: 0, ID: 8, Field: "sku", Value: stele.TextValue(strings.Repeat("x", 257)), Reason: `"`}}
	unfit, _ := done.Refusal().(*stele.UnfitError)
	got := string(wire.AltaTech.AppendUnfit(nil, unfit))
	message := `"message":"Parameter error: 101 values do not fit; the first is of record 7, by changes[3]: No. Nothing was changed."`
	if want := `{"code":40000,` + message + `,"error":{"code":"40000",` + message + `,"status":400},"violation_count":101,"violations":[` +
		`{"change":3,"id":"7","field":"n","value":null,"reason":"No."},{"change":0,"id":"8","field":"sku","value":"` + strings.Repeat("x", 256) + `…","reason":"\""}]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
