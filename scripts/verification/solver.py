"""An SMT solver for halmos: Yices, joined by cvc5 when it needs longer; the first answer wins.

Yices is quick on bits. Multiplication and division in 256 bits it does not finish, which cvc5 settles in milliseconds
when it reads bit-vectors as integers. Each is sound, so either answer will do.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HEAD_START = 3.0
LONGEST = 600.0


def cvc5_main(query: str) -> None:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("produce-models", "true")
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("tlimit", str(int(LONGEST * 1000)))
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, query)
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(solver, parser.getSymbolManager()), end="", flush=True)


def start(args: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def answer(process: "subprocess.Popen[str]", wait: float) -> str | None:
    """What it printed when that decides the query, else None."""
    try:
        output, _ = process.communicate(timeout=wait)
    except subprocess.TimeoutExpired:
        return None
    return output if output.startswith(("sat", "unsat")) else None


def race(query: str) -> str:
    yices = Path(sys.executable).parent / "yices-smt2"
    # The model in the form that halmos reads.
    form = ["--smt2-model-format", "--bvconst-in-decimal"]
    running = [start([str(yices), *form, f"--timeout={int(LONGEST)}", query])]
    try:
        if decided := answer(running[0], HEAD_START):
            return decided
        running.append(start([sys.executable, __file__, "--cvc5", query]))
        ends = time.monotonic() + LONGEST
        while running and time.monotonic() < ends:
            for process in list(running):
                if decided := answer(process, 0.05):
                    return decided
                if process.poll() is not None:
                    running.remove(process)
    finally:
        for process in running:
            process.kill()
    return "unknown\n"


if __name__ == "__main__":
    if sys.argv[1] == "--cvc5":
        cvc5_main(sys.argv[2])
        sys.stdout.flush()
        os._exit(0)  # cvc5's objects may be torn down in the wrong order
    sys.stdout.write(race(sys.argv[-1]))
