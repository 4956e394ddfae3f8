"""How much personal data the scrubber finds, and how often it touches a message that has none.

python scripts/train.py --scrub             # the table: recall by kind, with Wilson's 95 % intervals
python scripts/train.py --scrub --misses    # and what went wrong in the half to develop on
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import fairsignal

from .figures import Share
from .scrub_set import HALVES, KINDS, ScrubMessage, missed_spans, read_scrub_set, scrubbed

__all__ = ["DATA", "altered_share", "recall"]

DATA = Path(fairsignal.__file__).parent / "data" / "scrub"


def recall(messages: Iterable[ScrubMessage]) -> dict[str, Share]:
    """Kind, and ``all`` -> spans found of those marked."""
    marked, found = dict.fromkeys(("all", *KINDS), 0), dict.fromkeys(("all", *KINDS), 0)
    for message in messages:
        missed = missed_spans(message)
        for span in message.spans:
            for name in ("all", span.kind):
                marked[name] += 1
                found[name] += span not in missed
    return {name: Share(found[name], marked[name]) for name in marked}


def altered_share(messages: Iterable[ScrubMessage]) -> Share:
    """Clean messages that are no longer what was typed."""
    clean = [message.text for message in messages if not message.spans]
    return Share(sum(scrubbed(text) != text for text in clean), len(clean))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/train.py --scrub", description="Figures of the scrubber.")
    parser.add_argument("--misses", action="store_true", help="list what went wrong in the half to develop on")
    options = parser.parse_args()
    messages = read_scrub_set(DATA)
    columns = {half: [message for message in messages if message.half == half] for half in HALVES}
    figures = {half: recall(part) for half, part in columns.items()}
    print("| | " + " | ".join(HALVES) + " |\n|---|" + "---|" * len(HALVES))
    for kind in ("all", *KINDS):
        print(f"| recall, {kind} | " + " | ".join(_exact(figures[half][kind]) for half in HALVES) + " |")
    altered = " | ".join(_exact(altered_share(columns[half])) for half in HALVES)
    print(f"| clean messages altered | {altered} |")
    if options.misses:
        _show_misses(columns[HALVES[0]])


def _exact(share: Share) -> str:
    low, high = share.interval()
    return f"{share.value:.4f} ({low:.3f} to {high:.3f}, n={share.of})"


def _show_misses(messages: list[ScrubMessage]) -> None:
    for message in messages:
        after = scrubbed(message.text)
        for span in missed_spans(message):
            print(f"missed {span.kind}: {message.text[span.start : span.end]!r} in {message.text!r} -> {after!r}")
        if not message.spans and after != message.text:
            print(f"altered: {message.text!r} -> {after!r}")


if __name__ == "__main__":
    main()
