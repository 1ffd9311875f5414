# make run and make test are all that is needed; make help lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: run build test test-long tests-postgres tests tests-race check quick race fuzz bench fmt release help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
TOOL := go tool -modfile=tools.mod
# Packages whose tests race goroutines on purpose; all others run without the race detector in `make test`. A store's random tests race
# nothing, so few of their rounds run under it.
RACY := ./internal/api/... ./internal/server/... ./internal/mcp/...
FEW := -rapid.checks=10
# In these packages the detector looks at nothing in `make test`: SQLite, made Go of by a program, and what compiles PostgreSQL's grammar, in
# which it spends most of its time. What calls them it sees. No package may stand here that has copies of generic code of sync or sync/atomic
# in it (a sync.Map will do): the linker may keep that copy for the whole program, and the detector then sees races where there are none.
WAZEVO := github.com/tetratelabs/wazero/internal/engine/wazevo
UNSEEN := $(foreach p,modernc.org/sqlite/lib $(WAZEVO)/backend/... $(WAZEVO)/frontend $(WAZEVO)/ssa,-gcflags=$(p)=-race=false)
# Of the random tests on PostgreSQL, where a round takes a second; each run draws other rounds. On SQLite there are a hundred of each.
ROUNDS ?= 20
# Left out under the race detector: one process of one goroutine, within a bound on memory that the detector alone would fill; and random
# sequences of calls on one agent, one after the other, which take minutes there and race nothing that the other cases do not.
SINGLE := TestTempFiles|TestStore(OfFewOpenAgents)?/(indexed|model)
# Of one package on a slow machine.
TIMEOUT := 45m
FUZZTIME ?= 30s
BENCHFLAGS ?=
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64

run: build ## build, and start a server on 127.0.0.1:8080 with its data in ./stele-data
	./bin/stele serve

build: ## build bin/stele
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/stele ./cmd/stele

test: export STELE_TEST_REQUIRE = 1
test: export TMPDIR := $(shell scripts/tempdir)
test: ## install what the tests need, then run all checks and tests
	scripts/setup
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory -j2 tests-postgres tests
	$(MAKE) --no-print-directory tests-race

test-long: ## make test with all rounds of random tests, and all that storetest leaves out for a second way to keep a store
	STELE_TEST_LONG=1 $(MAKE) --no-print-directory test ROUNDS=100

# The parts of make test. Two packages run at a time, so that what has a bound on its time keeps it.
tests-postgres:
	go test -timeout $(TIMEOUT) ./internal/postgres -rapid.checks=$(ROUNDS)
tests:
	go test -p 1 -timeout $(TIMEOUT) $$(go list ./... | grep -v '/internal/postgres$$')
tests-race:
	go test -timeout $(TIMEOUT) -race $(UNSEEN) -skip '$(SINGLE)' ./internal/sqlite $(FEW)
	go test -timeout $(TIMEOUT) -race $(UNSEEN) $(RACY)
	go test -timeout $(TIMEOUT) -race $(UNSEEN) -run 'Lane|TwoReplicas' ./internal/postgres $(FEW) # all of it takes minutes
	go test -timeout $(TIMEOUT) -race $(UNSEEN) -short ./client

check: ## formatting and static checks
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -l: run make fmt for"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(TOOL) staticcheck ./...
	$(TOOL) errcheck -exclude .errcheck ./...
	@dead=$$($(TOOL) deadcode -test ./...); if [ -n "$$dead" ]; then echo "deadcode: nothing calls these"; echo "$$dead"; exit 1; fi

quick: ## tests without the race detector and the static checks
	go test -short ./...

race: ## all tests under the race detector
	go test -race -skip '$(SINGLE)' ./...

fuzz: ## every fuzz target for FUZZTIME (30s)
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: build ## the load program against bin/stele and its floors; takes minutes, wants an idle machine
	go run ./bench $(BENCHFLAGS)

fmt: ## format all Go files
	gofmt -w .

release: ## static binaries in dist/, for linux and darwin on amd64 and arm64
	@for p in $(PLATFORMS); do \
		out=dist/stele-$(VERSION)-$${p%/*}-$${p#*/}; echo $$out; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -trimpath -ldflags '$(LDFLAGS)' -o $$out ./cmd/stele; \
	done
	@cd dist && sha256sum stele-$(VERSION)-* > SHA256SUMS

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | while IFS='|' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done
