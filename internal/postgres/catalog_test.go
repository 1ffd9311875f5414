package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"stele"
	"stele/internal/postgres"
)

// A deletion that a crash left half done is finished by the next start, also of an agent with more tables than go at once.
func TestDeletionIsFinished(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	for i := range 120 {
		h.sql(`CREATE TABLE ` + h.schema() + `.` + fmt.Sprint("extra", i) + ` (n bigint)`)
	}
	id := string(h.agent.ID())
	h.sql(`DELETE FROM stele_catalog.agents WHERE id=$1`, id)
	h.sql(`DELETE FROM stele_catalog.keys WHERE agent_id=$1`, id)
	h.sql(`INSERT INTO stele_catalog.tombstones VALUES ($1)`, id) // and here the process ends
	next := h.open(postgres.Options{Pool: 2})
	if next.Fresh() {
		t.Error("a store that is opened again takes itself for a new one")
	}
	var schemas, stones, owned int
	h.no(h.side.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'agent\_%'),
		(SELECT count(*) FROM stele_catalog.tombstones), (SELECT count(*) FROM stele_catalog.tables)`).Scan(&schemas, &stones, &owned))
	if schemas+stones+owned > 0 {
		t.Errorf("%d schemas, %d tombstones and %d tables are left", schemas, stones, owned)
	}
}

// Tasks and answers that are past their time go with later writes, in parts, and no others do.
func TestPurge(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	now := time.Now()
	h.svc.Now = func() time.Time { return now }
	old := stele.MillisOf(now) - stele.TaskRetention - 1000
	h.sql(`INSERT INTO `+h.schema()+`._tasks SELECT lpad(to_hex(i), 24, '0'), 'x', $1::bigint + (i % 2) * 2000, 0, 0, NULL FROM generate_series(1, 1000) i`, int64(old))
	old = stele.MillisOf(now) - stele.OnceRetention - 1000
	h.sql(`INSERT INTO `+h.schema()+`._answers SELECT 'key ' || i, '', $1::bigint + (i % 2) * 2000, '' FROM generate_series(1, 1000) i`, int64(old))
	for i := range 8 {
		h.imported(h.row(fmt.Sprint(i), "1"))
	}
	var tasks, answers int
	h.no(h.side.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM `+h.schema()+`._tasks), (SELECT count(*) FROM `+h.schema()+`._answers)`).Scan(&tasks, &answers))
	if tasks != 500+8 || answers != 500 {
		t.Errorf("%d tasks and %d answers are left; want 508 and 500", tasks, answers)
	}
}

// The admin key is made once: of many that ask, one gets its own back.
func TestAdminKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	other := h.open(postgres.Options{Pool: 2})
	if first, err := h.store.AdminKey(t.Context(), stele.HashKey("one")); err != nil || first != stele.HashKey("one") {
		t.Fatalf("%x, %v", first, err)
	}
	if second, err := other.AdminKey(t.Context(), stele.HashKey("two")); err != nil || second != stele.HashKey("one") {
		t.Errorf("%x, %v; want the first one's", second, err)
	}
}

// What is no text names no key.
func TestNoKeyHasAnIDThatIsNoText(t *testing.T) {
	t.Parallel()
	h := newHouse(t, postgres.Options{Pool: 2})
	for _, id := range []stele.KeyID{"\xff", "a\x00b"} {
		if err := h.store.RevokeKey(t.Context(), id); stele.ErrorCode(err) != stele.CodeNotFound {
			t.Errorf("revoking %q: %v; want that it is not found", id, err)
		}
	}
}
