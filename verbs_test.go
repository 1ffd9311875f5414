package stele

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTables: the agent's id may be given and must then be its own; all tables without a page (wire.md 5.2).
func TestTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent string
		page  *PageNumber
		want  Page
		code  Code
	}{
		{"", nil, Page{}, codeEnd},
		{string(ownAgent), nil, Page{}, codeEnd},
		{strings.ToUpper(string(ownAgent)), &PageNumber{1, 1}, Page{0, 1}, codeEnd},
		{"", &PageNumber{3, 100}, Page{200, 100}, codeEnd},
		{"66e000000000000000000002", nil, Page{}, CodeForeignAgent},
		{"default", nil, Page{}, CodeForeignAgent},
		{"", &PageNumber{0, 10}, Page{}, CodeParameter},
		{"", &PageNumber{1, 101}, Page{}, CodeParameter},
	} {
		a, db := newAgent(t, parcels(t), ScopeAll)
		ts, err := a.Tables(t.Context(), c.agent, c.page)
		if c.code != codeEnd {
			if ErrorCode(err) != c.code || db.calls != 0 {
				t.Errorf("agent %q, page %v: %v", c.agent, c.page, err)
			}
		} else if err != nil || len(ts) != 1 || db.page != c.want {
			t.Errorf("agent %q, page %v: %v, asked for %+v; want %+v", c.agent, c.page, err, db.page, c.want)
		}
	}
}

// TestPages: numbers and sizes of pages (wire.md 5.5), also those whose product has no place in an integer.
func TestPages(t *testing.T) {
	t.Parallel()
	for page, want := range map[PageNumber]any{
		{1, 1}: Page{0, 1}, {1, 100}: Page{0, 100}, {2, 10}: Page{10, 10}, {1_000_000, 100}: Page{99_999_900, 100},
		{0, 10}: "Parameter error: page must be 1 or more", {-1, 10}: "Parameter error: page must be 1 or more",
		{math.MinInt64, 10}: "Parameter error: page must be 1 or more",
		{1, 0}:              "Parameter error: page_size must be between 1 and 100", {1, 101}: "Parameter error: page_size must be between 1 and 100",
		{1, -1}: "Parameter error: page_size must be between 1 and 100", {1, math.MaxInt64}: "Parameter error: page_size must be between 1 and 100",
	} {
		a, db := newAgent(t, parcels(t), ScopeAll)
		table, recs, err := a.Records(t.Context(), string(parcels(t).ID), PageQuery{Page: page})
		if says, refused := want.(string); refused {
			if err == nil || err.Error() != says || db.calls != 0 {
				t.Errorf("page %v: %v; want %q", page, err, says)
			}
		} else if err != nil || table.Name != "parcels" || recs.Total != 7 || (Page{db.query.Offset, db.query.Limit}) != want {
			t.Errorf("page %v: %v, asked for %+v; want %+v", page, err, db.query, want)
		}
	}
	a, db := newAgent(t, parcels(t), ScopeAll)
	if _, _, err := a.Records(t.Context(), string(parcels(t).ID), PageQuery{Page: PageNumber{math.MaxInt64, 100}}); err != nil || db.query.Offset < 1<<40 {
		t.Errorf("the last page of all: %v, offset %d; want one beyond every table", err, db.query.Offset)
	}
}

// TestRecordsFilter: any known fields, typed; null asks for records without a value (wire.md 5.5).
func TestRecordsFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter Row
		want   []Pair
		says   string
	}{
		{row(), nil, ""},
		{row("price", str("9.50")), []Pair{{2, FloatValue(9.5)}}, ""},
		{row("fragile", yes, "code", num("1.50")), []Pair{{3, BoolValue(true)}, {0, TextValue("1.50")}}, ""},
		{row("weight_g", null, "code", str("")), []Pair{{1, Value{}}, {0, TextValue("")}}, ""},
		{row("price", str(" ")), []Pair{{2, Value{}}}, ""},
		{row("price", str("odd"), "price", num("1")), []Pair{{2, FloatValue(1)}}, ""},
		{row("colour", str("red")), nil, "`filter`: `colour` is not a field of table `parcels`."},
		{row("colour", null), nil, "`filter`: `colour` is not a field of table `parcels`."},
		{row("weight_g", str("heavy")), nil, "`filter`: `weight_g` has an invalid value for type INT."},
		{row("code", str("\x00")), nil, "`filter`: `code` has an invalid value for type TEXT. Text cannot hold the character NUL (\\u0000)."},
	} {
		a, db := newAgent(t, parcels(t), ScopeAll)
		_, _, err := a.Records(t.Context(), string(parcels(t).ID), PageQuery{Page: PageNumber{1, 10}, Filter: c.filter.Cells, Keyword: "%_"})
		if c.says != "" {
			if err == nil || err.Error() != "Parameter error: "+c.says || db.calls != 0 {
				t.Errorf("filter %v: %v; want %q", c.filter, err, c.says)
			}
		} else if err != nil || !slices.Equal(db.query.Equal, c.want) || db.query.Keyword != "%_" {
			t.Errorf("filter %v: %v, asked for %+v; want %+v", c.filter, err, db.query, c.want)
		}
	}
}

// TestTasks: ids in the order asked for, each once in whatever case, what is no id left out, and thirty days kept
// (wire.md 5.4).
func TestTasks(t *testing.T) {
	t.Parallel()
	const x, y = "66f0a1b9000000000000abcd", "66f0a1b90000000000001234"
	a, db := newAgent(t, parcels(t), ScopeRead)
	if ts, err := a.Tasks(t.Context(), []string{y, x, "nonsense", strings.ToUpper(x), y, ""}); err != nil || ts == nil {
		t.Errorf("Tasks: %v, %v", ts, err)
	}
	if !slices.Equal(db.taskIDs, []TaskID{y, x}) {
		t.Errorf("asked for %v", db.taskIDs)
	}
	if days := (MillisOf(today) - db.since) / (24 * 3600 * 1000); days != 30 {
		t.Errorf("results of %d days are shown", days)
	}
}

// TestImport: the task is finished, with an id of its own, also when no row could be added.
func TestImport(t *testing.T) {
	t.Parallel()
	a, db := newAgent(t, parcels(t), ScopeWrite)
	task, err := a.Import(t.Context(), string(parcels(t).ID), []Row{row("code", str("")), row("code", str("PX-1"))}, nil)
	if err != nil || task.Created != MillisOf(today) || task.Success != 1 || task.Failed() != 1 || len(db.batch.Records) != 1 {
		t.Errorf("Import: %+v, %v", task, err)
	}
	if id, ok := ParseID[TaskID](string(task.ID)); !ok || id != task.ID {
		t.Errorf("the task's id is %q", task.ID)
	}
	task, err = a.Import(t.Context(), string(parcels(t).ID), []Row{row()}, nil)
	if err != nil || db.calls != 2 || task.Success != 0 || len(task.Rejections) != 1 {
		t.Errorf("Import of no good row: %+v, %v", task, err)
	}
	a.svc.Limits.ImportCSVBytes = 10
	if _, err := a.Import(t.Context(), string(parcels(t).ID), []Row{row("code", str("x"))}, nil); ErrorCode(err) != CodeTooLarge || db.calls != 2 {
		t.Errorf("Import of too much: %v", err)
	}
}

// TestCreateTable: the id is new, the time is now, and a draft that breaks a rule reaches no store.
func TestCreateTable(t *testing.T) {
	t.Parallel()
	a, db := newAgent(t, parcels(t), ScopeSchema)
	id, err := a.CreateTable(t.Context(), Draft{Name: "t", Description: "d", Fields: []DraftField{{Name: "a", Type: "INT"}}}, nil)
	if err != nil || db.created.ID != id || db.created.Created != MillisOf(today) || db.created.FieldIndex("a") != 0 {
		t.Errorf("CreateTable: %q, %v", id, err)
	}
	if _, err := a.CreateTable(t.Context(), Draft{}, nil); ErrorCode(err) != CodeTableName || db.calls != 1 {
		t.Errorf("CreateTable of nothing: %v", err)
	}
}

// TestUpdateOutcomes: what failed before the store and what failed in it stand in the order of the entries, in the kept
// answer too.
func TestUpdateOutcomes(t *testing.T) {
	t.Parallel()
	raws := []RawChange{
		{Address: RawAddress{RecordID: str("7")}}, // fails in the store
		{Problem: "odd entry"},
		{Address: RawAddress{Filter: row("code", str("PX-1")).Cells}},
		{},
	}
	want := []Outcome{{ReasonNotFound}, {"odd entry"}, {}, {"`record_id` or `filter` is required: it says which record is meant."}}
	a, db := newAgent(t, parcels(t), ScopeWrite)
	got, err := a.Update(t.Context(), string(parcels(t).ID), raws, false, nil)
	if err != nil || !slices.Equal(got, want) || len(db.changes) != 2 {
		t.Errorf("outcomes %q, %v; want %q", got, err, want)
	}
	once := &Once[[]Outcome]{Key: "k", Fingerprint: Fingerprint{1}, At: 5, Answer: func(os []Outcome) []byte { return fmt.Append(nil, os) }}
	_, err = a.Update(t.Context(), string(parcels(t).ID), raws, false, once)
	if r, ok := errors.AsType[*Replay](err); !ok || !bytes.Equal(r.Answer, fmt.Append(nil, want)) {
		t.Errorf("the kept answer is %v", err)
	}
	if adapted := adapt(once, func(n int) []Outcome { return make([]Outcome, n) }); adapted.Key != "k" || adapted.Fingerprint != once.Fingerprint || adapted.At != 5 {
		t.Errorf("adapted to %+v", adapted)
	}
}

// TestDelete: all entries or none, and the index of the first bad one (wire.md 5.7).
func TestDelete(t *testing.T) {
	t.Parallel()
	good := RawAddress{RecordID: num("5")}
	a, db := newAgent(t, parcels(t), ScopeWrite)
	n, err := a.Delete(t.Context(), string(parcels(t).ID), []RawAddress{good, {Filter: row("code", num("1")).Cells}, good}, nil)
	want := []Selector{{ID: 5}, {Pairs: []Pair{{0, TextValue("1")}}}, {ID: 5}}
	if err != nil || n != 3 || !reflect.DeepEqual(db.selectors, want) {
		t.Errorf("Delete: %d, %v, selectors %+v", n, err, db.selectors)
	}
	for _, bad := range []RawAddress{
		{}, {RecordID: str("x")}, {RecordID: num("0")}, {Filter: row("price", num("1")).Cells}, {Filter: row("code", null).Cells},
		{Problem: "`filter` must be an object."},
	} {
		_, err := a.Delete(t.Context(), string(parcels(t).ID), []RawAddress{good, good, bad, {}}, nil)
		if ErrorCode(err) != CodeParameter || !strings.HasPrefix(err.Error(), "Parameter error: delete_data[2]: `") ||
			!strings.HasSuffix(err.Error(), ". Nothing was deleted") || db.calls != 1 {
			t.Errorf("Delete with %+v: %v", bad, err)
		}
	}
}

// TestUnsteady: a table that changes each time is an overload, one that never fits what is in the store is a fault.
func TestUnsteady(t *testing.T) {
	t.Parallel()
	a, _ := newAgent(t, parcels(t), ScopeAll)
	for _, c := range []struct {
		err  error
		code Code
	}{{ErrTableChanged, CodeOverloaded}, {fmt.Errorf("%w: %w", ErrTableChanged, errors.New("no such column")), CodeInternal}} {
		times := 0
		err := a.onTable(t.Context(), string(parcels(t).ID), func(*Table) error {
			times++
			return c.err
		})
		if times != 4 || ErrorCode(err) != c.code || errors.Is(err, ErrTableChanged) {
			t.Errorf("%v: %v after %d times", c.err, err, times)
		}
	}
}
