#!/bin/sh
# Every fast test. Contracts (Brownie) and product (.venv) are separate environments and run side by side.
# The contracts' Solidity tests (Foundry, quick profile) come last.
set -u
cd "$(dirname "$0")/.."
mkdir -p build
# Both need the compiled contracts; compiling once first keeps them from doing it twice.
scripts/brownie.sh compile >build/compile.log 2>&1 || { cat build/compile.log; exit 1; }
scripts/brownie.sh test >build/test-contracts.log 2>&1 &
contracts=$!
sh scripts/pytest_twice.sh -n 2 --ignore tests/e2e --ignore tests/keepers_e2e --ignore tests/adapters/ipfs --ignore tests/indexer \
  --ignore tests/audit
product_status=$?
npm --prefix web test
web_status=$?
# A person's way through the page in real Chromium; the other ways and failures run with the slow tests.
npm --prefix web run --silent test:browser -- --grep @fast --project desktop
browser_status=$?
# Named one by one: the same tests pass on the embedded store and on a real Kubo daemon.
sh scripts/pytest_twice.sh -n 2 -v tests/adapters/ipfs
storage_status=$?
# Reorgs and crashes, each named, on one Anvil and on both databases.
sh scripts/pytest_twice.sh -v tests/indexer
indexer_status=$?
# An audit of honest epochs, and of each forged one, named; on a real chain.
sh scripts/pytest_twice.sh -n 2 --dist loadfile -v tests/audit
audit_status=$?
# One process, one stack: Anvil, keepers and backend serve all end-to-end tests.
sh scripts/pytest_twice.sh tests/e2e
e2e_status=$?
# Attacks, reorgs and crashes, each named: five keepers of which three are needed.
sh scripts/pytest_twice.sh -v tests/keepers_e2e
keepers_status=$?
.venv/bin/python scripts/verify.py foundry
foundry_status=$?
wait "$contracts"
contracts_status=$?
echo
echo "== contracts (brownie test) =="
cat build/test-contracts.log
[ "$product_status" -eq 0 ] && [ "$web_status" -eq 0 ] && [ "$browser_status" -eq 0 ] && [ "$storage_status" -eq 0 ] && [ "$e2e_status" -eq 0 ] \
  && [ "$keepers_status" -eq 0 ] && [ "$indexer_status" -eq 0 ] && [ "$audit_status" -eq 0 ] \
  && [ "$foundry_status" -eq 0 ] && [ "$contracts_status" -eq 0 ]
