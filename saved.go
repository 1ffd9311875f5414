package stele

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SavedID names a saved query: 24 hexadecimal digits.
type SavedID string

// NewSavedID makes an id.
func NewSavedID(now time.Time) SavedID { return SavedID(secondsID(now)) }

// A SavedQuery is a question that an agent keeps under a name. It is not asked, and its text need not be one that could be.
type SavedQuery struct {
	ID      SavedID
	Name    string // unique for the agent
	SQL     string
	Updated Millis
}

// Bounds of saved queries.
const (
	MostSavedQueries = 500 // of an agent
	maxSavedName     = 100
)

// SavedQueries lists the agent's saved queries in the order of their names' bytes. Any key may ask.
func (a *Agent) SavedQueries(ctx context.Context) ([]SavedQuery, error) {
	return a.db.SavedQueries(ctx)
}

// SaveQuery keeps a query under a name: another one where id is "", else that one, changed.
func (a *Agent) SaveQuery(ctx context.Context, id, name, sql string, once *Once[SavedQuery]) (SavedQuery, error) {
	if err := a.need(ScopeWrite); err != nil {
		return SavedQuery{}, err
	}
	q := SavedQuery{ID: NewSavedID(a.svc.Now()), Name: name, SQL: sql, Updated: a.svc.now()}
	if id != "" {
		var err error
		if q.ID, err = savedID(id); err != nil {
			return SavedQuery{}, err
		}
	}
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxSavedName:
		return SavedQuery{}, Errorf(CodeParameter, "name must have 1 to %d characters", maxSavedName)
	case name != strings.TrimSpace(name) || strings.IndexFunc(name, unicode.IsControl) >= 0 || !utf8.ValidString(name):
		return SavedQuery{}, Errorf(CodeParameter, "name must have neither blanks at its ends nor control characters")
	}
	if err := checkSQL(sql); err != nil {
		return SavedQuery{}, err
	}
	return q, a.db.SaveQuery(ctx, q, id == "", once)
}

// DeleteSavedQuery removes a saved query, and reports whether there was one.
func (a *Agent) DeleteSavedQuery(ctx context.Context, id string, once *Once[bool]) (bool, error) {
	if err := a.need(ScopeWrite); err != nil {
		return false, err
	}
	sid, err := savedID(id)
	if err != nil {
		return false, err
	}
	return a.db.DeleteSavedQuery(ctx, sid, once)
}

func savedID(text string) (SavedID, error) {
	id, ok := ParseID[SavedID](text)
	if !ok {
		return "", Errorf(CodeParameter, "id must be that of a saved query, 24 hexadecimal characters")
	}
	return id, nil
}

// CheckSaved refuses to keep a query beside others of the agent, of which there are n: so does every store, within the transaction
// that keeps it. fresh says that it is another one, there that it is one of the n, taken that one of the others has its name.
func (q SavedQuery) CheckSaved(n int, fresh, there, taken bool) error {
	switch {
	case !fresh && !there:
		return Errorf(CodeNotFound, "the agent has no saved query of the id %s", q.ID)
	case taken:
		return Errorf(CodeExists, "the agent has a saved query of the name %q already", q.Name)
	case fresh && n >= MostSavedQueries:
		return Errorf(CodeParameter, "the agent has %d saved queries, and no more are kept; delete one first", n)
	}
	return nil
}
