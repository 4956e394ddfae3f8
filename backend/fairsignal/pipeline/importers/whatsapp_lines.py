"""How a message begins in WhatsApp's exports, and in which order its date is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from fairsignal.pipeline.importers.own_name import MARKS

__all__ = ["DateOrder", "Line", "parsed_line"]

_SPACE = "[ \u00a0\u2009\u202f]"  # since 2023, 12-hour clocks have a narrow no-break space before "PM"
_HEADER = re.compile(
    rf"""
    [{MARKS}]* (?P<bracket>\[)? [{MARKS}]*
    (?P<a>\d{{4}}|\d{{1,2}}) (?P<separator>[./-]){_SPACE}? (?P<b>\d{{1,2}}) (?P=separator){_SPACE}?
    (?P<c>\d{{4}}|\d{{1,2}}) \.?
    ,?{_SPACE} (?:(?:à|às|a[ ]las|at|um|om|o|alle){_SPACE})?
    (?:(?P<ahead>öö|ös){_SPACE}?)?  # Turkish clocks say it first
    (?P<hour>\d{{1,2}}) [:.] (?P<minute>\d{{2}}) (?:[:.](?P<second>\d{{2}}))?
    (?:{_SPACE}?(?P<half>[ap]\.?{_SPACE}?m\.?|öö|ös))?
    (?(bracket)\]{_SPACE}|{_SPACE}[-–]{_SPACE})
    (?P<rest>.*)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_FIRST_YEAR = 2009
"""WhatsApp's first."""
_LAST_YEAR = 2100
_ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
"""Where year, month and day stand."""


@dataclass(frozen=True, slots=True)
class Line:
    """The line that begins a message."""

    date: tuple[str, str, str]
    separator: str
    time: tuple[int, int, int]
    """Hour of 24, minute, second; the hour is 24 or more when there is none such."""
    half: str
    """``PM`` and the like as written, or the empty string on a 24-hour clock."""
    layout: tuple[object, ...]
    """What is the same in all such lines of one file."""
    rest: str


def parsed_line(text: str) -> Line | None:
    """``text`` in its parts, or None when it does not begin a message."""
    found = _HEADER.match(text)
    if found is None:
        return None
    half = found["half"] or found["ahead"] or ""
    hour = int(found["hour"])
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.casefold()[0] == "p" or half.casefold() == "ös" else 0)
    layout = (
        found["bracket"] is None,
        found["separator"],
        found["second"] is None,
        half == "",
        len(found["a"]) == 4,
        len(found["c"]) == 4,
    )
    return Line(
        date=(found["a"], found["b"], found["c"]),
        separator=found["separator"],
        time=(hour, int(found["minute"]), int(found["second"] or 0)),
        half=half,
        layout=layout,
        rest=found["rest"],
    )


class DateOrder:
    """Decides over a whole file whether its dates are day/month/year, month/day/year or year/month/day.

    Four digits in front are a year. Otherwise that order wins under which the fewest lines have an impossible date;
    among equals, the one under which time runs backwards the least often, as the lines are in the order of time.
    When both are equal, month comes first only beside a slash and an upper-case AM or PM, as in the USA; else the day.
    """

    def __init__(self) -> None:
        self._impossible = dict.fromkeys(_ORDERS, 0)
        self._backwards = dict.fromkeys(_ORDERS, 0)
        self._last: dict[str, datetime] = {}
        self._is_american = False
        self._order: str | None = None

    def see(self, line: Line) -> None:
        self._order = None
        self._is_american |= line.separator == "/" and line.half in ("AM", "PM")
        for order in _ORDERS:
            moment = _moment(line, order)
            if moment is None:
                self._impossible[order] += 1
                continue
            if moment.date() < self._last.get(order, moment).date():
                self._backwards[order] += 1
            self._last[order] = moment

    @property
    def order(self) -> str:
        """``dmy``, ``mdy`` or ``ymd``."""
        if self._order is None:
            usual = ("mdy", "dmy", "ymd") if self._is_american else ("dmy", "mdy", "ymd")
            self._order = min(usual, key=lambda order: (self._impossible[order], self._backwards[order]))
        return self._order

    def seconds(self, line: Line) -> int | None:
        """Unix seconds, the phone's clock read as UTC; None when there is no such time."""
        moment = _moment(line, self.order)
        return None if moment is None else int(moment.timestamp())


def _moment(line: Line, order: str) -> datetime | None:
    year_at, month_at, day_at = _ORDERS[order]
    if any(len(line.date[place]) == 4 for place in (month_at, day_at)):
        return None
    year = int(line.date[year_at])
    year += 2000 if len(line.date[year_at]) < 4 else 0
    if not _FIRST_YEAR <= year < _LAST_YEAR:
        return None
    try:
        return datetime(year, int(line.date[month_at]), int(line.date[day_at]), *line.time, tzinfo=UTC)
    except ValueError:
        return None
