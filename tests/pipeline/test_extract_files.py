"""Many exports: one record each, in order, whatever happens to the others."""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path

import pytest

from fairsignal.domain.errors import Unavailable
from fairsignal.pipeline.extract_files import FileRecord, extract_files
from tests.pipeline import file_extractors

NOW = 1_790_000_000


def export(path: Path, *texts: str) -> Path:
    turns = [{"role": "user", "content": text, "created": NOW} for text in texts]
    path.write_text(json.dumps({"id": path.stem, "messages": turns}) + "\n")
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    broken = tmp_path / "broken.json"
    broken.write_text('[{"mapping": {')
    return [
        export(tmp_path / "z.jsonl", "tent one", "tent two", "xyzzy"),
        tmp_path / "missing.json",
        export(tmp_path / "crash.jsonl", "secret tent", "please crash"),
        broken,
        export(tmp_path / "a.jsonl", "cat one", "cat two", "hello there", "tent near the clinic"),
    ]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log").touch()
    return tmp_path / "log"


def run(files: list[Path], log: Path, **options: object) -> list[FileRecord]:
    factory = functools.partial(file_extractors.words, log)
    return list(extract_files(files, extractor=factory, now=NOW, **options))  # type: ignore[arg-type]


def test_every_file_has_its_record_in_order(files: list[Path], log: Path) -> None:
    records = run(files, log)
    assert [record.path for record in records] == [str(path) for path in files]
    assert [record.error and record.error["code"] for record in records] == [
        None,
        "bad-input",
        "internal",
        records[3].error["code"] if records[3].error else "no error",
        None,
    ]
    tents, *_, cats = [record.profile for record in records]
    assert tents is not None
    assert cats is not None
    assert [signal["category"] for signal in tents["signals"]] == ["outdoors"]
    assert [signal["category"] for signal in cats["signals"]] == ["pets"]
    assert cats["dropped"] == {"sensitive:health": 1}


def test_no_record_holds_a_chat(files: list[Path], log: Path) -> None:
    told = json.dumps([record.as_json() for record in run(files, log, explain=True)])
    assert "xyzzy" not in told
    assert "secret" not in told
    assert "RuntimeError" in told


def test_consent_and_explanation_are_passed_on(files: list[Path], log: Path) -> None:
    first, *_ = run(files, log, allowed={"pets"}, explain=True)
    assert first.profile is not None
    assert (first.profile["signals"], first.profile["evidence"]) == ([], {})
    *_, last = run(files, log, explain=True)
    assert last.profile is not None
    assert [item["rule"] for item in last.profile["dropped_messages"]] == ["sensitive:health"]


def test_the_model_is_opened_once(files: list[Path], log: Path) -> None:
    run(files, log)
    assert len(log.read_text().split()) == 1


def test_a_missing_model_is_looked_for_once_and_told_for_every_file(files: list[Path], log: Path) -> None:
    factory = functools.partial(file_extractors.missing, log)
    records = list(extract_files(files, extractor=factory, now=NOW))
    assert {record.error["code"] for record in records if record.error} == {"model-unavailable"}
    assert [record.profile for record in records] == [None] * len(files)
    assert len(log.read_text().split()) == 1


def test_progress_counts_files_as_they_come(files: list[Path], log: Path) -> None:
    seen: list[int] = []
    records = extract_files(
        files, extractor=functools.partial(file_extractors.words, log), now=NOW, progress=seen.append
    )
    next(records)
    assert seen == [1]
    assert len(list(records)) == len(files) - 1
    assert seen == [1, 2, 3, 4, 5]


def test_no_files_give_no_records(log: Path) -> None:
    assert run([], log) == []
    assert run([], log, engine="ray") == []


def test_without_ray_the_remedy_is_named(files: list[Path], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Unavailable, match="not installed") as caught:
        run(files, log, engine="ray")
    assert "make setup-plugins" in caught.value.remedy
