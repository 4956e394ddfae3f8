#!/bin/sh
# Linters, types, import directions, generated files: the same on a laptop and in CI.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" format --check backend tests scripts
"$bin/ruff" check backend tests scripts
"$bin/mypy"
"$bin/lint-imports"
"$bin/python" scripts/generate.py --check
scripts/brownie.sh compile
"$bin/python" scripts/export_abi.py --check
