#!/bin/sh
# Renew the hashed locks. No lock names a registry host.
set -eu
cd "$(dirname "$0")/.."
uv=.cache/bootstrap/bin/uv
compile() { "$uv" pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade "$@"; }
compile requirements/bootstrap.in -o requirements/bootstrap.txt
compile requirements/brownie.in -o requirements/brownie.txt
compile requirements/verify.in -o requirements/verify.txt
compile pyproject.toml -o requirements/product.txt
compile pyproject.toml --extra ray -o requirements/plugins.txt
compile pyproject.toml --extra ray --extra dev -o requirements/dev.txt
compile pyproject.toml requirements/bench.in -o requirements/bench.txt
npm install --package-lock-only >/dev/null
npm install --prefix bench/gas_peers --package-lock-only >/dev/null
npm install --prefix bench/index/ponder --package-lock-only >/dev/null
npm install --prefix web --package-lock-only >/dev/null
if grep -nE '^[^#]*https?://' requirements/*.txt || grep -n '"resolved"' package-lock.json bench/gas_peers/package-lock.json bench/index/ponder/package-lock.json web/package-lock.json; then
  echo "lock: an address is named above" >&2
  exit 1
fi
