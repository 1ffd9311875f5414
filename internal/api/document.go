package api

import _ "embed"

// The document of the API: written by hand as YAML, and the same as JSON, which a test makes from it (-update).
var (
	//go:embed openapi.yaml
	openapiYAML []byte
	//go:embed openapi.json
	openapiJSON []byte
)

func serveYAML(*exchange) (answer, error) {
	return answer{body: openapiYAML, contentType: "application/yaml; charset=utf-8"}, nil
}

func serveJSON(*exchange) (answer, error) { return answer{body: openapiJSON}, nil }
