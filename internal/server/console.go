package server

import (
	"net/http"
	"strings"

	"stele/internal/console"
)

// withConsole serves the console beside the API. Whoever asks for the bare address with a browser is led there.
func withConsole(api http.Handler) (http.Handler, error) {
	pages, err := console.Handler()
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		switch {
		case strings.HasPrefix(path, console.Prefix):
			pages.ServeHTTP(w, r)
		case path+"/" == console.Prefix,
			path == "/" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
			http.Redirect(w, r, console.Prefix, http.StatusSeeOther)
		default:
			api.ServeHTTP(w, r)
		}
	}), nil
}
