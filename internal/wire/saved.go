package wire

import "stele"

// SavedQuery is a saved query. UpdatedAt is in milliseconds since 1970.
type SavedQuery struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	SQL       string `json:"sql"`
	UpdatedAt int64  `json:"updated_at"`
}

// SavedQueryList is all saved queries of an agent, by name.
type SavedQueryList struct {
	Queries []SavedQuery `json:"saved_queries"`
}

// SavedQueryDeleted says how many were deleted, 1 or 0.
type SavedQueryDeleted struct {
	Deleted int `json:"deleted"`
}

// ShowSavedQuery makes one.
func ShowSavedQuery(q stele.SavedQuery) SavedQuery {
	return SavedQuery{ID: string(q.ID), Name: q.Name, SQL: q.SQL, UpdatedAt: int64(q.Updated)}
}

// ShowSavedQueryList makes the list.
func ShowSavedQueryList(qs []stele.SavedQuery) SavedQueryList {
	list := SavedQueryList{Queries: []SavedQuery{}}
	for _, q := range qs {
		list.Queries = append(list.Queries, ShowSavedQuery(q))
	}
	return list
}

// SaveQuery is a request to keep a query. Without an ID it is another one.
type SaveQuery struct{ ID, Name, SQL string }

// DecodeSaveQuery reads such a request: name, sql, id.
func DecodeSaveQuery(in Input) (q SaveQuery, err error) {
	var id, name, sql stele.Raw
	if err := in.members(map[string]*stele.Raw{"id": &id, "name": &name, "sql": &sql}); err != nil {
		return q, err
	}
	if q.ID, err = textMember("id", stele.CodeParameter, id); err != nil {
		return q, err
	}
	if q.Name, err = textMember("name", stele.CodeParameter, name); err != nil {
		return q, err
	}
	q.SQL, err = textMember("sql", stele.CodeParameter, sql)
	return q, err
}

// DecodeSavedQueryID reads a request that names a saved query: id.
func DecodeSavedQueryID(in Input) (string, error) {
	var id stele.Raw
	if err := in.members(map[string]*stele.Raw{"id": &id}); err != nil {
		return "", err
	}
	return textMember("id", stele.CodeParameter, id)
}

// DecodeNoMembers reads a request that says nothing by its body.
func DecodeNoMembers(in Input) (struct{}, error) { return struct{}{}, in.members(nil) }
