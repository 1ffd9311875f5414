package wire

// Agent is an agent in the admin API. CreatedAt is in milliseconds since 1970.
type Agent struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
}

// AgentList is a part of the list of agents; TotalCount counts all of them.
type AgentList struct {
	Agents     []Agent `json:"agents"`
	TotalCount int     `json:"total_count"`
}

// Key is an API key in the admin API. Times are in milliseconds since 1970; ExpiresAt is null for a key that does not
// expire, LastUsedAt, which is up to a minute late, for one that was not used. RPM is 0 without a limit. Secret is there only in the answer to the key's creation.
type Key struct {
	ID        string   `json:"id"`
	AgentID   string   `json:"agent_id"`
	Scopes    []string `json:"scopes"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt *int64   `json:"expires_at"`
	RPM       int      `json:"rpm"`
	LastUsed  *int64   `json:"last_used_at"`
	Secret    string   `json:"key,omitempty"`
}

// KeyList is all keys of an agent.
type KeyList struct {
	Keys []Key `json:"keys"`
}

// NewAgent asks for an agent.
type NewAgent struct {
	Name string `json:"name"`
}

// NewKey asks for an API key. ExpiresIn is in seconds, 0 for never.
type NewKey struct {
	Scopes    []string `json:"scopes"`
	ExpiresIn int64    `json:"expires_in"`
	RPM       int      `json:"rpm"`
}

// ErrorBody is an error of any part of the API (wire.md 3).
type ErrorBody struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}
