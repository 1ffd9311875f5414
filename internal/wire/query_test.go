package wire

import (
	"strings"
	"testing"
	"time"

	"stele"
)

func TestDecodeQuery(t *testing.T) {
	t.Parallel()
	q, err := DecodeQuery(Input{Body: []byte(`{"sql":"SELECT $1","params":["a",9007199254740993,1.5,true,null],"max_rows":"7","max_bytes":9,"format":"TSV","x":[1]}`)})
	if err != nil {
		t.Fatal(err)
	}
	if q.SQL != "SELECT $1" || q.MaxRows != 7 || q.MaxBytes != 9 || q.Format != TSV || len(q.Params) != 5 ||
		q.Params[1] != (stele.Raw{Kind: stele.KindNumber, Text: "9007199254740993"}) || q.Params[4].Kind != stele.KindNull {
		t.Errorf("%+v", q)
	}
	if q, err = DecodeQuery(Input{Body: []byte(`{"sql":"SELECT 1","params":null,"max_rows":null}`)}); err != nil ||
		q.MaxRows != stele.DefaultQueryRows || q.MaxBytes != stele.DefaultQueryBytes || q.Format != Arrays || q.Params != nil {
		t.Errorf("%+v, %v", q, err)
	}
	if q, err = DecodeQuery(Input{Body: []byte(`{"sql":"S","max_rows":99999999999,"params":[` + strings.Repeat("1,", 500) + `1]}`)}); err != nil ||
		q.MaxRows != -1 || len(q.Params) != stele.MostQueryParams+1 {
		t.Errorf("what is left to the verb: %d rows, %d parameters, %v", q.MaxRows, len(q.Params), err)
	}
	for body, want := range map[string]string{
		`{"sql":1}`:                        "sql must be a string",
		`{"sql":"S","params":{}}`:          "params must be an array",
		`{"sql":"S","max_rows":1.5}`:       "max_rows must be a whole number",
		`{"sql":"S","max_bytes":"many"}`:   "max_bytes must be a whole number",
		`{"sql":"S","format":"csv"}`:       "format must be arrays, objects or tsv",
		`{"sql":"S","format":["arrays"]}`:  "format must be a string",
		`{"sql":"S"`:                       "Parameter error",
		`{"sql":"S","params":["a" "b"]}`:   "Parameter error",
		`{"sql":"S","params":["\ud800",2]`: "Parameter error",
	} {
		if _, err := DecodeQuery(Input{Body: []byte(body)}); stele.ErrorCode(err) != stele.CodeParameter || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

func TestAppendAnswer(t *testing.T) {
	t.Parallel()
	a := &stele.Answer{
		Columns: []stele.Column{{Name: "n", Type: stele.Int}, {Name: "n", Type: stele.Text}, {Name: `q"`}},
		Rows: [][]stele.Value{
			{stele.IntValue(9007199254740993), stele.TextValue("a\tb\\"), {}},
			{stele.IntValue(-1), stele.TextValue("\n"), stele.BoolValue(true)},
		},
	}
	columns := `"columns":[{"name":"n","type":"INT"},{"name":"n","type":"TEXT"},{"name":"q\"","type":null}]`
	ends := `"row_count":2,"truncated":false,"elapsed_ms":12}`
	for _, c := range []struct {
		d    Dialect
		f    Format
		want string
	}{
		{GPTBots, Arrays, `{` + columns + `,"rows":[["9007199254740993","a\tb\\",null],[-1,"\n",true]],` + ends},
		{AltaTech, Objects, `{"code":0,"message":"OK","data":{` + columns + `,"rows":[{"n":"9007199254740993","n_2":"a\tb\\","q\"":null},{"n":-1,"n_2":"\n","q\"":true}],` + ends + `}`},
		{Legacy, TSV, `{"code":0,"message":"OK","data":{` + columns + `,"tsv":"n\tn\tq\"\n9007199254740993\ta\\tb\\\\\t\\N\n-1\t\\n\ttrue\n",` + ends + `}`},
		{Hybrid, Arrays, `{"code":0,"message":"OK",` + columns + `,"rows":[["9007199254740993","a\tb\\",null],[-1,"\n",true]],` + ends},
	} {
		if got := string(c.d.AppendAnswer(nil, Query{Format: c.f}, a, 12*time.Millisecond)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.d, got, c.want)
		}
	}
}

// Notes stand behind truncated in every format, and nothing stands there without them.
func TestAnswerWithNotes(t *testing.T) {
	t.Parallel()
	a := &stele.Answer{Columns: []stele.Column{{Name: "a"}}, Notes: []string{`a "b"`, "c"}}
	for _, f := range []Format{Arrays, Objects, TSV} {
		if got := string(GPTBots.AppendAnswer(nil, Query{Format: f}, a, 0)); !strings.HasSuffix(got, `"row_count":0,"truncated":false,"notes":["a \"b\"","c"],"elapsed_ms":0}`) {
			t.Errorf("%s", got)
		}
	}
}

// An answer that was cut always says so, what is missing, and what to ask instead.
func TestAnswerThatIsCut(t *testing.T) {
	t.Parallel()
	q := Query{Question: stele.Question{MaxRows: 1, MaxBytes: 5}}
	for cut, want := range map[stele.Cut]string{
		stele.CutRows:  `"row_count":1,"truncated":true,"note":"only the first 1 rows are here, because max_rows is 1`,
		stele.CutBytes: `"row_count":1,"truncated":true,"note":"only the first 1 rows are here, because more are longer than max_bytes, 5`,
	} {
		a := &stele.Answer{Columns: []stele.Column{{Name: "a"}}, Rows: [][]stele.Value{{stele.IntValue(1)}}, Cut: cut}
		if got := string(GPTBots.AppendAnswer(nil, q, a, 0)); !strings.Contains(got, want) {
			t.Errorf("%s", got)
		}
	}
	none := &stele.Answer{Columns: []stele.Column{{Name: "a"}}, Cut: stele.CutBytes}
	if got := string(GPTBots.AppendAnswer(nil, q, none, 0)); !strings.Contains(got, `"rows":[],"row_count":0,"truncated":true,"note":"the first row alone is longer`) {
		t.Errorf("%s", got)
	}
}
