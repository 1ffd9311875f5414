package api

import (
	"bytes"
	"io"
	"net/http"

	"stele"
	"stele/internal/wire"
)

// MCP answers requests of models. It is handed those that have passed what every request must: a key, its rate, the bounds of its body.
// It returns how many rows were written, and how many were not.
type MCP func(w http.ResponseWriter, r *http.Request, agent *stele.Agent, body []byte) (accepted, rejected int)

// mcp lets models in the way that programs come in.
func mcp(x *exchange) (answer, error) {
	agent, err := x.admit()
	if err != nil {
		return answer{}, err
	}
	body, loan, err := x.readBody(x.h.Service.Limits.UpdateBody)
	defer loan.repay()
	if err != nil {
		return answer{}, err
	}
	r := x.r.Clone(x.r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Del("Content-Encoding") // it is decoded
	r.Header.Del("Authorization")    // nothing behind this has a use for the key
	kept := &keptAnswer{header: x.w.Header()}
	ans := answer{}
	ans.accepted, ans.rejected = x.h.MCP(kept, r, agent, body)
	ans.status, ans.body, ans.contentType = kept.status, kept.body.Bytes(), kept.header.Get("Content-Type")
	if ans.httpStatus() >= http.StatusBadRequest {
		ans.code = wire.Number(stele.CodeParameter)
	}
	return ans, nil
}

// keptAnswer keeps an answer until it is whole: it goes out as all others do.
type keptAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) Header() http.Header { return k.header }

func (k *keptAnswer) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *keptAnswer) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// Flush has nothing to do: the SDK asks for it.
func (k *keptAnswer) Flush() {}
