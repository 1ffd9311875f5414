package server

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listeners are the open ports. metrics is nil when they are off.
type listeners struct{ api, metrics net.Listener }

func bind(cfg *Config) (*listeners, error) {
	var ls listeners
	var err error
	if ls.api, err = listen("--listen (STELE_LISTEN)", cfg.Listen); err != nil {
		return nil, err
	}
	if cfg.MetricsListen == Off {
		return &ls, nil
	}
	if ls.metrics, err = listen("--metrics-listen (STELE_METRICS_LISTEN)", cfg.MetricsListen); err != nil {
		ls.close()
		return nil, err
	}
	return &ls, nil
}

func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program, perhaps another stele: stop that, or choose another address with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s: choose a port above 1023 with %s", address, flag)
	default:
		return nil, fmt.Errorf("cannot listen on the address of %s: %w", flag, err)
	}
}

func (ls *listeners) close() {
	for _, l := range []net.Listener{ls.api, ls.metrics} {
		if l != nil {
			_ = l.Close() // a second time, after the server closed it, does no harm
		}
	}
}

func (ls *listeners) addresses() Addresses {
	a := Addresses{API: ls.api.Addr()}
	if ls.metrics != nil {
		a.Metrics = ls.metrics.Addr()
	}
	return a
}
