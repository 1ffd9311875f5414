package wire

import "stele"

// About is what an API key opens. ExpiresAt is in milliseconds since 1970, null for a key that does not expire; RPM is 0 without a limit.
type About struct {
	Agent struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"agent"`
	Key struct {
		ID        string   `json:"id"`
		Scopes    []string `json:"scopes"`
		ExpiresAt *int64   `json:"expires_at"`
		RPM       int      `json:"rpm"`
	} `json:"key"`
	Engine  string `json:"engine"`
	Version string `json:"version"` // of the server
}

// ShowAbout makes it.
func ShowAbout(a stele.About, version string) About {
	shown := About{Engine: string(a.Engine), Version: version}
	shown.Agent.ID, shown.Agent.Name = string(a.Agent.ID), a.Agent.Name
	shown.Key.ID, shown.Key.Scopes, shown.Key.RPM = string(a.Key.ID), a.Key.Scope.Names(), a.Key.RPM
	if a.Key.Expires != 0 {
		at := int64(a.Key.Expires)
		shown.Key.ExpiresAt = &at
	}
	return shown
}
