"""Other sizes, other terminals, other hands: nothing crashes, nothing is lost, nothing quits by accident."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.journeys.app_user import LIVE, AppUser
from tests.journeys.conftest import GitOf, OpenTerminal
from tests.journeys.terminal import Terminal

pytestmark = pytest.mark.journey
CODES = re.compile(r"\x1b\[([0-9;]*)m")
GREYS = {"0", "7", "8", "15", "16", "59", "102", "145", "188", "231", *map(str, range(232, 256))}
HOSTILE = "[red]wörld[/] \x1b[31m東京$(touch x)"


@pytest.mark.embedded
def test_resized_while_checks_run_the_screen_comes_back(halfway: Path, checking: AppUser, git_of: GitOf) -> None:
    terminal = checking.terminal
    terminal.resize(60, 15)
    terminal.wait(r"5\.1 Add unit tests")
    terminal.resize(40, 10)
    terminal.wait(r"This window is 40x10\.\n *The wizard needs 60x15\.|needs 60x15")
    terminal.resize(120, 40)
    terminal.wait(r"phase 5 of 7 › Testing")
    terminal.resize(80, 24)
    terminal.wait(r"commit \d+ files; every item of this phase is decided", LIVE)
    for line in (r"^ ✓ met +5\.1 Add unit tests", r"phase 5 of 7 › Testing", r"test\(sentiment\): add tests"):
        terminal.wait(line)
    terminal.press("Enter")
    checking.see_commit()
    assert git_of(halfway, "status", "--porcelain") == ""


def test_neither_ctrl_c_nor_escape_ends_it(demo: Path, terminal: Terminal) -> None:
    user = AppUser(terminal)
    user.open(demo)
    terminal.press("C-c", "Escape", "Escape", "C-c")
    terminal.wait(r"This is the first screen\. q or ctrl\+q")
    user.answer_name("half")
    terminal.press("C-c", "Escape")
    terminal.wait(r"✎ draft")
    terminal.press("C-c", "p")
    terminal.wait(r"Registry: FUTURE_SERVICES\.md")
    terminal.press("C-c", "Escape")
    user.see_stack()
    user.quit()


@pytest.mark.parametrize(("term", "no_color"), [("screen", ""), ("tmux-256color", "1"), ("xterm", "1")])
def test_poorer_terminals_say_the_same(
    demo: Path, terminals: OpenTerminal, tmp_path: Path, term: str, no_color: str
) -> None:
    env = {"NO_COLOR": "1"} if no_color else {}
    terminal = terminals(tmp_path / "home", term=term, COLORTERM="", **env)
    user = AppUser(terminal)
    user.open(demo)
    user.go_to("market")
    screen = terminal.screen()
    assert re.search(r"^ market +✓○○○○ ✗✗○○ ○○○○○", screen, re.MULTILINE), screen
    assert bool(hues(terminal.screen(escapes=True))) is not bool(no_color)
    user.quit()


def hues(screen: str) -> set[str]:
    """The colours that are no shade of grey."""
    found: set[str] = set()
    for codes in CODES.findall(screen):
        rest = codes.split(";")
        while rest:
            code, rest = rest[0], rest[1:]
            if code in ("38", "48"):
                size = 2 if rest[0] == "5" else 4
                colour, rest = rest[1:size], rest[size:]
                grey = len(set(colour)) == 1 if size == 4 else colour[0] in GREYS
                found |= set() if grey else {";".join(colour)}
            elif re.fullmatch(r"(3|4|9|10)[1-6]", code):
                found.add(code)
    return found


def test_hostile_names_are_only_text(demo: Path, terminal: Terminal, git_of: GitOf) -> None:
    """A branch, a file, a service note and a commit by somebody who tries."""
    git_of(demo, "switch", "--quiet", "--create", "red]東京/$(x)#{y}")
    odd = demo / "services" / "market" / HOSTILE.replace("/", "-")
    odd.write_text("x")
    service = demo / "services" / "market" / "service.py"
    service.write_text(f"{service.read_text()}# NOT IMPLEMENTED: {HOSTILE} connect to the exchange\n")
    (demo / "services" / "market" / "Dockerfile").write_bytes(b"FROM [bold]python:\xff\xfe3.11 AS \xe6\x9d\xb1\n" * 3)
    git_of(demo, "add", "--all")
    git_of(demo, "commit", "--quiet", "--message", "[/red] nothing to see")
    user = AppUser(terminal)
    user.open(demo)
    user.go_to("market")
    screen = terminal.wait(r"red\]東京/\$\(x\)#\{y\}")
    assert "[red]wörld[/]" in screen
    assert "\x1b" not in screen
    terminal.press("Enter")
    terminal.wait(r"market › answers")
    terminal.press("C-s")
    terminal.wait(r"phase 1 of 7")
    terminal.press("2")
    terminal.wait(r"phase 2 of 7")
    terminal.press("d")
    terminal.wait(r"d\[Changes")
    terminal.press("Escape")
    user.see_stack()
    user.quit()
    assert not (demo / "x").exists()


@pytest.mark.embedded
def test_hostile_log_lines_are_only_text(halfway: Path, terminal: Terminal, git_of: GitOf) -> None:
    """The service says markup, colours, another window title and wide characters as it starts; then it is stopped."""
    said = f"print({HOSTILE!r} + '\\x1b]0;owned\\x07\\x1b[2J' + '京' * 3000, flush=True)\n"
    with (halfway / "services" / "sentiment" / "__init__.py").open("a", encoding="utf-8") as module:
        module.write(said)
    git_of(halfway, "commit", "--quiet", "--all", "--message", "Talk")
    user = AppUser(terminal)
    user.open(halfway)
    user.open_phase("sentiment", 7)
    terminal.wait(r"start the service and check it live")
    terminal.press("Enter")
    terminal.wait(r"\[red\]wörld\[/\].*東京\$\(touch x\)", LIVE)
    terminal.press("C-x")
    screen = terminal.wait(r"back to the phase", LIVE)
    assert "sentiment › live checks" in screen.splitlines()[0]
    assert "owned" not in terminal.title
    user.quit()
    assert git_of(halfway, "status", "--porcelain") == ""


def test_keys_in_a_burst_arrive_in_order(demo: Path, terminal: Terminal) -> None:
    user = AppUser(terminal)
    user.open(demo)
    terminal.press("+")
    terminal.wait(r"new service › answers")
    terminal.press(*"senx", "BSpace", *"timent", "Enter", *"feely", "BSpace", *"ings", "Home", "Delete", "Enter", "End")
    terminal.press("C-u", *"9123", "Enter", "Enter", *"market", "Enter", *"price", "Space", *"float", "Escape")
    user.open_draft()
    for line in (r"Name +sentiment$", r"Purpose +eelings$", r"Port +9123$", r"^ +market +price float$"):
        terminal.wait(line)


def test_a_terminal_that_goes_without_a_signal_ends_the_app(demo: Path) -> None:
    """No controlling terminal, as under `docker exec`: nobody sends SIGHUP when the other end closes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    words = [sys.executable, "-m", "screens", "-C", str(demo)]
    environment = {**os.environ, "TERM": "xterm-256color"}
    app = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    try:
        os.close(theirs)
        seen = b""
        while b"market" not in seen:
            seen += os.read(ours, 65536)
        os.close(ours)
        assert app.wait(60) == 128 + signal.SIGHUP
    finally:
        app.kill()
        app.wait()
