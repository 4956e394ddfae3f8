"""``python -m fairsignal``: the same as the ``fairsignal`` command."""

from fairsignal.cli import main

main()
