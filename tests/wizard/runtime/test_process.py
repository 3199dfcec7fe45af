"""Scratch runs leave nothing behind, however they end."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import wizard.runtime.process
from wizard.adapters.clock import SystemClock
from wizard.errors import CancelledError
from wizard.runtime.process import Scratch, free_port, passable, run
from wizard.values.live import LiveTrouble, LogLine

OWNER = """
import sys, time
from wizard.runtime.process import Scratch
scratch = Scratch()
stubborn = "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);" \\
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True);" \\
    "print('up', flush=True); time.sleep(600)"
child = scratch.spawn([sys.executable, "-c", stubborn], environment={})
while "up" not in child.lines:
    child.wait(0.05, lambda: False)
print(scratch.path, child.pid, flush=True)
{ending}
"""


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    scratch = Scratch()
    yield scratch
    scratch.close()
    assert not scratch.path.exists()


def gone(path: Path, pid: int) -> bool:
    return not path.exists() and not psutil.pid_exists(pid) and not marked(path)


def marked(path: Path) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("STACK_WIZARD_SCRATCH") == str(path):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize(
    ("ending", "send"),
    [("time.sleep(600)", signal.SIGKILL), ("time.sleep(600)", signal.SIGINT), ("sys.exit(0)", None), ("1 / 0", None)],
)
def test_nothing_outlives_the_owner(ending: str, send: signal.Signals | None) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.replace("{ending}", ending)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert owner.stdout is not None
    words = owner.stdout.readline().split()
    path, pid = Path(words[0]), int(words[1])
    if send is not None:
        owner.send_signal(send)
    owner.wait(10)
    owner.stdout.close()
    assert SystemClock().wait(60, lambda: gone(path, pid)), (path.exists(), psutil.pid_exists(pid), marked(path))


def test_closing_twice_is_harmless(scratch: Scratch) -> None:
    scratch.spawn([sys.executable, "-c", "import time; time.sleep(600)"], environment={})
    scratch.close()
    scratch.close()


def test_a_flood_of_binary_lines_is_read_without_keeping_it(scratch: Scratch) -> None:
    seen: list[LogLine] = []
    code = "import sys; [sys.stdout.buffer.write(b'\\xff\\x00line\\n') for _ in range(50000)]; print('x' * 100000)"
    child = run(
        scratch,
        [sys.executable, "-c", code],
        limit=30,
        cancelled=lambda: False,
        what="flood",
        environment={},
        sink=seen.append,
    )
    assert len(seen) > 50000
    assert len(child.lines) == 2000
    assert max(len(line.text) for line in seen) <= 8192


def test_a_command_has_a_time_limit(scratch: Scratch) -> None:
    with pytest.raises(LiveTrouble, match="the thing took longer than") as caught:
        run(
            scratch,
            [sys.executable, "-c", "import time; time.sleep(60)"],
            limit=0.2,
            cancelled=lambda: False,
            what="the thing",
        )
    assert caught.value.cause == "timeout"


def test_a_command_is_cancelled(scratch: Scratch) -> None:
    with pytest.raises(CancelledError):
        run(
            scratch,
            [sys.executable, "-c", "import time; time.sleep(60)"],
            limit=30,
            cancelled=lambda: True,
            what="the thing",
        )


def test_text_reaches_standard_input(scratch: Scratch) -> None:
    words = [sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"]
    child = run(scratch, words, limit=10, cancelled=lambda: False, what="echo", environment={}, text="größer")
    assert child.output().strip() == "GRÖSSER"


def test_a_free_port_is_the_preferred_one_when_nobody_listens_there() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        assert free_port((taken,)) != taken
    assert free_port((taken,)) == taken


@pytest.mark.parametrize(
    ("said", "taken"), [("32768\t60999\n", (32768, 60999)), ("1024 65535", None), ("", (49152, 65535))]
)
def test_a_free_port_is_none_that_an_outgoing_connection_may_be_given(
    said: str, taken: tuple[int, int] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "range").write_text(said)
    monkeypatch.setattr(wizard.runtime.process, "LOCAL_PORTS", tmp_path / "range")
    ports = [free_port() for _ in range(20)]
    assert all(port >= 1024 for port in ports)
    if taken:
        assert not any(taken[0] <= port <= taken[1] for port in ports)


def test_a_private_folder_is_not_passable(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    assert not passable(tmp_path / "private")
    assert passable(Path("/usr/bin"))
