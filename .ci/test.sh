#!/usr/bin/env bash
# test.sh [go test flags]: runs every stage of the tests and says at the end
# how the time was spent. A stage that fails doesn't keep the others from
# running; the exit status tells.
set -uo pipefail
cd "$(dirname "$0")/.."

out=bin/test
rm -rf "$out"
mkdir -p "$out"
failed=0

# stage NAME COMMAND…: runs a command and notes its time and status.
stage() {
	local name=$1 begun status
	shift
	printf '\n== %s\n' "$name"
	begun=$(date +%s%N)
	"$@"
	status=$?
	printf '%s\t%s\t%s\n' "$name" "$((($(date +%s%N) - begun) / 1000000))" "$status" >>"$out/stages.tsv"
	[ $status = 0 ] || failed=1
	return $status
}

# go_tests NAME FLAGS…: runs Go tests, shows what fails, keeps the results.
go_tests() {
	local name=$1
	shift
	go test -json "$@" 2>"$out/$name.err" | tee "$out/$name.json" | bin/report live
	local status=("${PIPESTATUS[@]}")
	[ "${status[0]}" = 0 ] || { cat "$out/$name.err"; return 1; }
}

# The race detector costs tenfold; tests on a database, and those of code that
# does one thing at a time, run without it, but for make test-slow.
race_tests() {
	local pure
	mapfile -t pure < <(go list ./... | grep -v -e '/registry/postgres' -e '/cmd/' -e '/web$' -e '/geo/format' -e '/geo/crs' -e '/registry/intake')
	CGO_ENABLED=1 go_tests race -race -short -timeout 8m "${pure[@]}"
}

browser_tests() {
	PLAYWRIGHT_JSON_OUTPUT_FILE="$PWD/$out/browser.json" npm --prefix web run --silent e2e -- --reporter=line,json
}

stage install bash .ci/install.sh test || exit 1
stage build make --no-print-directory build || exit 1
go build -o bin/report ./.ci/report.go || exit 1
stage format bash .ci/format.sh
stage vet go vet ./...
stage staticcheck go tool staticcheck ./...
stage test go_tests test -timeout 12m "$@" ./...
stage race race_tests
if [ -f web/package.json ]; then
	stage web-check npm --prefix web run --if-present check
	stage web-test npm --prefix web run --if-present test
fi
if [ -d web/e2e ]; then
	stage browser browser_tests
fi

bin/report summary "$out" || failed=1
exit $failed
