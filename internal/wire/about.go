package wire

import "stele"

// AppendAbout appends the answer of /v1/database/key, wrapped as the dialect wraps tables/page. version is the server's.
func (d Dialect) AppendAbout(b []byte, a stele.About, version string) []byte {
	return d.appendPage(b, func(b []byte) []byte {
		b = append(member(b, "agent"), '{')
		b = stringMember(b, "id", string(a.Agent.ID))
		b = append(stringMember(b, "name", a.Agent.Name), '}')
		b = append(member(b, "key"), '{')
		b = stringMember(b, "id", string(a.Key.ID))
		b = append(member(b, "scopes"), '[')
		for _, s := range a.Key.Scope.Names() {
			b = AppendString(separate(b), s)
		}
		b = append(b, ']')
		if a.Key.Expires == 0 {
			b = append(member(b, "expires_at"), "null"...)
		} else {
			b = intMember(b, "expires_at", a.Key.Expires)
		}
		b = append(intMember(b, "rpm", a.Key.RPM), '}')
		b = stringMember(b, "engine", string(a.Engine))
		return stringMember(b, "version", version)
	})
}
