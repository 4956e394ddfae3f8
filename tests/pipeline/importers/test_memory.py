"""An export of any size is read in little memory. 1 GB is slow: ``pytest -m slow tests/pipeline/importers``."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from .exports import claude_conversation, claude_message, conversation, node

TURNS = 10
ANSWER = "A long answer, with “quotes”, a line\nbreak and an ümlaut; none of it is the person's own. " * 60
QUESTION = "which tent stays dry in a week of rain, and is light enough to carry up to a hut? "
# The peak of the address space, not of the process: that one includes the test runner from which it was started.
_MEASURE = """
import sys
from pathlib import Path
from fairsignal.pipeline.importers import read_chats

count = sum(1 for _ in read_chats(Path(sys.argv[1])))
try:
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
except OSError:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # macOS counts bytes
print(count, peak // 1024)
"""


def chatgpt_chat() -> str:
    turns, parent = [], "root"
    for turn in range(TURNS):
        question, answer = f"@@-u{turn}", f"@@-a{turn}"
        turns += [node(question, parent, "user", QUESTION), node(answer, question, "assistant", ANSWER)]
        parent = answer
    return json.dumps(conversation(*turns, name="@@"), ensure_ascii=False)


def chatgpt_chat_of_short_messages() -> str:
    """The most messages that a file can hold: what is remembered of each of them weighs the most."""
    turns, parent = [], "root"
    for turn in range(TURNS):
        turns.append(node(f"@@-u{turn}", parent, "user", "a tent"))
        parent = f"@@-u{turn}"
    return json.dumps(conversation(*turns, name="@@"))


def claude_chat() -> str:
    turns = []
    for turn in range(TURNS):
        turns.append(claude_message("human", QUESTION, uuid=f"@@-u{turn}"))
        turns.append(claude_message("assistant", ANSWER, uuid=f"@@-a{turn}"))
    return json.dumps(claude_conversation(*turns, name="@@"), ensure_ascii=False)


def write_export(stream: IO[bytes], chat: str, size: int) -> int:
    """Writes at least ``size`` bytes of chats, each with ids of its own; -> how many chats."""
    count, written = 0, 0
    while written < size:
        data = ("," if count else "[").encode() + chat.replace("@@", f"{count:032}").encode()
        written += stream.write(data)
        count += 1
    stream.write(b"]")
    return count


def read_in_a_process_of_its_own(path: Path) -> tuple[int, int]:
    """(messages, peak of memory in MB)"""
    command = [sys.executable, "-c", _MEASURE, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=800)
    count, megabytes = map(int, done.stdout.split())
    return count, megabytes


@pytest.mark.parametrize("build", [chatgpt_chat, claude_chat])
def test_a_60_mb_export_is_read_in_under_80_mb(tmp_path: Path, build: Callable[[], str]) -> None:
    path = tmp_path / "conversations.json"
    with path.open("wb") as stream:
        chats = write_export(stream, build(), 60_000_000)
    count, megabytes = read_in_a_process_of_its_own(path)
    assert count == chats * TURNS
    assert megabytes < 80


def test_a_60_mb_member_of_a_zip_is_read_in_under_80_mb(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("conversations.json", "w") as stream,
    ):
        chats = write_export(stream, claude_chat(), 60_000_000)
    count, megabytes = read_in_a_process_of_its_own(path)
    assert count == chats * TURNS
    assert megabytes < 80


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("build", [chatgpt_chat, chatgpt_chat_of_short_messages, claude_chat])
def test_a_1_gb_export_is_read_in_under_300_mb(tmp_path: Path, build: Callable[[], str]) -> None:
    path = tmp_path / "conversations.json"
    with path.open("wb") as stream:
        chats = write_export(stream, build(), 1 << 30)
    try:
        count, megabytes = read_in_a_process_of_its_own(path)
    finally:
        path.unlink()
    print(f"{path.name}: {count} own messages, peak {megabytes} MB")
    assert count == chats * TURNS
    assert megabytes < 300
