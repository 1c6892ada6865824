#!/usr/bin/env bash
# install.sh demo|test: installs the Debian packages that are missing, as root
# or through sudo, after saying which. Quick when nothing is missing.
set -euo pipefail

mode=${1:?demo or test}

fail() { printf '%s\n' "$*" >&2; exit 1; }

for tool in go node npm; do
	command -v "$tool" >/dev/null || fail "$tool is not installed: install Go 1.26 (go.dev/dl) and Node 20 (nodejs.org) first; everything else is installed for you"
done

# The S3 server of the tests is kept outside of bin, because building it takes
# a minute; tiles/store/storetest looks for it there.
s3_server=github.com/versity/versitygw/cmd/versitygw@v1.8.0
s3_bin=${XDG_CACHE_HOME:-$HOME/.cache}/jieming/versitygw-v1.8.0
if [ "$mode" = test ] && [ ! -x "$s3_bin/versitygw" ] && ! command -v versitygw >/dev/null; then
	printf 'building %s\n' "$s3_server"
	GOBIN=$s3_bin CGO_ENABLED=0 go install "$s3_server" || printf 'without it, the tests of S3 stores are skipped\n'
fi

# So is the identity provider; web/oidctest looks for it there.
oidc_server=github.com/zitadel/oidc/v3/example/server@v3.52.0
oidc_bin=${XDG_CACHE_HOME:-$HOME/.cache}/jieming/oidc-v3.52.0
if [ "$mode" = test ] && [ ! -x "$oidc_bin/server" ]; then
	printf 'building %s\n' "$oidc_server"
	GOBIN=$oidc_bin CGO_ENABLED=0 go install "$oidc_server" || printf 'without it, the tests of identity providers are skipped\n'
fi

has_postgis() { compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
# Reads the text of uploaded PDF files, for search; without it they are found by their titles.
command -v pdftotext >/dev/null || missing+=(poppler-utils)
if [ "$mode" = test ]; then
	{ has_package libreoffice-writer-nogui && has_package libreoffice-calc-nogui; } || missing+=(libreoffice-writer-nogui libreoffice-calc-nogui)
	command -v unzip >/dev/null || missing+=(unzip)
	[ -x /usr/bin/chromium ] || missing+=(chromium)
	command -v gcc >/dev/null || missing+=(gcc)
	command -v xz >/dev/null || missing+=(xz-utils)
	command -v ogr2ogr >/dev/null || missing+=(gdal-bin)
	if command -v dpkg-query >/dev/null; then
		for package in libc6-dev fonts-noto-cjk; do
			has_package "$package" || missing+=("$package")
		done
	fi
fi
postgis=no
has_postgis || postgis=missing

[ ${#missing[@]} -gt 0 ] || [ $postgis = missing ] || exit 0
command -v apt-get >/dev/null || fail "please install, by your system's means: PostgreSQL 15 or newer with PostGIS ${missing[*]}"

as_root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || fail "run this once as root, or install yourself: apt-get install postgresql-15-postgis-3 ${missing[*]}"
	as_root=(sudo)
fi

mkdir -p bin
log=bin/apt.log
quietly() { "${as_root[@]}" "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "could not install the packages (whole log: $log)"; }; }

: >"$log"
printf 'reading package lists\n'
quietly apt-get update -q
if [ $postgis = missing ]; then
	# The version of this Debian; the newest where there are several.
	newest=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d' ' -f1 | sort -V | tail -n 1)
	[ -n "$newest" ] || fail "the package sources have no postgresql-*-postgis-3"
	missing+=("$newest")
	if [ ! -d /etc/postgresql-common ]; then
		# Only the programs are wanted: no server that starts with the machine.
		"${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
		echo 'create_main_cluster = false' |
			"${as_root[@]}" tee /etc/postgresql-common/createcluster.d/jieming.conf >/dev/null
	fi
fi
printf 'installing %s\n' "${missing[*]}"
quietly env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
	-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "${missing[@]}"
