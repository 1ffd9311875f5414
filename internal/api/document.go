package api

import _ "embed"

// The document of the API: written by hand as YAML, and the same as JSON, which a test makes from it (-update).
var (
	//go:embed openapi.yaml
	openapiYAML []byte
	//go:embed openapi.json
	openapiJSON []byte
)
