package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "rewrite the golden files and openapi.json")

// document loads a form of the API's document and proves it sound, its examples too.
func document(t testing.TB, data []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatalf("loading the document: %v", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatalf("the document is not sound: %v", err)
	}
	return doc
}

// The JSON that is served is the YAML that was written.
func TestDocument(t *testing.T) {
	want := marshal(t, document(t, openapiYAML))
	if *update {
		if err := os.WriteFile("openapi.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := marshal(t, document(t, openapiJSON)); !bytes.Equal(got, want) || !bytes.Equal(openapiJSON, want) {
		t.Error("openapi.json is not openapi.yaml: go test ./internal/api -run TestDocument -update")
	}
}

func marshal(t *testing.T, doc *openapi3.T) []byte {
	t.Helper()
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", " "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
