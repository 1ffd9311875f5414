package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"stele"
)

// once makes a Once whose answer is the write's result in words.
func once[T any](f *fixture, key, request string) *stele.Once[T] {
	return &stele.Once[T]{
		Key: key, Fingerprint: sha256.Sum256([]byte(request)), At: f.now,
		Answer: func(v T) []byte { return fmt.Appendf(nil, "%+v", v) },
	}
}

// verb is one of the four writes, as often as it is called with a key and a request.
type verb struct {
	name string
	run  func(key, request string) (answer string, err error)
	seen func() string // what the write changes, as text
}

// answered is a write's result in the words of once.
func answered[T any](v T, err error) (string, error) { return fmt.Sprintf("%+v", v), err }

// writes are the four writes; each changes something whenever it is applied.
func (f *fixture) writes() []verb {
	t := f.table("log", "line TEXT", "n INT")
	codes := f.table("codes", "code INT unique", "n INT")
	f.fill(codes, 20, func(i int) row { return row{i, 0} })
	made, removed := 0, 0
	return []verb{
		{"create-table", func(key, request string) (string, error) {
			made++
			t := f.define(fmt.Sprint("made_", made), "code TEXT")
			return answered(t.ID, f.db.CreateTable(f.Context(), t, once[stele.TableID](f, key, request)))
		}, func() string { return fmt.Sprint(len(f.tableNames())) }},
		{"import", func(key, request string) (string, error) {
			return answered(f.db.Import(f.Context(), t, f.batch(t, row{"x", 1}, row{"y", 2}), f.now, once[stele.Task](f, key, request)))
		}, func() string { return fmt.Sprint(f.count(t), len(f.records(t))) }},
		{"update", func(key, request string) (string, error) {
			removed++
			cs := []stele.Change{change(codes, by(codes, "code", 19), "n", removed), change(codes, byID(1), "n", 1)}
			return answered(f.db.Update(f.Context(), codes, cs, f.now, once[[]stele.Outcome](f, key, request)))
		}, func() string { return show(f.records(codes)) }},
		{"delete", func(key, request string) (string, error) {
			ss := []stele.Selector{byID(f.records(codes)[0].ID)}
			return answered(f.db.Delete(f.Context(), codes, ss, once[int](f, key, request)))
		}, func() string { return fmt.Sprint(f.count(codes), len(f.records(codes))) }},
	}
}

func (f *fixture) tableNames() []string {
	f.Helper()
	list, err := f.db.Tables(f.Context(), stele.Page{})
	f.must("listing tables", err)
	var names []string
	for _, t := range list {
		names = append(names, t.Name)
	}
	return names
}

// wantReplay holds an error against the kept answer that it must carry.
func (f *fixture) wantReplay(what string, err error, answer string) {
	f.Helper()
	if r, ok := errors.AsType[*stele.Replay](err); !ok {
		f.Errorf("%s: error %v, want the kept answer", what, err)
	} else if string(r.Answer) != answer {
		f.Errorf("%s: the kept answer is %q, want %q", what, r.Answer, answer)
	}
}

// wantAnswered holds the answer kept for a key against what it must be; "" for none.
func (f *fixture) wantAnswered(key, request, answer string) {
	f.Helper()
	got, err := f.db.Answered(f.Context(), key, sha256.Sum256([]byte(request)))
	if err != nil || string(got) != answer || answer == "" && got != nil {
		f.Errorf("the answer kept for %q is %q, %v; want %q", key, got, err, answer)
	}
}

func onceCases() []testCase {
	return []testCase{
		{"a repeated write changes nothing and gets the first answer", repeatsChangeNothing},
		{"a key with another request is refused and changes nothing", anotherRequest},
		{"another key is another write, and no key never is a repeat", func(f *fixture) {
			for _, w := range f.writes() {
				_, err := w.run(w.name+" 1", "request")
				f.must(w.name, err)
				seen := w.seen()
				_, err = w.run(w.name+" 2", "request")
				f.must(w.name, err)
				if w.seen() == seen {
					f.Errorf("%s with another key changed nothing", w.name)
				}
			}
		}},
		{"keys are compared exactly", func(f *fixture) {
			t := f.table("log", "line TEXT")
			keys := []string{"k", "K", "k ", " k", "\u00e9", "e\u0301", "%", "_", "'", `"`, strings.Repeat("k", 255), strings.Repeat("k", 254) + "x"}
			for _, k := range keys {
				_, err := f.db.Import(f.Context(), t, f.batch(t, row{k}), f.now, once[stele.Task](f, k, k))
				f.must("importing under "+k, err)
			}
			if n := f.count(t); n != int64(len(keys)) {
				f.Errorf("%d imports of %d were applied", n, len(keys))
			}
		}},
		{"an answer is kept to the byte", answerToTheByte},
		{"a key that was never used has no answer", func(f *fixture) {
			f.wantAnswered("key", "request", "")
		}},
		{"a key is one agent's own", onceByAgent},
		{"a refused import keeps its answer like any other", refusalKeepsAnswer},
		{"a repeated create-table gets its answer, not the clash with itself", func(f *fixture) {
			t := f.define("parcels", "code TEXT")
			f.must("creating", f.db.CreateTable(f.Context(), t, once[stele.TableID](f, "key", "request")))
			f.wantReplay("creating again", f.db.CreateTable(f.Context(), f.define("parcels", "code TEXT"), once[stele.TableID](f, "key", "request")), string(t.ID))
			f.wantTables(t)
		}},
		{"a write that failed leaves no key", func(f *fixture) {
			t := f.table("parcels", "code TEXT")
			err := f.db.CreateTable(f.Context(), f.define("parcels", "code TEXT"), once[stele.TableID](f, "key", "request"))
			f.wantCode("the name is taken", err, stele.CodeTableExists)
			f.wantAnswered("key", "request", "")
			second := f.define("second", "code TEXT")
			f.must("the key with another name", f.db.CreateTable(f.Context(), second, once[stele.TableID](f, "key", "another request")))
			f.wantAnswered("key", "another request", string(second.ID))
			f.wantTables(t, second)
		}},
		{"an answer is kept for a day, whatever comes after", answerIsKeptADay},
	}
}

func onceByAgent(f *fixture) {
	other := f.neighbour()
	t, theirs := f.table("log", "line TEXT"), other.table("log", "line TEXT")
	mine, err := f.db.Import(f.Context(), t, f.batch(t, row{"mine"}), f.now, once[stele.Task](f, "key", "request"))
	f.must("importing", err)
	other.wantAnswered("key", "request", "")
	their, err := other.db.Import(f.Context(), theirs, other.batch(theirs, row{"theirs"}), f.now, once[stele.Task](f, "key", "another request"))
	f.must("importing with the other agent's key", err)
	f.wantAnswered("key", "request", fmt.Sprintf("%+v", mine))
	other.wantAnswered("key", "another request", fmt.Sprintf("%+v", their))
	f.want(t, row{"mine"})
	other.want(theirs, row{"theirs"})
}

func repeatsChangeNothing(f *fixture) {
	for _, w := range f.writes() {
		answer, err := w.run(w.name, "request")
		f.must(w.name, err)
		f.wantAnswered(w.name, "request", answer)
		seen := w.seen()
		for range 2 {
			f.now += 1000
			_, err := w.run(w.name, "request")
			f.wantReplay(w.name, err, answer)
		}
		if now := w.seen(); now != seen {
			f.Errorf("%s: a repeat changed\n%s to\n%s", w.name, seen, now)
		}
	}
}

func anotherRequest(f *fixture) {
	for _, w := range f.writes() {
		answer, err := w.run(w.name, "request")
		f.must(w.name, err)
		seen := w.seen()
		_, err = w.run(w.name, "another request")
		f.wantCode(w.name, err, stele.CodeKeyReused)
		_, err = f.db.Answered(f.Context(), w.name, sha256.Sum256([]byte("another request")))
		f.wantCode(w.name+", asked for", err, stele.CodeKeyReused)
		f.wantAnswered(w.name, "request", answer)
		if now := w.seen(); now != seen {
			f.Errorf("%s: it changed\n%s to\n%s", w.name, seen, now)
		}
	}
}

func refusalKeepsAnswer(f *fixture) {
	t := f.table("codes", "code INT unique")
	f.add(t, row{1})
	b := f.batch(t, row{2}, row{1})
	task, err := f.db.Import(f.Context(), t, b, f.now, once[stele.Task](f, "key", "request"))
	f.must("importing", err)
	refused := b.Refused(t, []stele.Conflict{{Record: 1}})
	f.sameTask("the answer", task, refused)
	f.wantAnswered("key", "request", fmt.Sprintf("%+v", task))
	f.delete(t, by(t, "code", 1))
	_, err = f.db.Import(f.Context(), t, f.batch(t, row{2}, row{1}), f.now, once[stele.Task](f, "key", "request"))
	f.wantReplay("importing again", err, fmt.Sprintf("%+v", task))
	f.want(t)
	f.wantTask(refused)
}

func answerIsKeptADay(f *fixture) {
	t := f.table("log", "line TEXT")
	now := f.now
	f.now = now - 24*3600*1000
	task, err := f.db.Import(f.Context(), t, f.batch(t, row{"old"}), f.now, once[stele.Task](f, "old", "request"))
	f.must("importing", err)
	f.now = now
	for i := range 5 {
		_, err := f.db.Import(f.Context(), t, f.batch(t, row{"new"}), f.now, once[stele.Task](f, fmt.Sprint(i), "request"))
		f.must("importing", err)
	}
	f.wantAnswered("old", "request", fmt.Sprintf("%+v", task))
	_, err = f.db.Import(f.Context(), t, f.batch(t, row{"old"}), f.now, once[stele.Task](f, "old", "request"))
	f.wantReplay("a day later", err, fmt.Sprintf("%+v", task))
}

func answerToTheByte(f *fixture) {
	t := f.table("log", "line TEXT")
	for i, answer := range [][]byte{[]byte("{}"), {0}, []byte("\x00\xff\xfe'\"\\\r\n\u65e5"), bytes.Repeat([]byte("0123456789abcdef"), 5<<16)} {
		o := once[int](f, fmt.Sprint(i), "request")
		o.Answer = func(int) []byte { return answer }
		_, err := f.db.Delete(f.Context(), t, []stele.Selector{byID(1)}, o)
		f.must("deleting", err)
		f.wantAnswered(o.Key, "request", string(answer))
		_, err = f.db.Delete(f.Context(), t, []stele.Selector{byID(1)}, o)
		f.wantReplay("deleting again", err, string(answer))
	}
}
