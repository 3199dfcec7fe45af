"""`report --serve` in a process of its own: loopback, no foreign name, reloaded when the stack changes, no write."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import AUTHOR
from tests.wizard.output.browser import browser
from wizard.session.sample import create_demo

PATIENCE = 60
CORE = "services/core/models.py"


class Served:
    """A running `report --serve` on a sample stack."""

    def __init__(self, root: Path, *words: str) -> None:
        self.root = root
        place = [sys.executable, "-m", "screens", "-C", str(root)]
        self.process = subprocess.Popen(
            [*place, "report", "--serve", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().removeprefix("serving ").strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", self.url)
        assert found is not None, self.url
        self.port = int(found[1])

    def ask(self, path: str = "/", *, host: str = "", method: str = "GET") -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        line.request(method, path, headers={"Host": host or f"127.0.0.1:{self.port}"})
        answer = line.getresponse()
        told = answer.status, dict(answer.getheaders()), answer.read().decode()
        line.close()
        return told

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process.stdout, self.process.stderr as errors:
            return code, errors.read()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(create_demo(tmp_path_factory.mktemp("served") / "stack", author=AUTHOR))
    yield running
    assert running.end(signal.SIGTERM) == (0, "")


def test_the_page_and_its_policy(served: Served) -> None:
    status, headers, text = served.ask()
    assert status == 200
    assert "allocation needs price" in text
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'sha256-" in policy
    assert "connect-src 'self'; frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert served.ask(method="HEAD")[2] == ""


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}"])
def test_a_name_that_was_made_to_lead_here_gets_nothing(served: Served, host: str) -> None:
    status, _, text = served.ask(host=host.format(port=served.port))
    assert status == 421
    assert "allocation" not in text
    assert served.ask("/changes", host=host.format(port=served.port))[0] == 421


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/../README.md", 404),
        ("GET", "/%2e%2e/x", 404),
        ("POST", "/", 501),
        ("PUT", "/x", 501),
        ("HEAD", "/changes", 404),
    ],
)
def test_nothing_else_can_be_asked_for(served: Served, method: str, path: str, status: int) -> None:
    assert served.ask(path, method=method)[0] == status


def test_only_loopback_has_it(served: Served) -> None:
    held = [one.laddr for one in psutil.Process(served.process.pid).net_connections() if one.status == "LISTEN"]
    assert [(address.ip, address.port) for address in held] == [("127.0.0.1", served.port)]


def test_a_change_of_the_stack_is_told_and_nothing_is_written(
    served: Served, photograph: Callable[[Path], dict[str, bytes]]
) -> None:
    models = served.root / CORE
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    line.request("GET", "/changes")
    stream = line.getresponse()
    assert stream.getheader("Content-Type") == "text/event-stream"
    first = stream.readline()
    assert first.startswith(b"data: ")
    before = photograph(served.root)
    text = models.read_text()
    models.write_text(text.replace("    price: float\n", "    cost: float\n"))
    assert stream.readline() == b"\n"
    told = stream.readline()
    assert told.startswith(b"data: ")
    assert told != first
    assert "risk needs price" in served.ask()[2]
    models.write_text(text)
    assert stream.readline() == b"\n"
    assert stream.readline().startswith(b"data: ")
    line.close()
    assert photograph(served.root) == before


def test_a_real_browser_reloads_by_itself(served: Served) -> None:
    with browser() as opened:
        page = opened.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.goto(served.url)
        models = served.root / CORE
        text = models.read_text()
        begun = time.monotonic()
        models.write_text(text.replace("    price: float\n", "    cost: float\n"))
        page.get_by_text("risk needs price").first.wait_for(timeout=PATIENCE * 1000)
        assert time.monotonic() - begun < PATIENCE
        models.write_text(text)
        page.get_by_text("risk needs price").first.wait_for(state="detached", timeout=PATIENCE * 1000)
        assert [one for one in troubles if "favicon" not in one and "404" not in one] == []


def test_a_port_of_ones_own_and_ctrl_c(tmp_path: Path, free_port: int) -> None:
    port = free_port
    running = Served(create_demo(tmp_path / "stack", author=AUTHOR), "--port", str(port))
    assert running.port == port
    taken = subprocess.run(
        [sys.executable, "-m", "screens", "-C", str(running.root), "report", "--serve", "--port", str(port)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert taken.returncode == 2
    assert f"port {port} cannot be served" in taken.stderr
    assert running.end(signal.SIGINT) == (0, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "8080"), "--port goes with --serve"),
        (("--serve", "--output", "x.html"), "--serve writes no file"),
        (("--serve", "--port", "70000"), "there is no port 70000"),
    ],
)
def test_wrong_words(wizard: Any, words: tuple[str, ...], said: str) -> None:
    told = wizard("report", *words)
    assert told.code == 2
    assert said in told.err
