"""A screened profile as plain JSON: what the command line prints and what workers hand back. Never chat text."""

from __future__ import annotations

from typing import Any

from fairsignal.domain.signals import ScreenedProfile

__all__ = ["profile_as_json"]


def profile_as_json(profile: ScreenedProfile, *, explain: bool = False) -> dict[str, Any]:
    """Signals and counts; with ``explain`` also which messages led to what, and which were dropped for which rule."""
    document: dict[str, Any] = {
        "signals": [
            {
                "category": signal.slug,
                "score": round(signal.score, 4),
                "evidence": signal.evidence,
                "first_seen": signal.first_seen,
                "last_seen": signal.last_seen,
                "intent": str(signal.intent),
                "language": signal.language,
            }
            for signal in profile.signals
        ],
        "messages": profile.report.messages,
        "used": profile.report.used,
        "dropped": dict(profile.report.dropped),
        "personal_data": dict(profile.report.personal_data),
        "model": profile.report.model_id,
    }
    if explain:
        document["evidence"] = {evidence.slug: list(evidence.message_ids) for evidence in profile.evidence}
        document["dropped_messages"] = [{"id": item.message_id, "rule": item.rule} for item in profile.dropped]
    return document
