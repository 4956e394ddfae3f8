"""``fairsignal classify`` and ``extract``, as they are typed, on the shipped model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fairsignal.domain.categories import INTERESTS, PROHIBITED

CHATS = Path(__file__).parents[2] / "examples/chats"


def fairsignal(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fairsignal", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"COLUMNS": "200"} | environment,
    )


def classified(folder: Path, *lines: str) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    done = fairsignal("classify", "--in", folder / "in.jsonl", "--out", folder / "out.jsonl")
    out = folder / "out.jsonl"
    return done, [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.exists() else []


def test_classify_writes_one_judgement_per_message_in_order(tmp_path: Path) -> None:
    done, rows = classified(
        tmp_path,
        '{"id": "a", "text": "which hiking boots for the alps, I want to order them today"}',
        "",
        '{"id": 2, "text": "my doctor raised my sertraline because of the depression"}',
        '{"id": "c", "text": "cuffie sony o bose?", "lang": "it"}',
        '{"id": "d", "text": "short", "lang": "ja"}',
    )
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in rows] == ["a", "2", "c", "d"]
    assert {frozenset(row) for row in rows} == {
        frozenset({"id", "language", "interests", "sensitive", "blocked", "reasons", "intent"})
    }
    boots, medicine, headphones, foreign = rows
    assert "outdoors" in {item["slug"] for item in boots["interests"]} <= {item.slug for item in INTERESTS}
    assert (boots["language"], boots["intent"], boots["blocked"], boots["sensitive"]) == ("en", "ready", False, [])
    assert medicine["blocked"]
    assert medicine["interests"] == []
    assert "health" in {item["class"] for item in medicine["sensitive"]} <= {item.slug for item in PROHIBITED}
    assert any(reason.endswith(":health") for reason in medicine["reasons"])
    assert headphones["language"] == "it"
    assert (foreign["blocked"], foreign["reasons"], foreign["interests"]) == (True, ["language:ja"], [])
    assert all(0 <= item["score"] <= 1 for row in rows for item in row["interests"] + row["sensitive"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nope", "in.jsonl:2 is no JSON"),
        ('["a"]', 'no object with a string "text"'),
        ('{"id": 1}', 'no object with a string "text"'),
        ('{"text": "x"}', 'has no "id"'),
        ('{"id": "first", "text": "x"}', "repeats an id"),
        ('{"id": 1, "text": "x", "lang": 7}', "no ISO 639-1 code"),
    ],
)
def test_classify_names_the_bad_line_and_writes_nothing(tmp_path: Path, line: str, says: str) -> None:
    done, rows = classified(tmp_path, '{"id": "first", "text": "secret hobby"}', line)
    assert done.returncode != 0
    assert says in done.stderr
    assert "secret hobby" not in done.stderr + done.stdout
    assert rows == []
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_extract_explains_what_led_to_what_and_what_was_dropped() -> None:
    done = fairsignal("extract", "--in", CHATS / "anna-en", "--json", "--explain")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {signal["category"] for signal in told["signals"]} == set(told["evidence"])
    assert all(len(told["evidence"][signal["category"]]) == signal["evidence"] >= 2 for signal in told["signals"])
    assert sum(told["dropped"].values()) == len(told["dropped_messages"]) > 0


def test_extract_each_reports_file_by_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", "utf-8")
    done = fairsignal("extract", "--each", "--in", CHATS / "marta-es", "--in", broken, "--out", tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert "1 of 2 exports extracted, 1 failed" in done.stderr
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert first["profile"]["signals"]
    assert first["error"] is None
    assert second["profile"] is None
    assert second["error"]["remedy"]


def test_many_workers_need_many_people() -> None:
    done = fairsignal("extract", "--in", CHATS / "anna-en", "--engine", "ray")
    assert done.returncode != 0
    assert "--each" in done.stderr


def test_nothing_is_left_in_the_home_directory_for_anybodys_telemetry(tmp_path: Path) -> None:
    done = fairsignal("extract", "--in", CHATS / "anna-en", HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
