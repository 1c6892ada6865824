# Jieming 界名. `make` lists what there is.

DIR  ?= data
ADDR ?= 127.0.0.1:8080

version := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)

# The programs are linked without C; only the race detector needs it.
export CGO_ENABLED = 0
# The version is stamped below; Git may refuse a checkout of another user.
export GOFLAGS := $(GOFLAGS) -buildvcs=false
# Tests drive Debian's Chromium.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD = 1
ifneq ($(DATA),)
export DATA := $(abspath $(DATA))
endif

.PHONY: help demo test test-slow bench check bless verify fuzz build web clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: ## Install what is missing, build, and serve the demonstration: make demo [DATA=dir] [DIR=data] [ADDR=host:port]
	@bash .ci/install.sh demo
	@$(MAKE) --no-print-directory build
	@exec bin/jieming up --data '$(DIR)' --addr '$(ADDR)' $(if $(DATA),--dataset '$(DATA)')

test: ## Install what is missing, and run every test but the slow ones
	@bash .ci/test.sh

test-slow: ## Run every test under the race detector, every browser test, then fuzz every decoder: an hour
	@bash .ci/install.sh test
	CGO_ENABLED=1 go test -race -count=1 -timeout 40m ./...
	KILLS=300 go test -count=1 -timeout 60m ./registry/postgres ./cmd/jieming -run "^TestKill(Serve)?$$$$" -v
	@$(MAKE) --no-print-directory build
	SLOW=1 npm --prefix web run --silent e2e
	@$(MAKE) --no-print-directory fuzz

check: ## Format, vet, staticcheck and the quick tests
	@bash .ci/format.sh
	go vet ./...
	go tool staticcheck ./...
	go test -short ./...

bench: build ## Measure the ratios of docs/benchmarks.md, side by side in one run
	@bin/jieming bench $(patsubst %,--dataset '%',$(firstword $(DATA) $(wildcard ../shared/data)))

bless: ## Renew the golden files; read the difference before committing
	BLESS=1 go test -count=1 ./... | grep -v '^ok\|no test files' || true
	@git diff --stat

verify: ## Check what is generated or pinned: go.mod, migrations, import rules
	go mod verify
	go mod tidy -diff
	go test ./migrations ./cmd/jieming -run 'TestFiles|TestArchitecture'

fuzz: ## Fuzz every decoder for FUZZTIME (default 20s) each
	@grep -rl --include=*_test.go '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r d; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$d/*_test.go | while read -r f; do \
			echo "== $$d $$f"; go test $$d -run '^$$' -fuzz "^$$f$$" -fuzztime $(or $(FUZZTIME),20s) || exit 1; \
		done || exit 1; done

build: web ## Build bin/jieming
	@mkdir -p bin
	go build -ldflags '-X main.version=$(version)' -o bin/jieming ./cmd/jieming

# The bundle is made anew when a source of it is newer.
ifneq ($(wildcard web/package.json),)
web_sources := $(shell find web -type d \( -name node_modules -o -name dist -o -name e2e \) -prune -o -type f ! -name '*.go' ! -name '*.html' -print)

web: web/dist/.built ## Bundle the browser side

web/dist/.built: web/node_modules/.package-lock.json $(web_sources)
	npm --prefix web run build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@
else
web: # nothing to bundle yet
endif

clean: ## Remove what was built, and the test databases; ./data stays
	rm -rf bin web/dist/* web/node_modules /dev/shm/jieming-pgtest-$$(id -u) "$${TMPDIR:-/tmp}/jieming-pgtest-$$(id -u)"
