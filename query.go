package stele

import (
	"fmt"
	"strings"
	"time"
)

// A Question is one SELECT, or WITH ... SELECT, over an agent's tables, and the bounds of its answer.
type Question struct {
	SQL      string
	Params   []Raw  // for $1, $2, ...: strings, numbers, true, false and null
	MaxRows  int    // rows of the answer
	MaxBytes int    // bytes of its values together, as text
	Client   string // what the client calls itself, for the log
}

// Bounds of a question. What is asked for beyond the most is refused, not cut.
const (
	DefaultQueryRows  = 200
	MostQueryRows     = 10_000
	DefaultQueryBytes = 64 << 10
	MostQueryBytes    = 8 << 20
	MostQuerySQL      = 64 << 10 // bytes of the text
	MostQueryParams   = 100
)

// A Column is a column of an answer. Its type is 0 where it has none of the five, or where all values are null.
type Column struct {
	Name string
	Type Type
}

// Cut says why an answer is not whole.
type Cut uint8

// The reasons for which rows are missing at an answer's end.
const (
	Whole Cut = iota
	CutRows
	CutBytes
)

// An Answer is what a question found. Rows are as long as Columns. A store types every value as one of the five; what is
// none of them (a date alone, a span of time, JSON, a number too long for INT and FLOAT) is text, so that nothing is rounded.
type Answer struct {
	Columns []Column
	Rows    [][]Value
	Cut     Cut
	Notes   []string // sentences on the question that the answer may be misunderstood without; given by [Agent.Query], not by a store
}

// Fault says what is wrong with a question, as an engine found it.
type Fault uint8

// The faults of questions. What a Name or a Place of a [QueryFault] is depends on them.
const (
	FaultRefused  Fault = iota // not allowed; Detail says what and how to ask instead
	FaultSyntax                // Detail says what; Place where, if known
	FaultTable                 // no table of the name Name
	FaultColumn                // no column of the name Name, which may be qualified: t.c
	FaultFunction              // no function of the name Name, or none for such arguments
	FaultType                  // values that cannot be compared, computed or read; Name is the value, if one is known
	FaultParams                // parameters that are missing, or too many
	FaultTime                  // it took longer than it may
	FaultMemory                // it needed more memory, or another resource, than it may
	FaultOther                 // any other error in computing the answer, as a division by zero; Detail says which
)

// A QueryFault is the error of a question that an engine did not answer. Its texts are safe to show: they name nothing but
// what is the agent's own or stands in the question.
type QueryFault struct {
	Fault  Fault
	Name   string
	Place  int    // character of the question, counted from 1; 0 if unknown
	Detail string // in words that end a sentence, without a stop
}

func (f *QueryFault) Error() string { return fmt.Sprintf("fault %d: %s %s", f.Fault, f.Name, f.Detail) }

// What every store says, word by word, of a question that is not one SELECT.
const (
	NotSelect    = "only one SELECT, or WITH ... SELECT, is run"
	NotOneSelect = "only one statement is run, and something stands behind it"
)

// Late is the fault of a question that was not answered in the time that it had.
func Late(had time.Duration) *QueryFault {
	seconds := strings.TrimSuffix(fmt.Sprintf("%.1f", max(had, 0).Seconds()), ".0")
	return &QueryFault{Fault: FaultTime, Detail: "it took longer than the " + seconds +
		" seconds that it may; ask for fewer records, by WHERE or from a smaller table, or for fewer joins"}
}

// ParamsDetail says what is wrong where a question names parameters up to $most and other than so many values are given.
func ParamsDetail(most, given int) string {
	if most == 0 {
		return fmt.Sprintf("params has %d values, and the question has no $1 for them", given)
	}
	return fmt.Sprintf("the question has parameters up to $%d, and params has %d values: give as many", most, given)
}

// check refuses a question that no engine has to see.
func (q *Question) check() error {
	if err := checkSQL(q.SQL); err != nil {
		return err
	}
	switch {
	case len(q.Params) > MostQueryParams:
		return Errorf(CodeParameter, "params has %d values; at most %d are read", len(q.Params), MostQueryParams)
	case q.MaxRows < 1 || q.MaxRows > MostQueryRows:
		return Errorf(CodeParameter, "max_rows must be 1 to %d", MostQueryRows)
	case q.MaxBytes < 1 || q.MaxBytes > MostQueryBytes:
		return Errorf(CodeParameter, "max_bytes must be 1 to %d", MostQueryBytes)
	}
	for i, p := range q.Params {
		if p.Kind == KindJSON || p.Kind == KindBroken {
			return Errorf(CodeParameter, "params: value %d must be a string, a number, true, false or null", i+1)
		}
		if p.Kind == KindString && strings.ContainsRune(p.Text, 0) {
			return Errorf(CodeParameter, "params: value %d holds the character NUL", i+1)
		}
	}
	return nil
}

// checkSQL refuses a text that can be no question.
func checkSQL(sql string) error {
	switch {
	case strings.TrimSpace(sql) == "":
		return Errorf(CodeParameter, "sql is required: one SELECT, or WITH ... SELECT")
	case len(sql) > MostQuerySQL:
		return Errorf(CodeParameter, "sql is longer than %d bytes", MostQuerySQL)
	case strings.ContainsRune(sql, 0):
		return Errorf(CodeParameter, "sql holds the character NUL")
	}
	return nil
}

// Names are the names of the columns, each once: where one comes again it is told apart by a number, as a, a_2.
func (a *Answer) Names() []string {
	names, used := make([]string, len(a.Columns)), make(map[string]bool)
	for _, c := range a.Columns {
		used[c.Name] = true
	}
	given := make(map[string]bool)
	for i, c := range a.Columns {
		name := c.Name
		for n := 2; given[name]; n++ {
			if next := fmt.Sprintf("%s_%d", c.Name, n); !used[next] {
				name = next
			}
		}
		names[i], given[name] = name, true
	}
	return names
}

// Note says what was cut from an answer and what to ask instead, "" when it is whole.
func (a *Answer) Note(q Question) string {
	switch {
	case a.Cut == CutRows:
		return fmt.Sprintf("only the first %d rows are here, because max_rows is %d: ask for fewer with WHERE, for sums with GROUP BY, for the next ones with ORDER BY and OFFSET %d, or for more with a max_rows up to %d",
			len(a.Rows), q.MaxRows, len(a.Rows), MostQueryRows)
	case a.Cut == CutBytes && len(a.Rows) == 0:
		return fmt.Sprintf("the first row alone is longer than max_bytes, %d: select fewer columns, shorten texts with substr(column, 1, 200), or ask with a max_bytes up to %d",
			q.MaxBytes, MostQueryBytes)
	case a.Cut == CutBytes:
		return fmt.Sprintf("only the first %d rows are here, because more are longer than max_bytes, %d: select fewer columns, shorten texts with substr(column, 1, 200), ask for the next ones with ORDER BY and OFFSET %d, or with a max_bytes up to %d",
			len(a.Rows), q.MaxBytes, len(a.Rows), MostQueryBytes)
	}
	return ""
}

// TSV is the answer's rows as text, under the names of its columns; see [TSV].
func (a *Answer) TSV() string {
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = c.Name
	}
	return TSV(names, a.Rows)
}

// TSV writes a line of names, then a line for each row, with tabs between. A tab, a line break or a backslash in a value is written \t,
// \n, \r or \\, and null is \N, so that nothing is lost and no value looks like another.
func TSV(names []string, rows [][]Value) string {
	var b strings.Builder
	escape := strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	for i, name := range names {
		if i > 0 {
			b.WriteByte('\t')
		}
		_, _ = escape.WriteString(&b, name)
	}
	b.WriteByte('\n')
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte('\t')
			}
			if v.IsNull() {
				b.WriteString(`\N`)
				continue
			}
			_, _ = escape.WriteString(&b, v.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}
