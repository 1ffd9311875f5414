package stele

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestPhrases holds the column "phrase" of wire.md 3, and that no code lacks one.
func TestPhrases(t *testing.T) {
	t.Parallel()
	want := map[Code]string{
		CodeInternal: "Internal system error", CodeOverloaded: "Internal system error", CodeUnavailable: "Internal system error",
		CodeParameter: "Parameter error", CodeMethod: "Parameter error", CodeTooLarge: "Parameter error",
		CodeMediaType: "Parameter error", CodeKeyReused: "Parameter error", CodeExists: "Parameter error",
		CodeRateLimited: "Agent RPM request limit exceeded", CodeExpired: "Credentials expired",
		CodeForeignAgent: "Unauthorized access to Agent.", CodeUnauthenticated: "Developer authentication failed",
		CodePlan:      "This feature is only available after upgrading your plan",
		CodeTableName: "Invalid table name", CodeTableDescription: "Invalid table description", CodeNoFields: "Invalid number of fields",
		CodeFieldName: "Invalid field name", CodeFieldDescription: "Invalid field description", CodeFieldType: "Invalid field type",
		CodeTableNotFound: "Table not found", CodeTableExists: "Table name already exists",
		CodeTooManyFields: "Number of fields exceeds the limit", CodeForbidden: "No permission to access table", CodeNotFound: "Not found",
	}
	for _, c := range Codes() {
		if want[c] == "" {
			t.Errorf("code %d is not in this table", c)
			continue
		}
		if got := (&Error{Code: c}).Error(); got != want[c] {
			t.Errorf("code %d alone says %q; want %q", c, got, want[c])
		}
		detail := Errorf(c, "page_size must be between %d and %d", 1, 100)
		text := want[c] + ": page_size must be between 1 and 100"
		if strings.HasSuffix(want[c], ".") {
			text = want[c] + " page_size must be between 1 and 100"
		}
		if detail.Error() != text || detail.Code != c {
			t.Errorf("code %d says %q; want %q", c, detail, text)
		}
	}
	if len(Codes()) != len(want) {
		t.Errorf("%d codes, %d in this table", len(Codes()), len(want))
	}
}

func TestErrorCode(t *testing.T) {
	t.Parallel()
	e := Errorf(CodeTableNotFound, "no table")
	for _, c := range []struct {
		err  error
		want Code
	}{
		{e, CodeTableNotFound},
		{fmt.Errorf("deleting: %w", e), CodeTableNotFound},
		{errors.Join(errors.New("disk full"), e), CodeTableNotFound},
		{errors.New("disk full"), CodeInternal},
		{&Replay{}, CodeInternal},
		{nil, CodeInternal},
	} {
		if got := ErrorCode(c.err); got != c.want {
			t.Errorf("ErrorCode(%v) = %d; want %d", c.err, got, c.want)
		}
	}
	var forgotten Error
	if forgotten.Code != CodeInternal {
		t.Error("a code that was forgotten says more than an internal error")
	}
}
