package mcp

import (
	"net/url"
	"strconv"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"stele"
)

const (
	tableURI = "stele://tables/" // and a table's name
	cardType = "text/markdown"
)

// listResources lists the tables, each of which is a resource: its card. The cursor is the number of the page.
func (s *session) listResources(p *sdk.ListResourcesParams) (sdk.Result, error) {
	page := int64(1)
	if p != nil && p.Cursor != "" {
		var err error
		if page, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil || page < 1 {
			return nil, stele.Errorf(stele.CodeParameter, "the cursor is none that was given here")
		}
	}
	tables, err := s.agent.Tables(s.ctx, "", &stele.PageNumber{Page: page, Size: tablesPage})
	if err != nil {
		return nil, s.explain(err)
	}
	res := &sdk.ListResourcesResult{Resources: []*sdk.Resource{}, Cacheable: private}
	for _, t := range tables {
		res.Resources = append(res.Resources, &sdk.Resource{
			URI: tableURI + t.Name, Name: t.Name, Description: t.Description, MIMEType: cardType,
		})
	}
	if len(tables) == tablesPage {
		res.NextCursor = strconv.FormatInt(page+1, 10)
	}
	return res, nil
}

func listTemplates() sdk.Result {
	return &sdk.ListResourceTemplatesResult{
		Cacheable: private,
		ResourceTemplates: []*sdk.ResourceTemplate{{
			URITemplate: tableURI + "{name}", Name: "table", MIMEType: cardType, Description: "what a table holds, and how to write SQL for it",
		}},
	}
}

// readResource answers the card of a table.
func (s *session) readResource(uri string) (sdk.Result, error) {
	name, ok := strings.CutPrefix(uri, tableURI)
	name, err := url.PathUnescape(name)
	if !ok || err != nil || name == "" {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	c, err := s.agent.Describe(s.ctx, name)
	if stele.ErrorCode(err) == stele.CodeTableNotFound {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	if err != nil {
		return nil, s.explain(err)
	}
	return &sdk.ReadResourceResult{
		Cacheable: private,
		Contents:  []*sdk.ResourceContents{{URI: uri, MIMEType: cardType, Text: c.Text()}},
	}, nil
}
