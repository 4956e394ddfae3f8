#!/bin/sh
# Brownie in its own environment, with a home of its own: no ~/.brownie is read or changed, and every run has its own
# free port, so that several can go on side by side.
#
#   scripts/brownie.sh compile | test [...] | run deploy
#
# Networks: `development` starts an Anvil of its own; `configured` is the node at FAIRSIGNAL_RPC_URL, which
# `run` uses when that is set.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
[ -x .venv-brownie/bin/brownie ] || { echo "brownie.sh: run \`make setup\` first" >&2; exit 1; }

mkdir -p .cache/brownie
home=$(mktemp -d "$root/.cache/brownie/home.XXXXXX")
trap 'rm -rf "$home"' EXIT INT TERM
mkdir -p "$home/.brownie"
port=$(.venv-brownie/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$home/.brownie/network-config.yaml" <<EOF
live:
  - name: Fairsignal
    networks:
      - name: The node at FAIRSIGNAL_RPC_URL
        id: configured
        host: ${FAIRSIGNAL_RPC_URL:-http://127.0.0.1:8545}
        chainid: ${FAIRSIGNAL_CHAIN_ID:-31337}
        timeout: 20
development:
  - name: Anvil
    id: development
    cmd: anvil
    host: http://127.0.0.1
    timeout: 120
    cmd_settings:
      port: $port
      accounts: 20
      evm_version: prague
      base_fee: 0
      mnemonic: test test test test test test test test test test test junk
EOF
for tools in "$root"/node_modules/@foundry-rs/*-linux-amd64/bin; do
  PATH="$tools:$PATH"
done
PATH="$root/.venv-brownie/bin:$PATH"
SOLCX_BINARY_PATH="$root/.cache/solcx"
FAIRSIGNAL_ROOT="$root"
export PATH SOLCX_BINARY_PATH FAIRSIGNAL_ROOT
export HOME="$home" PYTHONWARNINGS="ignore"
if [ "${1:-}" = run ]; then
  # `brownie run` turns the script's path into a module name, which a dot in any folder's name breaks.
  network=development
  [ -z "${FAIRSIGNAL_RPC_URL:-}" ] || network=configured
  .venv-brownie/bin/python - "scripts/$2.py" "$network" <<'EOF'
import runpy
import sys

import brownie
from brownie import network, project

loaded = project.load(".")
loaded.load_config()
vars(brownie).update(loaded.dict())  # scripts say `from brownie import <Contract>`
network.connect(sys.argv[2])
runpy.run_path(sys.argv[1])["main"]()
EOF
else
  brownie "$@"
fi
