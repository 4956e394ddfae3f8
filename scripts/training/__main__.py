"""Train the networks, set the thresholds, write the files.

Weights come from the train part. Thresholds, and when to ask the second reader, come from the tune part, whose voices
the networks have not seen. The test part is scored by the files as they are written, through the product's own code.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fairsignal.adapters.embed.data import DATA, HEADS, LEXICON
from fairsignal.adapters.embed.heads import load_classifier
from fairsignal.adapters.embed.lexicon import Lexicon
from fairsignal.bootstrap.models import open_embedder
from fairsignal.domain.errors import FairsignalError
from fairsignal.ports import Embedder

from .builtin import train_builtin
from .choose import choose
from .examples import Examples, read_examples
from .figures import Decisions, by_class, by_interest, decide, figures, markdown
from .messages import read_messages, read_splits
from .plugin import train_heads
from .splits import as_toml, assign
from .write import heads_files

Array = np.ndarray
CARD = Path(__file__).resolve().parents[2] / "docs/model-card.md"


def main() -> int:
    parser = argparse.ArgumentParser(description="Rebuild the classifier's heads.")
    parser.add_argument("--check", action="store_true", help="compare with the files that are there; write nothing")
    parser.add_argument(
        "--test",
        action="store_true",
        help="only look at the test part, with the files that are there; fills the model card's tables",
    )
    parser.add_argument("--assign", action="store_true", help="give new voices a part first")
    parser.add_argument("--plugin", action="store_true", help="heads for the embedder that FAIRSIGNAL_MODEL_* names")
    parser.add_argument("--out", type=Path, default=HEADS, help="folder for the files; --plugin needs one")
    options = parser.parse_args()

    if options.plugin and options.out == HEADS:
        parser.error("--plugin needs a folder of its own: --out FOLDER")
    try:
        embedder = open_embedder() if options.plugin else None
    except FairsignalError as error:
        sys.exit(f"{error.message} {error.remedy}")
    split_file = DATA / "messages" / "splits.toml"
    messages = read_messages(DATA / "messages")
    splits = read_splits(split_file) if split_file.exists() else {}
    voices = {item.voice for item in messages}
    if options.assign:
        splits = assign(voices, splits)
        split_file.write_text(as_toml(splits), "utf-8")
    if missing := sorted(voices - splits.keys()):
        sys.exit(f"Voices without a part in splits.toml: {', '.join(missing)}. Run with --assign.")
    lexicon = Lexicon(LEXICON)

    def part(name: str) -> Examples:
        return read_examples([item for item in messages if splits[item.voice] == name], lexicon)

    if options.test:
        parts = {"test voices": part("test")}
        parts |= {name: read_examples(read_messages(DATA / name), lexicon) for name in ("outsider", "blind")}
        return _look_at_test(parts, options.out, embedder)
    train, tune = part("train"), part("tune")
    print(f"{len(train.messages)} messages to train on, {len(tune.messages)} to tune on", file=sys.stderr)
    trained = train_builtin(train, tune) if embedder is None else train_heads(embedder, train, tune)
    chosen = choose(trained, tune)
    decisions = decide(chosen.logits, chosen.interest, chosen.block)
    summary = figures(tune.messages, decisions)
    print(markdown({"tune voices (thresholds were set on these)": summary}))
    files = heads_files(trained, chosen, lexicon.id, summary)
    if options.check:
        stale = [name for name, content in files.items() if not _same(options.out / name, content)]
        print(f"differ from what the data gives: {', '.join(stale)}" if stale else "heads are up to date")
        return 1 if stale else 0
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (options.out / name).write_bytes(content)
    print(f"{options.out}: {sum(map(len, files.values())) / 1e6:.1f} MB")
    print(json.dumps(chosen.summary(), indent=2))
    return 0


def _look_at_test(parts: dict[str, Examples], folder: Path, embedder: Embedder | None) -> int:
    from fairsignal.adapters.embed import UseEmbedder

    embed: Callable[..., Array] = (embedder or UseEmbedder(folder)).embed
    heads = load_classifier(folder)

    def decided(examples: Examples) -> Decisions:
        logits = heads.logits(embed(examples.texts), examples.texts)
        return decide(logits, heads.thresholds[heads.interests[0]], heads.thresholds[heads.sensitive[0]])

    judged = {name: decided(examples) for name, examples in parts.items()}
    groups = {name: figures(examples.messages, judged[name]) for name, examples in parts.items()}
    test, decisions = parts["test voices"], judged["test voices"]
    for language in sorted({item.language for item in test.messages}):
        rows = [row for row, item in enumerate(test.messages) if item.language == language]
        groups[language] = figures([test.messages[row] for row in rows], decisions.of(rows))
    tables = {
        "test": markdown(groups, "language"),
        "classes": markdown(by_class(test.messages, decisions), "class"),
        "interests": markdown(by_interest(test.messages, decisions), "interest"),
    }
    card = CARD.read_text("utf-8")
    for name, table in tables.items():
        print(f"{table}\n")
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        card = card[: card.index(begin) + len(begin)] + table + card[card.index(end) :]
    CARD.write_text(card, "utf-8")
    return 0


def _same(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    raise SystemExit(main())
