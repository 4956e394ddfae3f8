import pytest

from fairsignal.pipeline.negation import without_dislikes


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("I hate hiking. what about a film?", "what about a film?"),
        ("we really can't stand camping, a hotel then", "a hotel then"),
        ("i'm not into cars but my bike needs a new chain", "my bike needs a new chain"),
        ("ich mag kein Fußball, eher Bücher", "eher Bücher"),
        ("Wandern hasse ich! Strand?", "Strand?"),
        ("no me gusta cocinar, dónde ceno", "dónde ceno"),
        ("je déteste le camping, un hôtel ?", "un hôtel ?"),
        ("non mi piace il calcio ma seguo il basket", "seguo il basket"),
        ("não gosto de praia, prefiro serra", "prefiro serra"),
        ("ik hou niet van voetbal, wel van boeken", "wel van boeken"),
        ("nie lubię gotować, gdzie zjeść", "gdzie zjeść"),
        ("kamp yapmayı sevmiyorum, otel öner", "otel öner"),
        ("I don't like hiking", ""),
    ],
)
def test_rejected_things_are_dropped_clause_by_clause(text: str, rest: str) -> None:
    assert without_dislikes(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "I don't have a tent yet, which one?",
        "what would you like to know about my garden",
        "why not a van instead",
        "ich mag Wandern",
        "ich kann nicht schlafen, welches Buch",
        "no tengo coche, cuál compro",
        "looks like rain, what do we do in Rome",
    ],
)
def test_what_is_no_dislike_stays(text: str) -> None:
    assert without_dislikes(text) == text
