#!/bin/sh
# Run pytest; what fails is run once more, by itself, and fails the run if it fails again. Tests here start real chains,
# databases and browsers: on a machine that is busy with other things one of hundreds answers late. Both runs are printed.
set -u
.venv/bin/python -m pytest "$@" && exit 0
status=$?
[ "$status" -eq 1 ] || exit "$status" # anything but failed tests: nothing to repeat
echo
echo "== once more, what failed =="
exec .venv/bin/python -m pytest --last-failed --last-failed-no-failures none "$@"
