"""One engine in a process of its own: reads commands, answers each with a line of JSON.

.venv-bench/bin/python -m bench.extract.worker prepare tfidf              # train it, say into which file
.venv-bench/bin/python -m bench.extract.worker run tfidf FILE WARM_UP     # then: round TEXTS | peak | f1
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.extract.corpus import part
from bench.extract.engines import SLUGS, open_engine, prepare
from scripts.training.messages import Labelled


def answers(name: str, trained: str, warm_up: str) -> Iterator[object]:
    # Texts come in files: reading the labelled messages here would count as the engine's memory.
    engine = open_engine(name, trained)
    engine.run(json.loads(Path(warm_up).read_text("utf-8")), 0)
    yield engine.id
    for number, line in enumerate(sys.stdin, start=1):
        command, *arguments = line.split(maxsplit=1)
        if command == "round":
            texts = json.loads(Path(arguments[0].strip()).read_text("utf-8"))
            cpu, wall = time.process_time(), time.perf_counter()
            engine.run(texts, number)
            yield {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "messages": len(texts)}
        elif command == "f1":
            yield best_f1(engine.scores([message.text for message in harmless()]))
        else:
            # Kibibytes on Linux, bytes on macOS.
            unit = 1 if sys.platform == "darwin" else 1024
            yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def harmless() -> list[Labelled]:
    return [message for message in part("tune") if not message.sensitive]


def best_f1(scores: np.ndarray) -> dict[str, float]:
    """Interest micro-F1 at the threshold that suits these scores best: peers have no shipped one."""
    truth = np.array([[slug in message.interests for slug in SLUGS] for message in harmless()])

    def at(threshold: float) -> float:
        predicted = scores >= threshold
        return 2 * float((predicted & truth).sum()) / max(float(predicted.sum() + truth.sum()), 1.0)

    threshold = max((round(0.02 * step, 2) for step in range(1, 50)), key=at)
    return {"f1": at(threshold), "threshold": threshold, "messages": len(truth)}


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        print(json.dumps(str(prepare(sys.argv[2]))))
    else:
        for answer in answers(*sys.argv[2:]):
            print(json.dumps(answer), flush=True)
