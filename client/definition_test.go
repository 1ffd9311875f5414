package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"stele/client"
)

// TestDefinitions changes a table, is told which records do not fit, and drops it.
func TestDefinitions(t *testing.T) { eachStore(t, testDefinitions) }

func testDefinitions(t *testing.T, s store) {
	c, _ := start(t, s)
	ctx := context.Background()
	table, err := c.CreateTable(ctx, client.NewTable{Name: "t", Description: "d", Fields: []client.Field{{Name: "a", Type: "TEXT"}, {Name: "b", Type: "INT"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Import(ctx, table, []client.Row{{"a": "007", "b": 1}, {"a": "8", "b": 2}}); err != nil {
		t.Fatal(err)
	}
	changes := []client.TableChange{
		{"op": "rename_field", "field": "a", "to": "code"}, {"op": "drop_field", "field": "b"},
		{"op": "add_field", "name": "w", "type": "FLOAT", "default": 1.5},
	}
	for _, try := range []bool{true, false} {
		a, err := c.AlterTable(ctx, table, changes, try)
		if err != nil || a.Table != table || a.Applied == try || a.Records != 2 || len(a.Before.Fields) != 2 || len(a.After.Fields) != 2 || a.After.Fields[1].Name != "w" {
			t.Fatalf("%+v, %v", a, err)
		}
		if len(a.Fields) != 3 || *a.Fields[0].From != "a" || *a.Fields[0].To != "code" || a.Fields[1].From != nil || a.Fields[1].Default != json.Number("1.5") || a.Fields[2].To != nil {
			t.Errorf("%+v", a.Fields)
		}
	}
	page, err := c.RecordsPage(ctx, table, client.RecordQuery{Size: 10})
	if err != nil || page.Records[0].Value["code"] != "007" || page.Records[0].Value["w"] != json.Number("1.5") || page.Table.Fields[0].Name != "code" {
		t.Fatalf("%+v, %v", page, err)
	}
	_, err = c.AlterTable(ctx, table, []client.TableChange{{"op": "change_type", "field": "code", "type": "INT"}}, false)
	refused, ok := errors.AsType[*client.Error](err)
	if !ok || refused.Code != 40000 || refused.ViolationCount != 1 || len(refused.Violations) != 1 {
		t.Fatalf("%v", err)
	}
	if v := refused.Violations[0]; v.RecordID != page.Records[0].ID || v.Field != "code" || string(v.Value) != `"007"` || v.Reason == "" || v.Change != 0 {
		t.Errorf("%+v", v)
	}
	if _, err := c.DropTable(ctx, table, "x", false); err == nil {
		t.Error("a table was dropped by another name")
	}
	for _, try := range []bool{true, false} {
		if d, err := c.DropTable(ctx, table, "t", try); err != nil || d != (client.Dropped{Table: table, Name: "t", Records: 2, Dropped: !try}) {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if ts, err := client.Collect(c.Tables(ctx)); err != nil || len(ts) != 0 {
		t.Errorf("%v, %v", ts, err)
	}
}
