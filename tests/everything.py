"""Runs every test: the lab's engine beside what needs no port of the sample stack, then what does.

The lab needs those ports, as do most tests with servers: those two never run at once. The lab mostly waits for
containers, so what needs no server, or one on any free port (`own_ports`), fills that time. Run as
`python -m tests.everything [PYTEST ARGUMENTS]`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import IO

SERVERS = "(embedded or engine or journey) and not own_ports"
NO_SERVER = ["--ignore=tests/lab", "--ignore=tests/journeys", "-m", f"not ({SERVERS})"]
WITH_SERVERS = ["--ignore=tests/lab", "-m", SERVERS]
COUNT = re.compile(r"(\d+) (failed|errors?|passed|skipped|xfailed|xpassed|warnings?|deselected)\b")


def pytest(arguments: Sequence[str], output: IO[str] | int) -> subprocess.Popen[str]:
    """Starts one run of pytest."""
    words = [sys.executable, "-m", "pytest", *arguments]
    # Hundreds of tests start the program: without kept bytecode each start compiles some 200 modules, most of its time.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(words, env=kept, stdout=output, stderr=subprocess.STDOUT, text=True, errors="replace")


def in_front(title: str, arguments: Sequence[str]) -> tuple[int, str]:
    """Runs pytest, prints what it says as it comes; returns its exit code and its text."""
    print(f"\n--- {title}", flush=True)
    kept: list[str] = []
    with pytest(arguments, subprocess.PIPE) as run:
        assert run.stdout is not None
        for line in run.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            kept.append(line)
    return run.returncode, "".join(kept)


@contextmanager
def beside(arguments: Sequence[str]) -> Iterator[Callable[[], tuple[int, str]]]:
    """Runs pytest in the background; what is given waits for its end and returns its exit code and its text."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        run = pytest(arguments, output)

        def ended() -> tuple[int, str]:
            code = run.wait()
            output.seek(0)
            return code, output.read()

        try:
            yield ended
        finally:
            if run.poll() is None:
                run.send_signal(signal.SIGINT)  # its fixtures take the engine down
            run.wait()


def closing(text: str) -> Counter[str]:
    """Returns the counts of pytest's closing line, by word; empty when the run did not come that far."""
    last = next((line for line in reversed(text.splitlines()) if " in " in line and COUNT.search(line)), "")
    return Counter({word.removesuffix("s") if word == "errors" else word: int(n) for n, word in COUNT.findall(last)})


def main(arguments: Sequence[str]) -> int:
    """Runs the three groups; returns 1 when one of them failed or did not end with a closing line."""
    begun = monotonic()
    with beside(["tests/lab"]) as lab:
        runs = [in_front("no server, or one on a free port", [*arguments, *NO_SERVER])]
        runs.append(lab())
    print("\n--- the lab: a real engine", runs[1][1], sep="\n", flush=True)
    runs.append(in_front("real servers and terminals", [*arguments, *WITH_SERVERS]))
    texts = [text for _, text in runs]
    counts = [closing(text) for text in texts]
    total: Counter[str] = sum(counts, Counter())
    failed = [line for text in texts for line in text.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    print("\n--- all three", *failed, sep="\n")
    words = ", ".join(f"{total[word]} {word}" for word in ("failed", "error", "passed", "skipped") if total[word])
    print(f"=========== {words} in {monotonic() - begun:.2f}s ===========")
    return int(any(code for code, _ in runs) or not all(counts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
