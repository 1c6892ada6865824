#!/usr/bin/env bash
# Fails, and names them, when Go files are not formatted.
set -euo pipefail
unformatted=$(find . \( -name node_modules -o -path ./tmp -o -path ./bin \) -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
[ -z "$unformatted" ] || { printf 'not formatted (run gofmt -w):\n%s\n' "$unformatted"; exit 1; }
