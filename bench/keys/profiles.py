"""The profile that is sealed: eight categories with a signal."""

from __future__ import annotations

from fairsignal.domain.signals import ExtractionReport, Intent, ScreenedProfile, Signal

__all__ = ["CATEGORIES", "profile"]

CATEGORIES = ("travel", "outdoors", "fitness", "cooking", "cars", "fashion", "music", "books")
_NOW = 1_790_000_000
_DAY = 86_400


def profile() -> ScreenedProfile:
    signals = tuple(
        Signal(slug, 0.5 + place / 20, 3 + place, _NOW - 90 * _DAY, _NOW - place * _DAY, Intent.COMPARING, "en")
        for place, slug in enumerate(CATEGORIES)
    )
    report = ExtractionReport(messages=40, used=30, dropped={}, personal_data={}, model_id="bench")
    return ScreenedProfile(signals=signals, report=report, evidence=(), dropped=())
