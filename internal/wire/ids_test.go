package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"stele"
	"stele/internal/wire"
)

// TestDecodeTaskIDs is wire.md 5.4: every way in which clients spell a list, and mixtures.
func TestDecodeTaskIDs(t *testing.T) {
	t.Parallel()
	const percent = "the query string is malformed: a % must be followed by two hexadecimal digits"
	const strs = "ids must be an array of strings, or a string with commas"
	for _, c := range []struct{ query, body, want, refused string }{
		{``, ``, "", ""},
		{`ids=a&ids=b`, ``, "a b", ""},
		{`ids%5B%5D=a&ids%5B%5D=b`, ``, "a b", ""},
		{`ids%5B0%5D%5B0%5D=a`, ``, "a", ""},
		{`ids[0]=a&ids[1]=b`, ``, "a b", ""},
		{`ids=a,b`, ``, "a b", ""},
		{`ids=a%2Cb`, ``, "a b", ""},
		{`ids[]=a,b&x=c&ids=d&ids[12][][3]=e,f`, ``, "a b d e f", ""},
		{`ids=b&ids[]=a&ids=c`, ``, "b a c", ""}, // the order of the request
		{`ids=a&ids[]=b,a&ids=A&ids=B,c`, ``, "a b c", ""},
		{`ids=+a+,%20b%09,,c&ids=&ids`, ``, "a b c", ""},
		{`ids=,%20,`, ``, "", ""},
		{`Ids=a&id=b&ids[=c&ids]=d&ids[x]=e&ids[0=f&ids[0]x=g&ids%20=h&idsx=i&[ids]=j&ids[-1]=k`, ``, "", ""},
		{`ids=a;b`, ``, "a;b", ""},
		{`i%64s=%61`, ``, "a", ""},
		{`ids=a%zz`, ``, "", percent},
		{`x=%`, ``, "", percent},
		{`ids=a&%zz=1`, `{"ids":["b"]}`, "", percent},

		{``, `{"ids":["a","b"]}`, "a b", ""},
		{``, `{"ids":"a,b"}`, "a b", ""},
		{``, `{"ids":["a,b"," c ","",null,"A"]}`, "a b c", ""},
		{``, `{"ids":[["a"],[["b"]]]}`, "a b", ""},
		{``, `{"ids":"\u0061"}`, "a", ""},
		{``, `{"ids":null}`, "", ""},
		{``, `{"ids":[]}`, "", ""},
		{``, `{"other":["a"]}`, "", ""},
		{``, `{"ids":["a"],"ids":["b"]}`, "b", ""},
		{``, `{"ids":5,"ids":["b"]}`, "b", ""},
		{``, "\ufeff \n", "", ""},
		{`ids=a`, `{"ids":["b"]}`, "a", ""},
		{`ids=a`, `{"ids":`, "a", ""}, // the body is not looked at
		{`ids=`, `{"ids":["b"]}`, "b", ""},
		{`x=1`, `{"ids":["b"]}`, "b", ""},
		{``, `{"ids":5}`, "", strs},
		{``, `{"ids":{"0":"a"}}`, "", strs},
		{``, `{"ids":["a",5]}`, "", strs},
		{``, `{"ids":["a",["b",true]]}`, "", strs},
		{``, `{"ids":["\ud800"]}`, "", strs},
		{``, `["a"]`, "", "the body must be one JSON object"},
	} {
		in := query(c.query)
		in.Body = []byte(c.body)
		got, err := wire.DecodeTaskIDs(in)
		if c.refused != "" {
			wantError(t, err, stele.CodeParameter, c.refused)
		} else if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: %q, %v; want %s", c.query, c.body, got, err, c.want)
		}
	}
}

// TestManyTaskIDs: five hundred different ones, however often they are repeated.
func TestManyTaskIDs(t *testing.T) {
	t.Parallel()
	const refused = "ids has more than 500 entries; at most 500 are allowed"
	var ids []string
	for i := range 500 {
		ids = append(ids, fmt.Sprintf("%024x", i))
	}
	list := strings.Join(ids, ",")
	quoted := `{"ids":["` + strings.Join(ids, `","`) + `","`
	for _, in := range []wire.Input{
		query("ids=" + list + "&ids=" + strings.ToUpper(list)),
		input(quoted + list + `"]}`),
	} {
		if got, err := wire.DecodeTaskIDs(in); err != nil || len(got) != 500 || got[499] != ids[499] {
			t.Errorf("500 ids: %d, %v", len(got), err)
		}
	}
	for _, in := range []wire.Input{
		query("ids=" + list + "&ids=x"),
		query("ids=" + list + ",x&ids=" + list),
		input(quoted + `x","y"]}`),
	} {
		_, err := wire.DecodeTaskIDs(in)
		wantError(t, err, stele.CodeParameter, refused)
	}
}
