#!/bin/sh
# What takes longer: the product's slow tests, then verification of the contracts, each tool on its own. All of them run even
# when one fails; their closing lines come at the end.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/verify
failed=0
closing=""
verify() {
  name=$1
  shift
  echo
  echo "== $name =="
  .venv/bin/python scripts/verify.py "$@" >"build/verify/$name.log" 2>&1
  status=$?
  cat "build/verify/$name.log"
  [ "$status" -eq 0 ] || failed=1
  closing="$closing
$(tail -n 1 "build/verify/$name.log")"
}
echo
echo "== pytest -m slow =="
sh scripts/pytest_twice.sh -m "slow and not load" -n 2 --dist loadfile -v tests >build/verify/pytest-slow.log 2>&1 || failed=1
cat build/verify/pytest-slow.log
closing="
$(tail -n 1 build/verify/pytest-slow.log)"
echo
echo "== the dApp in Chromium =="
npm --prefix web run --silent test:browser >build/verify/browser.log 2>&1 || failed=1
cat build/verify/browser.log
closing="$closing
$(tail -n 1 build/verify/browser.log)"
verify layout layout
verify slither slither
verify coverage coverage
verify halmos halmos
verify foundry foundry --profile slow
echo
echo "== closing lines ==$closing"
exit "$failed"
