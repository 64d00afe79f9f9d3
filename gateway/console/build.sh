#!/bin/sh
# Builds the page from web/ into dist/, where the Go package embeds it from.
#
#   build.sh         builds and replaces dist/
#   build.sh check   builds, and fails unless dist/ is the same byte for byte
#
# It needs Node 20 and an npm registry; nothing else of the project does.
set -eu
cd "$(dirname "$0")"
case "${1:-}" in
"" | check) ;;
*)
	echo "usage: $0 [check]" >&2
	exit 2
	;;
esac

if grep -n '"resolved"' web/package-lock.json; then
	echo "web/package-lock.json names a registry: npm must read web/.npmrc" >&2
	exit 1
fi

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
(
	cd web
	npm ci --no-audit --no-fund --loglevel=error
	./node_modules/.bin/vite build --outDir "$built/dist" --emptyOutDir --logLevel warn
)
find "$built/dist" -type f -exec gzip -9 -n {} +

if [ "${1:-}" = check ]; then
	if ! diff -r "$built/dist" dist; then
		echo "gateway/console/dist is not what web/ builds: run gateway/console/build.sh and commit" >&2
		exit 1
	fi
	exit
fi
rm -rf dist
cp -R "$built/dist" dist
