from pathlib import Path

import pytest

from fairsignal.adapters.embed.lexicon import Lexicon


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    (tmp_path / "health.txt").write_text(
        "# comment\n[strong]\nsertralin*, blood test*, müde\n[weak]\ndoctor\n", "utf-8"
    )
    return Lexicon(tmp_path)


def hits(lexicon: Lexicon, text: str) -> dict[str, int]:
    row = lexicon.features([text])[0].astype(int).reshape(3, -1).sum(axis=0)
    return dict(zip(lexicon.columns, row.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "strong", "weak"),
    [
        ("nothing here", 0, 0),
        ("SERTRALINE again", 1, 0),
        ("my blood tests", 1, 0),
        ("blood and tests", 0, 0),
        ("the last blood", 0, 0),
        ("bin müde / muede / mude", 3, 0),
        ("doctor doctors", 0, 1),
        ("sertralin " * 9, 3, 0),
    ],
)
def test_terms_are_counted_up_to_three(lexicon: Lexicon, text: str, strong: int, weak: int) -> None:
    assert hits(lexicon, text) == {"health:strong": strong, "health:weak": weak}


def test_the_id_is_that_of_the_content(tmp_path: Path, lexicon: Lexicon) -> None:
    assert Lexicon(tmp_path).id == lexicon.id
    (tmp_path / "health.txt").write_text("[strong]\nother\n")
    assert Lexicon(tmp_path).id != lexicon.id
