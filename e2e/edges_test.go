package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestEdges imports values at the edges of their types, written by the rules of wire.md 4.1, and reads them back from the
// server that took them and again after it was killed.
func TestEdges(t *testing.T) { eachStore(t, testEdges) }

func testEdges(t *testing.T, s *store) {
	c := s.start(t)
	agent, err := c.agent(t.Context())
	no(t, err)
	sets := map[string]dataset{
		"whole_numbers": wholeNumbers(), "fractions": fractions(), "texts": texts(), "dates": dates(), "truths": truths(), "reserved_names": reserved(),
	}
	for name, set := range sets {
		if err := roundTrip(t.Context(), agent, name, set); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.kill()
	c.begin()
	tables, err := agent.tables(t.Context())
	no(t, err)
	for _, table := range tables {
		set := sets[table.Name]
		err := agent.each(t.Context(), table.ID, func(i int, r record) error {
			for at, f := range set.fields {
				if !equal(r.Value[f.Name], set.want[i][at]) {
					return fmt.Errorf("after a kill `%s` is %#v, want %#v", f.Name, r.Value[f.Name], set.want[i][at])
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", table.Name, err)
		}
	}
}

// of makes a data set of one field, called v, from pairs of what is sent and what must come back.
func of(typ string, pairs ...any) dataset {
	d := dataset{fields: fields(typ, "v")}
	for i := 0; i < len(pairs); i += 2 {
		d.rows, d.want = append(d.rows, row{"v": pairs[i]}), append(d.want, []any{pairs[i+1]})
	}
	return d
}

// wholeNumbers has a unique second field, so that big numbers are compared as well as kept.
func wholeNumbers() dataset {
	d := dataset{fields: append(fields("INT", "v"), field{Name: "u", Type: "INT", Required: true, Unique: true})}
	numbers := []int64{0, 1, -1, 30, 1 << 31, 1 << 52, 1<<53 - 2, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<53 + 2, math.MaxInt64 - 1, math.MaxInt64}
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 1500 {
		numbers = append(numbers, rnd.Int64()>>rnd.IntN(63))
	}
	seen := map[int64]bool{}
	for _, n := range numbers {
		for _, n := range []int64{n, -n, math.MinInt64 + n} {
			if seen[n] {
				continue
			}
			seen[n] = true
			digits := strconv.FormatInt(n, 10)
			var want any = n
			if n > 1<<53-1 || n < -(1<<53-1) { // a JavaScript client would round it
				want = digits
			}
			sent := row{"v": digits, "u": json.Number(digits)} // once as text, once as a number
			if len(d.rows)%2 == 1 {
				sent = row{"v": json.Number(digits), "u": digits}
			}
			d.rows, d.want = append(d.rows, sent), append(d.want, []any{want, want})
		}
	}
	for _, p := range []struct {
		sent any
		want any
	}{{json.Number("30.0"), int64(30)}, {json.Number("3e1"), int64(30)}, {"+7", int64(7)}, {" 12\t", int64(12)}, {"", nil}, {nil, nil},
		{json.Number("9223372036854775807.000"), "9223372036854775807"}, {"-92233720368547758080e-1", "-9223372036854775808"}} {
		u := int64(1e15) + int64(len(d.rows))
		d.rows = append(d.rows, row{"v": p.sent, "u": u})
		d.want = append(d.want, []any{p.want, u})
	}
	return d
}

func fractions() dataset {
	d := of("FLOAT", " 1.5 ", 1.5, "+.5", 0.5, "5.", 5.0, "", nil, nil, nil)
	numbers := []float64{0, 0.1, 0.2, 0.1 + 0.2, 1.0 / 3, -9.5, math.Pi, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1022,
		1e21, 1e-7, 123456789.123456789, 1 << 53, 1e15, 4.35, 5e-324}
	rnd := rand.New(rand.NewPCG(8, 8))
	for range 1000 {
		if f := math.Float64frombits(rnd.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
			numbers = append(numbers, f)
		}
	}
	for i, f := range numbers {
		text := strconv.FormatFloat(f, 'g', -1, 64)
		var sent any = text
		if i%2 == 0 {
			sent = json.Number(text)
		}
		d.rows, d.want = append(d.rows, row{"v": sent}), append(d.want, []any{f})
	}
	return d
}

func texts() dataset {
	same := []string{
		"", " ", "  blanks at the ends  ", "007", "1e3", "null", "true", "naïve café", "Ångström", "日本語テキスト", "Здравствуйте", "مرحبا", "👩‍👩‍👧‍👦 family",
		"e\u0301 is not é", "\u0001\u001f", "line\nbreak\r\ntab\t", `quote " and \ slash /`, "<b>&amp;</b>", "\u2028\u2029", "\ufeffmark", "'; drop table texts; --",
		"%_like?*", "\U0010ffff", "﷽", strings.Repeat("ﬀ", 4000), strings.Repeat("x", 300000),
	}
	d := of("TEXT",
		json.Number("1.50"), "1.50", json.Number("12345678901234567890123"), "12345678901234567890123", true, "true", false, "false", nil, nil,
		json.RawMessage(`{ "a" : [ 1, 2.0 ] }`), `{"a":[1,2.0]}`, json.RawMessage(`"\ud83d\ude00"`), "😀")
	for _, s := range same {
		d.rows, d.want = append(d.rows, row{"v": s}), append(d.want, []any{s})
	}
	return d
}

func dates() dataset {
	return of("DATETIME",
		"2026-03-01 08:00:00", "2026-03-01 08:00:00", "2026-03-01T08:00:00", "2026-03-01 08:00:00", "2026-03-01", "2026-03-01 00:00:00",
		"2026/03/01 08:00", "2026-03-01 08:00:00", "2026-03-01 08:00:00.999", "2026-03-01 08:00:00", "2026-03-01T08:00:00Z", "2026-03-01 08:00:00",
		"2026-03-01T08:00:00+09:00", "2026-02-28 23:00:00", "2024-02-29 23:59:59", "2024-02-29 23:59:59", int64(0), "1970-01-01 00:00:00",
		int64(1772352000123), "2026-03-01 08:00:00", int64(-1), "1969-12-31 23:59:59", "0001-01-01 00:00:00", "0001-01-01 00:00:00",
		"9999-12-31 23:59:59", "9999-12-31 23:59:59", "", nil, nil, nil)
}

func truths() dataset {
	return of("BOOLEAN", true, true, false, false, "TRUE", true, "False", false, 1, true, 0, false, "1", true, "0", false, "", nil, nil, nil)
}

// reserved has a field for each name that an engine or Stele itself would like to keep.
func reserved() dataset {
	names := []string{"rowid", "oid", "_rowid_", "ctid", "xmin", "order", "group", "select", "table", "id", "_id", "created_at", "_created_at", "updated_at",
		"value", "values", "key", sqliteField, "0", "00", "_", strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 63) + "b"}
	d := dataset{fields: fields("TEXT", names...)}
	for i := range 3 {
		sent, want := row{}, make([]any, len(names))
		for at, n := range names {
			text := fmt.Sprintf("%d of %s", i, n)
			sent[n], want[at] = text, text
		}
		d.rows, d.want = append(d.rows, sent), append(d.want, want)
	}
	return d
}

// TestGreatestRecordIDs gives records the greatest ids there are, and the very ones that the server would give next: it goes
// on giving ids to others, above all of its own and past those that are taken.
func TestGreatestRecordIDs(t *testing.T) { eachStore(t, testGreatestRecordIDs) }

func testGreatestRecordIDs(t *testing.T, s *store) {
	ctx := t.Context()
	agent, err := s.start(t).agent(ctx)
	no(t, err)
	table, err := agent.createTable(ctx, "parcels", key("code"))
	no(t, err)
	given := 0
	for _, next := range []func(last int64) int64{
		func(int64) int64 { return 1 }, func(last int64) int64 { return last + 1 }, func(last int64) int64 { return last + 2 },
		func(int64) int64 { return math.MaxInt64 - 1 }, func(int64) int64 { return math.MaxInt64 },
	} {
		no(t, agent.importAll(ctx, table, []row{{"code": fmt.Sprint("a", given)}, {"code": fmt.Sprint("b", given)}}))
		rs, err := agent.all(ctx, table)
		no(t, err)
		last := int64(0)
		for _, r := range rs {
			if id, err := strconv.ParseInt(r.ID, 10, 64); err == nil && id < math.MaxInt64-1 {
				last = id
			}
		}
		u, err := read[outcome](agent.post(ctx, pathUpdate, row{"table_id": table, "is_create": true, "update_data": []row{
			{"record_id": fmt.Sprint(next(last)), "updated_fields": row{"code": fmt.Sprint("given", given)}}}}))
		no(t, err)
		if u.SuccessCount != 1 {
			t.Errorf("a record with the id %d: %+v", next(last), u)
		}
		given++
	}
	no(t, agent.importAll(ctx, table, []row{{"code": "a"}, {"code": "b"}}))
	rs, err := agent.all(ctx, table)
	no(t, err)
	if want := 3*given + 2; len(rs) != want || rs[len(rs)-1].ID != "9223372036854775807" {
		t.Errorf("%d records, want %d, the last one %+v", len(rs), want, rs[len(rs)-1])
	}
	for _, id := range []string{"9223372036854775808", "0", "-1", "007", "1.0", "1e3", "x"} {
		u, err := read[outcome](agent.post(ctx, pathUpdate, row{"table_id": table, "is_create": true, "update_data": []row{
			{"record_id": id, "updated_fields": row{"code": "never"}}}}))
		no(t, err)
		if u.FailCount != 1 {
			t.Errorf("the id %s is taken: %+v", id, u)
		}
	}
}
