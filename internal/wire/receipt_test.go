package wire_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stele"
	"stele/internal/wire"
)

// TestHow holds the members that have a write done in another way.
func TestHow(t *testing.T) {
	t.Parallel()
	const rows = `{"table_id":"t","records":[{"a":1}]`
	for _, c := range []struct {
		members string
		want    stele.How
		bad     string
	}{
		{``, stele.How{}, ""},
		{`,"receipt":"failed"`, stele.How{Receipt: true}, ""},
		{`,"receipt":"Failed"`, stele.How{}, `receipt must be true, false or "failed"`},
		{`,"mode":null,"key":"","receipt":false,"dry_run":null`, stele.How{}, ""},
		{`,"mode":"","receipt":"true"`, stele.How{Receipt: true}, ""},
		{`,"mode":"partial"`, stele.How{Mode: stele.Partial}, ""},
		{`,"mode":"atomic","dry_run":true`, stele.How{Mode: stele.Atomic, Dry: true, Receipt: true}, ""},
		{`,"key":"a","mode":"upsert"`, stele.How{Mode: stele.Upsert, Key: "a"}, ""},
		{`,"mode":"Partial"`, stele.How{}, "mode must be partial, atomic or upsert, or be left out; got 'Partial'"},
		{`,"mode":1`, stele.How{}, "mode must be a string"},
		{`,"key":"a"`, stele.How{}, "key goes with mode upsert alone"},
		{`,"mode":"upsert","key":7`, stele.How{}, "key must be a string"},
		{`,"receipt":1`, stele.How{}, `receipt must be true, false or "failed"`},
		{`,"dry_run":"yes"`, stele.How{}, "dry_run must be true or false"},
	} {
		q, err := wire.DecodeImport(wire.Input{Body: []byte(rows + c.members + "}"), Limits: stele.DefaultLimits()})
		if c.bad == "" && (err != nil || q.How != c.want) || c.bad != "" && (err == nil || !strings.HasSuffix(err.Error(), c.bad)) {
			t.Errorf("%s: %+v, %v; want %+v %q", c.members, q.How, err, c.want, c.bad)
		}
		if brief := strings.Contains(c.members, `"failed"`); q.Brief != brief {
			t.Errorf("%s: brief is %t", c.members, q.Brief)
		}
	}
}

// repairTable has a field by the name that the reason has else.
func repairTable(t rapid.TB, fields ...string) *stele.Table {
	d := stele.Draft{Name: "t", Description: "d"}
	for _, f := range fields {
		name, typ, _ := strings.Cut(f, " ")
		d.Fields = append(d.Fields, stele.DraftField{Name: name, Type: typ})
	}
	table, err := stele.NewTable("66f0a1b2c3d4e5f601234567", d, stele.DefaultLimits(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// repaired imports rows with a receipt and returns the repair file.
func repaired(t rapid.TB, table *stele.Table, format, rows string) string {
	q, err := wire.DecodeImport(wire.Input{Body: []byte(`{"table_id":"t","records":[` + rows + `]}`), Limits: stele.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	b, err := table.AcceptAs(q.Rows, stele.DefaultLimits(), stele.How{Receipt: true})
	if err != nil {
		t.Fatal(err)
	}
	file, err := wire.AppendRepair(nil, format, table, b.Task.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

func TestRepairFile(t *testing.T) {
	t.Parallel()
	table := repairTable(t, "n INT", "s TEXT")
	const bad = "`n` has an invalid value for type INT."
	for _, c := range []struct{ rows, csv, lines string }{
		{`{"n":1}`, "n,s,_reason\n", ""},
		{`{"s":"a,\"b\"\nc","n":true}`, "n,s,_reason\ntrue,\"a,\"\"b\"\"\nc\"," + bad + "\n", `{"s":"a,\"b\"\nc","n":true,"_reason":"` + bad + "\"}\n"},
		{"{ \"n\" : [1,\n 2],\n\"s\":null }", "n,s,_reason\n\"[1,2]\",," + bad + "\n", `{"n":[1,2],"s":null,"_reason":"` + bad + "\"}\n"},
		{`{"values":{"n":"x"}}`, "n,s,_reason\nx,," + bad + "\n", `{"values":{"n":"x"},"_reason":"` + bad + "\"}\n"},
		{`{"n":1,"n":"x","odd":2}`, "n,s,odd,_reason\nx,,2,`odd` is not a field of table `t`. " + bad + "\n",
			"{\"n\":1,\"n\":\"x\",\"odd\":2,\"_reason\":\"`odd` is not a field of table `t`. " + bad + "\"}\n"},
	} {
		if got := repaired(t, table, wire.CSV, c.rows); got != c.csv {
			t.Errorf("%s: the CSV is\n%s\nwant\n%s", c.rows, got, c.csv)
		}
		if got := repaired(t, table, wire.JSONLines, c.rows); got != c.lines {
			t.Errorf("%s: the lines are\n%s\nwant\n%s", c.rows, got, c.lines)
		}
	}
	// A repair file that was sent with its reasons gives them back beside the new ones.
	again := `{"n":"x","_reason":"old"}`
	why := "`_reason` is not a field of table `t`."
	if got := repaired(t, repairTable(t, "n INT"), wire.JSONLines, again); !strings.HasPrefix(got, `{"n":"x","_reason":"old","_reason$":"`+why) {
		t.Errorf("got %s", got)
	}
	if got := repaired(t, repairTable(t, "n INT"), wire.CSV, again); !strings.HasPrefix(got, "n,_reason,_reason$\nx,old,"+why) {
		t.Errorf("got %s", got)
	}
	table = repairTable(t, "n INT", "_reason TEXT")
	if got := repaired(t, table, wire.JSONLines, `{"n":"x","_reason":"mine"}`); got != `{"n":"x","_reason":"mine","_reason$":"`+bad+"\"}\n" {
		t.Errorf("beside a field of its name the reason is %s", got)
	}
	if got := repaired(t, repairTable(t, "n INT"), wire.JSONLines, `{"n":1},{"values":{},"n":2}`); !strings.HasPrefix(got, `{"values":{},"n":2,"_reason":"`) {
		t.Errorf("a row of a bad shape is %s", got)
	}
}

// TestRepairFileHoldsWhatWasSent: whatever the values of rows that fail, both files give them back.
func TestRepairFileHoldsWhatWasSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		table := repairTable(rt, "n INT", "s TEXT")
		var sent []map[string]string
		for i := range rapid.IntRange(1, 5).Draw(rt, "rows") {
			sent = append(sent, map[string]string{"n": fmt.Sprint("bad ", i), "s": strings.ReplaceAll(rapid.String().Draw(rt, "s"), "\r", "")})
		}
		b, _ := json.Marshal(sent)
		rows := string(b[1 : len(b)-1])
		d := json.NewDecoder(strings.NewReader(repaired(rt, table, wire.JSONLines, rows)))
		for i := range sent {
			var got map[string]string
			if err := d.Decode(&got); err != nil || got["n"] != sent[i]["n"] || got["s"] != sent[i]["s"] || got["_reason"] == "" {
				rt.Fatalf("row %d of the lines is %q, %v; want %q", i, got, err, sent[i])
			}
		}
		lines, err := csv.NewReader(bytes.NewReader([]byte(repaired(rt, table, wire.CSV, rows)))).ReadAll()
		if err != nil || len(lines) != len(sent)+1 {
			rt.Fatalf("%d lines, %v", len(lines), err)
		}
		for i, line := range lines[1:] {
			if !slices.Equal(line[:2], []string{sent[i]["n"], sent[i]["s"]}) {
				rt.Fatalf("row %d of the CSV is %q; want %q", i, line, sent[i])
			}
		}
	})
}
