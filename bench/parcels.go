package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// parcel is a row of the measured table, typed and in memory: six fields, two of them unique.
type parcel struct {
	code    string // TEXT, unique
	serial  int64  // INT, unique
	name    string
	weight  float64
	fragile bool
	shipped string // DATETIME
}

// tableDraft is the measured table as wire.md 5.1 wants it; the columns of floorSchema are the same.
const tableDraft = `{"name":"parcels","description":"parcels on their way","fields":[
 {"name":"code","description":"tracking code","type":"TEXT","required":true,"unique":true},
 {"name":"serial","description":"","type":"INT","required":true,"unique":true},
 {"name":"name","description":"","type":"TEXT"},
 {"name":"weight","description":"","type":"FLOAT"},
 {"name":"fragile","description":"","type":"BOOLEAN"},
 {"name":"shipped_at","description":"","type":"DATETIME"}]}`

// parcelAt makes the n-th parcel. Both unique values ascend with n, as counters, times and order numbers do.
func parcelAt(n int64) parcel {
	return parcel{
		code:    fmt.Sprintf("PX-%010d", n),
		serial:  n,
		name:    fmt.Sprintf("parcel %d for counter %d", n, n%97),
		weight:  float64(n%100_000)/8 + 0.125,
		fragile: n%3 == 0,
		shipped: fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d", n%12+1, n%28+1, n%24, n%60, n*7%60),
	}
}

// parcelsFrom makes count parcels from the given one on.
func parcelsFrom(first int64, count int) []parcel {
	ps := make([]parcel, count)
	for i := range ps {
		ps[i] = parcelAt(first + int64(i))
	}
	return ps
}

// importBody is the request that imports the parcels (wire.md 5.3), flat, each value in its own JSON type.
func importBody(tableID string, ps []parcel) []byte {
	b := fmt.Appendf(nil, `{"table_id":%q,"records":[`, tableID)
	for i, p := range ps {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"code":%q,"serial":%d,"name":%q,"weight":`, p.code, p.serial, p.name)
		b = strconv.AppendFloat(b, p.weight, 'f', -1, 64)
		b = fmt.Appendf(b, `,"fragile":%t,"shipped_at":%q}`, p.fragile, p.shipped)
	}
	return append(b, "]}"...)
}

// updateBody is the request that gives each parcel, found by its code, a new name and weight (wire.md 5.6).
func updateBody(tableID string, ps []parcel) []byte {
	b := fmt.Appendf(nil, `{"table_id":%q,"update_data":[`, tableID)
	for i, p := range ps {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"filter":{"code":%q},"updated_fields":{"name":%q,"weight":`, p.code, p.name)
		b = strconv.AppendFloat(b, p.weight, 'f', -1, 64)
		b = append(b, "}}"...)
	}
	return append(b, "]}"...)
}

// changed is the parcels with another name and weight.
func changed(ps []parcel) []parcel {
	out := make([]parcel, len(ps))
	for i, p := range ps {
		p.name, p.weight = p.name+" (moved)", p.weight+1000
		out[i] = p
	}
	return out
}

// deleteBody is the request that deletes the records of those ids (wire.md 5.7).
func deleteBody(tableID string, ids []string) []byte {
	b := fmt.Appendf(nil, `{"table_id":%q,"delete_data":[`, tableID)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"record_id":%q}`, id)
	}
	return append(b, "]}"...)
}

// deleteByCodeBody is the request that deletes the parcels by their unique code.
func deleteByCodeBody(tableID string, ps []parcel) []byte {
	b := fmt.Appendf(nil, `{"table_id":%q,"delete_data":[`, tableID)
	for i, p := range ps {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `{"filter":{"code":%q}}`, p.code)
	}
	return append(b, "]}"...)
}

// pageSize is the published largest page.
const pageSize = 100

// pageBody is the request for a page, counted from 1 (wire.md 5.5).
func pageBody(tableID string, page int) []byte {
	return fmt.Appendf(nil, `{"table_id":%q,"page":%d,"page_size":%d}`, tableID, page, pageSize)
}

// page is what the program reads of a page's answer: enough to know that it is right.
type page struct {
	Records []struct {
		ID    string `json:"id"`
		Value struct {
			Code string `json:"code"`
		} `json:"value"`
	} `json:"records"`
	TotalCount int `json:"total_count"`
}

func parsePage(b []byte) (page, error) {
	var p page
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("reading a page: %w", err)
	}
	return p, nil
}
