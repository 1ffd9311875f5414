package wire

import "stele"

// published is the number of a code and the HTTP status it travels with (wire.md 3).
type published struct{ number, status int }

var codes = [...]published{
	stele.CodeInternal:         {50000, 500},
	stele.CodeOverloaded:       {50000, 503},
	stele.CodeUnavailable:      {50000, 503},
	stele.CodeParameter:        {40000, 400},
	stele.CodeMethod:           {40000, 405},
	stele.CodeTooLarge:         {40000, 413},
	stele.CodeMediaType:        {40000, 415},
	stele.CodeKeyReused:        {40000, 409},
	stele.CodeExists:           {40000, 409},
	stele.CodeRateLimited:      {40008, 429},
	stele.CodeExpired:          {40107, 401},
	stele.CodeForeignAgent:     {40113, 403},
	stele.CodeUnauthenticated:  {40127, 401},
	stele.CodePlan:             {40353, 403},
	stele.CodeTableName:        {403100, 400},
	stele.CodeTableDescription: {403101, 400},
	stele.CodeNoFields:         {403102, 400},
	stele.CodeFieldName:        {403103, 400},
	stele.CodeFieldDescription: {403104, 400},
	stele.CodeFieldType:        {403105, 400},
	stele.CodeTableNotFound:    {403106, 404},
	stele.CodeTableExists:      {403108, 409},
	stele.CodeTooManyFields:    {403111, 400},
	stele.CodeForbidden:        {403131, 403},
	stele.CodeNotFound:         {40400, 404},
}

// Status is the HTTP status of a code.
func Status(c stele.Code) int { return codes[c].status }

// Number is the published number of a code.
func Number(c stele.Code) int { return codes[c].number }
