package postgres

import (
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://u:secret@h/d":                                 "postgres://u@h:5432/d",
		"postgresql://u:secret@h:5433/d?sslmode=require":          "postgres://u@h:5433/d",
		"postgres://u:secret@h1:1,h2:2,h3:3/d?sslmode=prefer":     "postgres://u@h1:1,h2:2,h3:3/d",
		"postgres://u@[::1]:1/d":                                  "postgres://u@[::1]:1/d",
		"postgres://u:secret@/d?host=/var/run/postgresql":         "postgres://u@/d?host=/var/run/postgresql",
		"postgres://a%40b:se%2Fcr%40et@h/d%40e":                   "postgres://a%40b@h:5432/d@e",
		"postgres://u:secret@h/d?password=secret&passfile=secret": "postgres://u@h:5432/d",
		"host=h port=1 user=u password=secret dbname=d":           "postgres://u@h:1/d",
		"postgres://u@h":             "postgres://u@h:5432/u",
		"postgres://u:sec@secret@h/": "a database", // where the password ends is not sure
		"secret":                     "a database",
	} {
		if got := Place(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// TestUnreadable: the reason is told, and nothing of the URL.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	const form = "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE"
	for address, want := range map[string]string{
		"mysql://u:secret@h/d":                               "the database's URL begins with mysql://, and Stele knows PostgreSQL alone: " + form,
		"Postgres://u:secret@h/d":                            "the database's URL begins with Postgres://, and",
		"secret":                                             "the database's URL cannot be read: " + form,
		"postgres:/u:secret@h/d?sslmode=disable":             "the database's URL cannot be read: " + form,
		"./secret/data":                                      "the database's URL cannot be read: " + form,
		"postgres://u:secret%@h/d":                           "(failed to parse as URL (invalid percent-encoded token in password))",
		"postgres://u:secret@h:secret/d":                     "(invalid port): ",
		"postgres://u:5@secret@h/d":                          "(there is an @ too many, or a / before it): ",
		"postgres://u:5/secret@h/d":                          "(there is an @ too many, or a / before it): ",
		"postgres://u:5@h/secret@h/d":                        "(there is an @ too many, or a / before it): ",
		"postgres://u:secret@h/d?connect_timeout=secret":     "(invalid connect_timeout): ",
		"postgres://u:secret@h/d?sslmode=no":                 "(failed to configure TLS (sslmode is invalid)): ",
		"postgres://u:secret@h/d?sslmode=no&x=`: \"secret\"": "the database's URL cannot be read: ",
		"postgres://u:secret@h:1,h2:2/d?port=1,2,3":          "(could not match 3 port numbers to 2 hosts): ",
		"host=h password='secret":                            "(failed to parse as keyword/value (",
	} {
		_, err := config(address, Options{}.withDefaults())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), form) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v; want %q", address, err, want)
		}
	}
	for _, address := range []string{
		"postgres://u:s?e#c!r=e:t@h/d?user=a@b", "postgres://h/d?user=a@b&password=x", "postgres:///d?host=/run&user=a@b", "host=h user=a@b password=://@/@",
	} {
		if _, err := config(address, Options{}.withDefaults()); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
