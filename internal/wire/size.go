package wire

import "stele"

// ServerStatus is the state of the server that answers. Times are in milliseconds since 1970. MetricsURL is null where there are no metrics.
type ServerStatus struct {
	Version     string  `json:"version"`
	Store       string  `json:"store"`
	StartedAt   int64   `json:"started_at"`
	Now         int64   `json:"now"`
	Ready       bool    `json:"ready"`
	Agents      int     `json:"agents"`
	MemoryBytes int64   `json:"memory_bytes"`
	DataBytes   int64   `json:"data_bytes"`
	MetricsURL  *string `json:"metrics_url"`
}

// AgentSize is what an agent's database takes. Bytes are null where the engine cannot tell them cheaply.
type AgentSize struct {
	ID      string      `json:"agent_id"`
	Tables  int         `json:"tables"`
	Records int64       `json:"records"`
	Bytes   *int64      `json:"bytes"`
	ByTable []TableSize `json:"by_table"`
}

// TableSize is what a table takes.
type TableSize struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Records int64  `json:"records"`
	Bytes   *int64 `json:"bytes"`
}

// ShowSize makes an agent's.
func ShowSize(id stele.AgentID, s stele.Size) AgentSize {
	known := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	shown := AgentSize{ID: string(id), Tables: len(s.Tables), Bytes: known(s.Bytes), ByTable: []TableSize{}}
	for _, t := range s.Tables {
		shown.Records += t.Records
		shown.ByTable = append(shown.ByTable, TableSize{ID: string(t.ID), Name: t.Name, Records: t.Records, Bytes: known(t.Bytes)})
	}
	return shown
}
