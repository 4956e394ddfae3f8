#!/bin/sh
# Linters, types, import directions, generated files: the same on a laptop and in CI.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" format --check backend bench tests scripts
"$bin/ruff" check backend bench tests scripts
"$bin/mypy"
# What only .venv-verify has (cvc5, universalmutator) is unknown here.
MYPYPATH=scripts "$bin/mypy" --explicit-package-bases --ignore-missing-imports \
  scripts/verify.py scripts/mutation.py scripts/verification
"$bin/mypy" --explicit-package-bases -p bench.gas -p bench.gas_peers
node_modules/@foundry-rs/forge-*/bin/forge fmt --check contracts tests/foundry tests/halmos
npm --prefix web run --silent typecheck
npm --prefix web run --silent lint
npm --prefix web run --silent format:check
"$bin/lint-imports"
"$bin/python" scripts/generate.py --check
scripts/brownie.sh compile
"$bin/python" scripts/export_abi.py --check
"$bin/python" scripts/export_openapi.py --check
