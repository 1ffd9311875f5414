package move

import (
	"context"
	"math"
	"testing"

	"stele"
)

// TestDigestTellsApart takes the sum of things that are easily taken for one another.
func TestDigestTellsApart(t *testing.T) {
	t.Parallel()
	record := func(id stele.RecordID, created, updated stele.Millis, vs ...stele.Value) []stele.Record {
		return []stele.Record{{ID: id, Created: created, Updated: updated, Values: vs}}
	}
	text, null := stele.TextValue, stele.Value{}
	lists := [][]stele.Record{
		nil,
		record(1, 2, 3), record(1, 3, 2), record(2, 1, 3), record(2, 2, 3),
		record(1, 2, 3, null), record(1, 2, 3, text("")), record(1, 2, 3, null, null), record(1, 2, 3, null, text("")), record(1, 2, 3, text(""), null),
		record(1, 2, 3, text("ab"), text("c")), record(1, 2, 3, text("a"), text("bc")), record(1, 2, 3, text("abc"), text("")),
		record(1, 2, 3, text("1")), record(1, 2, 3, stele.IntValue(1)), record(1, 2, 3, stele.BoolValue(true)), record(1, 2, 3, stele.FloatValue(1)),
		record(1, 2, 3, stele.IntValue(0)), record(1, 2, 3, stele.BoolValue(false)), record(1, 2, 3, stele.FloatValue(0)),
		record(1, 2, 3, stele.IntValue(int64(math.Float64bits(1)))), record(1, 2, 3, stele.IntValue(math.MinInt64)), record(1, 2, 3, stele.FloatValue(0.1)),
		record(1, 2, 3, stele.FloatValue(math.Nextafter(0.1, 1))),
		record(1, 2, 3, text("2024-01-01 00:00:00")), record(1, 2, 3, stele.DateTimeValue("2024-01-01 00:00:00")),
		append(record(1, 2, 3), record(2, 2, 3)...), append(record(1, 2, 3, null), record(2, 2, 3, null)...),
	}
	seen := map[sum]int{}
	for i, list := range lists {
		s := digested(t, list, encodeRecord)
		if j, ok := seen[s]; ok {
			t.Errorf("lists %d and %d have one sum", i, j)
		}
		if s.n != int64(len(list)) {
			t.Errorf("list %d counts %d", i, s.n)
		}
		seen[s] = i
	}
	if digested(t, record(1, 2, 3, stele.FloatValue(math.Copysign(0, -1))), encodeRecord) != digested(t, record(1, 2, 3, stele.FloatValue(0)), encodeRecord) {
		t.Error("the two zeros differ, which no store promises to keep apart")
	}
}

func TestDigestOfTasksAndAnswersTellsApart(t *testing.T) {
	t.Parallel()
	reason := func(rs ...stele.Rejection) []stele.Task { return []stele.Task{{ID: "1", Rejections: rs}} }
	seen := map[sum]int{}
	for i, tasks := range [][]stele.Task{
		nil, {{}}, {{ID: "1"}}, {{Table: "1"}}, {{ID: "12"}}, {{ID: "1", Table: "2"}}, {{Created: 1}}, {{Total: 1}}, {{Success: 1}},
		reason(stele.Rejection{}), reason(stele.Rejection{}, stele.Rejection{}), reason(stele.Rejection{Row: 1}), reason(stele.Rejection{From: 1}), reason(stele.Rejection{To: 1}),
		reason(stele.Rejection{Reason: "a"}, stele.Rejection{}), reason(stele.Rejection{}, stele.Rejection{Reason: "a"}),
	} {
		s := digested(t, tasks, encodeTask)
		if j, ok := seen[s]; ok {
			t.Errorf("tasks %d and %d have one sum", i, j)
		}
		seen[s] = i
	}
	if digested(t, reason(), encodeTask) != digested(t, []stele.Task{{ID: "1", Rejections: []stele.Rejection{}}}, encodeTask) {
		t.Error("no rejections and an empty list of them differ")
	}
	clear(seen)
	for i, answers := range [][]stele.KeptAnswer{
		nil, {{}}, {{Key: "a"}}, {{Answer: []byte("a")}}, {{At: 1}}, {{Fingerprint: stele.Fingerprint{1}}}, {{Key: "ab", Answer: []byte("c")}}, {{Key: "a", Answer: []byte("bc")}}, {{}, {}},
	} {
		s := digested(t, answers, encodeAnswer)
		if j, ok := seen[s]; ok {
			t.Errorf("answers %d and %d have one sum", i, j)
		}
		seen[s] = i
	}
}

func TestDigestOfSavedQueriesTellsApart(t *testing.T) {
	t.Parallel()
	seen := map[sum]int{}
	for i, queries := range [][]stele.SavedQuery{
		nil, {{}}, {{}, {}}, {{ID: "a"}}, {{Name: "a"}}, {{SQL: "a"}}, {{Updated: 1}}, {{Name: "ab", SQL: "c"}}, {{Name: "a", SQL: "bc"}},
	} {
		s := digested(t, queries, encodeSaved)
		if j, ok := seen[s]; ok {
			t.Errorf("saved queries %d and %d have one sum", i, j)
		}
		seen[s] = i
	}
}

// digested takes the sum of a list, which does not depend on its parts.
func digested[T any](t *testing.T, list []T, encode func([]byte, T) []byte) (s sum) {
	t.Helper()
	for size := 1; size < 4; size++ {
		at := 0
		p := parts[int, T]{
			read: func(context.Context, int) ([]T, error) {
				from := at
				at = min(at+size, len(list))
				return list[from:at], nil
			},
			key: func(T) int { return 0 },
		}
		got, err := digest(t.Context(), p, encode, nil)
		if err != nil || size > 1 && got != s {
			t.Errorf("in parts of %d: %v, %v; want %v", size, got, err, s)
		}
		s = got
	}
	return s
}
