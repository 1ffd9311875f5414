package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stele"
)

// altered says what a change of the table's definition comes to by the letter of the contract, and which records it leaves; those
// that violate it have lost what does not fit.
func (m *model) altered(a *stele.Alteration) (done stele.Altered, after []stele.Record) {
	done = stele.Altered{Alteration: a, Records: int64(len(m.records))}
	holders := make([]map[stele.Value]stele.RecordID, len(a.Fields))
	for i := range holders {
		holders[i] = map[stele.Value]stele.RecordID{}
	}
	for _, r := range m.records {
		values := make([]stele.Value, len(a.Fields))
		for i, f := range a.Fields {
			from, to := f.Fill, &a.After.Fields[i]
			if f.From >= 0 {
				from = r.Values[f.From]
			}
			v, reason := to.Convert(from)
			values[i] = v
			if reason == "" && (a.MustHave(i) || a.MustDiffer(i)) {
				reason = to.Violates(v)
			}
			if reason == "" && a.MustDiffer(i) {
				if first, there := holders[i][v]; there {
					reason = to.ViolatesUnique(v, first)
				} else {
					holders[i][v] = r.ID
				}
			}
			if reason == "" {
				continue
			}
			if done.Count++; done.Count <= stele.MostViolations {
				done.Violations = append(done.Violations, stele.Violation{Change: f.Change, ID: r.ID, Field: to.Name, Value: from, Reason: reason})
			}
		}
		r.Values = values
		after = append(after, r)
	}
	return done, after
}

// sameAltered holds what became of a change against what it must be.
func (f *fixture) sameAltered(what string, got, want stele.Altered) {
	f.Helper()
	if got.Alteration == nil || got.Alteration.After != want.After {
		f.Errorf("%s: the answer is of another change", what)
	}
	if got.Records != want.Records || got.Count != want.Count || !slices.Equal(got.Violations, want.Violations) {
		f.Errorf("%s: %d records, %d violations:\n%s, want %d, %d:\n%s", what,
			got.Records, got.Count, showViolations(got.Violations), want.Records, want.Count, showViolations(want.Violations))
	}
}

func showViolations(list []stele.Violation) string {
	var b strings.Builder
	for _, v := range list {
		fmt.Fprintf(&b, "  change %d, record %d, field %s %s: %s\n", v.Change, v.ID, v.Field, showValues([]stele.Value{v.Value}), v.Reason)
	}
	return b.String()
}

// state is all that an agent's tables are: definitions, counts, records with ids and times.
func (f *fixture) state() string {
	f.Helper()
	list, err := f.db.Tables(f.Context(), stele.Page{})
	f.must("listing tables", err)
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "%s %s %s %q %d %t %+v: %d records\n%s", t.ID, t.Name, t.Stored, t.Description, t.Created, t.KeywordIndex, t.Fields, t.Records, show(f.records(t.Table)))
	}
	return b.String()
}

// planned checks a list of changes.
func (f *fixture) planned(t *stele.Table, list ...stele.RawAlter) *stele.Alteration {
	f.Helper()
	a, err := t.Alter(list, stele.DefaultLimits())
	f.must("checking a list of changes", err)
	return a
}

// alter makes a list of changes, first on trial, and holds all that comes of it against the model. It returns the table as it is then.
func (f *fixture) alter(t *stele.Table, list ...stele.RawAlter) (*stele.Table, stele.Altered) {
	f.Helper()
	a := f.planned(t, list...)
	m := &model{table: t, records: f.records(t)}
	want, left := m.altered(a)
	before := f.state()
	tried, err := f.db.With(stele.How{Dry: true}).Alter(f.Context(), a, nil)
	f.must("a trial of a change", err)
	f.sameAltered("a trial", tried, want)
	if after := f.state(); after != before {
		f.Errorf("a trial changed\n%s to\n%s", before, after)
	}
	done, err := f.db.Alter(f.Context(), a, nil)
	f.must("altering "+t.Name, err)
	f.sameAltered("the change", done, want)
	if want.Refused() {
		if after := f.state(); after != before {
			f.Errorf("a change that was refused changed\n%s to\n%s", before, after)
		}
		return t, done
	}
	f.wantTable(a.After)
	now, err := f.db.Table(f.Context(), t.ID)
	f.must("finding the table", err)
	if stored := f.records(now); !slices.EqualFunc(stored, left, sameRecord) {
		f.Errorf("table %s holds\n%s want\n%s", now.Name, show(stored), show(left))
	}
	f.wantStale(t, a)
	return now, done
}

// wantStale checks that a definition from before a change is refused, unless values typed by it are right by the new one too.
func (f *fixture) wantStale(old *stele.Table, a *stele.Alteration) {
	f.Helper()
	plain := func(t *stele.Table) (list []stele.Field) {
		for _, fd := range t.Fields {
			fd.Description = ""
			list = append(list, fd)
		}
		return list
	}
	if old.Name == a.After.Name && slices.Equal(plain(old), plain(a.After)) {
		return
	}
	before := f.state()
	for what, err := range f.usedBy(old) {
		if !errors.Is(err, stele.ErrTableChanged) {
			f.Fatalf("%s by a definition from before the change: error %v, want ErrTableChanged", what, err)
		}
	}
	if after := f.state(); after != before {
		f.Errorf("a definition from before a change changed\n%s to\n%s", before, after)
	}
}

// usedBy makes each call that takes a table with a definition that is not the table's any more.
func (f *fixture) usedBy(old *stele.Table) map[string]error {
	_, importErr := f.db.Import(f.Context(), old, &stele.Batch{Task: f.task(old, 1), Rows: []int{1}, Records: []stele.Record{{Values: f.sample(old)}}}, f.now, nil)
	_, updateErr := f.db.Update(f.Context(), old, []stele.Change{{Selector: byID(7), Create: true, NewID: 7, NewValues: f.sample(old)}}, f.now, nil)
	_, deleteErr := f.db.Delete(f.Context(), old, []stele.Selector{byID(7)}, nil)
	_, recordsErr := f.db.Records(f.Context(), old, stele.RecordQuery{Limit: 10})
	_, searchErr := f.db.Records(f.Context(), old, stele.RecordQuery{Limit: 10, Keyword: "a"})
	errs := map[string]error{"an import": importErr, "an update": updateErr, "a delete": deleteErr, "a page": recordsErr, "a search": searchErr}
	if a, err := old.Alter([]stele.RawAlter{{Op: stele.DescribeTable, Draft: stele.DraftField{Description: "stale"}}}, stele.DefaultLimits()); err == nil {
		_, errs["a change"] = f.db.Alter(f.Context(), a, nil)
	}
	return errs
}

// sample is a record of a table in which every field has a value that no other case uses.
func (f *fixture) sample(t *stele.Table) []stele.Value {
	of := map[stele.Type]any{stele.Text: "sample", stele.Int: 12345, stele.Float: 12345.5, stele.DateTime: "1999-09-09 09:09:09", stele.Boolean: true}
	vs := make([]stele.Value, len(t.Fields))
	for i, fd := range t.Fields {
		vs[i] = value(fd, of[fd.Type])
	}
	return vs
}

// added is a field that a list of changes adds, written as define takes it, and what it holds in the records that are there.
func added(field string, fill any) stele.RawAlter {
	w := strings.Fields(field)
	r := stele.RawAlter{Op: stele.AddField, Draft: stele.DraftField{
		Name: w[0], Type: w[1], Required: slices.Contains(w[2:], "required"), Unique: slices.Contains(w[2:], "unique"),
	}}
	if fill != nil {
		r.Default = stele.Raw{Kind: stele.KindString, Text: fmt.Sprint(fill)}
	}
	return r
}

func renamed(field, to string) stele.RawAlter {
	return stele.RawAlter{Op: stele.RenameField, Field: field, To: to}
}

func retyped(field, to string) stele.RawAlter {
	return stele.RawAlter{Op: stele.ChangeType, Field: field, Draft: stele.DraftField{Type: to}}
}

// on is a change of a field of which nothing more need be said.
func on(op stele.AlterOp, field string) stele.RawAlter { return stele.RawAlter{Op: op, Field: field} }

func renamedTable(to string) stele.RawAlter { return stele.RawAlter{Op: stele.RenameTable, To: to} }

func described(op stele.AlterOp, field, text string) stele.RawAlter {
	return stele.RawAlter{Op: op, Field: field, Draft: stele.DraftField{Description: text}}
}
