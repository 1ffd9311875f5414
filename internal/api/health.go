package api

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"stele"
	"stele/internal/wire"
)

var stateOK = []byte(`{"status":"ok"}`)

// health says that the process answers.
func health(*exchange) (answer, error) { return answer{body: stateOK}, nil }

// ready says whether requests can be served. Why they cannot be is for the log.
func ready(x *exchange) (answer, error) {
	ctx, cancel := x.bounded()
	defer cancel()
	err := x.h.isReady(ctx)
	if err == nil {
		return answer{body: stateOK}, nil
	}
	x.h.Log.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "not ready", slog.String("request_id", x.id), slog.String("error", err.Error()))
	return answer{}, &stele.Error{Code: stele.CodeUnavailable, Detail: "not ready to serve", RetryAfter: time.Second}
}

// isReady says why requests cannot be served.
func (h *handler) isReady(ctx context.Context) error {
	err := h.Service.Store.Ready(ctx)
	if h.Ready != nil {
		err = errors.Join(h.Ready(ctx), err)
	}
	return err
}

// status says how the installation is, for whoever runs it.
func status(ctx context.Context, x *exchange, _ []byte) (any, error) {
	s := x.h.Service
	shown := wire.ServerStatus{
		Version: x.h.Version, Store: string(s.Store.Database("").Engine()), StartedAt: int64(x.h.started), Now: s.Now().UnixMilli(),
		Ready: x.h.isReady(ctx) == nil,
	}
	var err error
	if _, shown.Agents, err = s.Store.Agents(ctx, stele.Page{Limit: 1}); err != nil {
		return nil, err
	}
	if x.h.Memory != nil {
		shown.MemoryBytes = x.h.Memory()
	}
	if x.h.Metrics != "" {
		shown.MetricsURL = &x.h.Metrics
	}
	shown.DataBytes, err = s.Store.DataBytes(ctx)
	return shown, err
}

// agentSize says what an agent's data takes.
func agentSize(ctx context.Context, x *exchange, _ []byte) (any, error) {
	id, size, err := x.h.Service.Size(ctx, x.param)
	return wire.ShowSize(id, size), err
}
