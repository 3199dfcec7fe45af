"""Leaving in the middle, in every way one can leave: what was committed and what was only typed is there again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.app_user import AppUser, demo_answers
from tests.journeys.conftest import GitOf
from tests.journeys.terminal import Terminal

pytestmark = pytest.mark.journey


def by_ctrl_q(terminal: Terminal, stack: Path) -> None:
    """At once: the last keys are still on their way."""
    terminal.press("C-q")
    assert terminal.wait_end() == 0


def wait_for_draft(terminal: Terminal, stack: Path) -> None:
    """Until the form says that it has everything, and the last of it is on disk."""
    terminal.wait(r"go on to the phases")
    drafts = stack / ".git" / "stack-wizard" / "drafts"
    last = '"seed": true'
    terminal.wait_for(lambda: any(last in p.read_text() for p in drafts.glob("*.json")), "the draft")


def by_sigkill(terminal: Terminal, stack: Path) -> None:
    """As soon as the form says that it has everything."""
    wait_for_draft(terminal, stack)
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_end() != 0


def by_closing_the_terminal(terminal: Terminal, stack: Path) -> None:
    """SIGHUP, and no screen any more."""
    wait_for_draft(terminal, stack)
    process = terminal.pid
    terminal.close()
    terminal.wait_process_end(process)


@pytest.mark.parametrize("leave", [by_ctrl_q, by_sigkill, by_closing_the_terminal])
def test_what_was_typed_is_there_again(
    leave: Callable[[Terminal, Path], None], demo: Path, terminal: Terminal, own_port: int, git_of: GitOf
) -> None:
    user = AppUser(terminal)
    user.open(demo)
    user.answer(demo_answers(own_port))
    leave(terminal, demo)
    assert git_of(demo, "status", "--porcelain") == ""
    user.open(demo)
    user.open_draft()
    for text in (
        r"This is what you typed earlier",
        r"Name +sentiment$",
        r"Purpose +Scores how the market feels about a symbol from its latest",
        rf"Port +{own_port}$",
        r"market_data +symbol str, price float, volume float",
        r"sentiment_scores +symbol str, price float \(the price the score was m",
        r"sentiment_scores +symbol text, price double precision, score double",
        r"\[x\] rows to seed",
    ):
        terminal.wait(text)
    user.settle()
    terminal.wait(r"phase 1 of 7")


def test_the_committed_phase_stays_and_the_next_one_opens(demo: Path, terminal: Terminal, git_of: GitOf) -> None:
    user = AppUser(terminal)
    user.open(demo)
    user.go_to("market")
    terminal.press("Enter")
    terminal.wait(r"market › answers")
    user.settle()
    commit = user.walk_phase(1)
    terminal.press("Enter")
    terminal.wait(r"phase 2 of 7")
    user.quit()
    assert git_of(demo, "rev-parse", "HEAD").startswith(commit)
    assert git_of(demo, "status", "--porcelain") == ""
    user.open(demo)
    user.go_to("market")
    assert "next: phase 2 container" in terminal.screen()
    terminal.press("Enter")
    terminal.wait(r"phase 2 of 7")
    terminal.wait(r" 1 • \[2 container ✗\]")
    terminal.press("a")
    assert "Market service. So far only a door that says ok" in terminal.wait(r"market › answers")


def test_going_back_and_forth_loses_no_letter(demo: Path, terminal: Terminal, own_port: int) -> None:
    user = AppUser(terminal)
    user.open(demo)
    user.answer(demo_answers(own_port))
    terminal.press("Escape")
    user.open_draft()
    terminal.wait(r" \[x\] rows to seed")
    user.settle()
    terminal.wait(r"see the \d+ files")
    terminal.press("a")
    assert "Scores how the market feels about a symbol from its latest" in terminal.wait(r"sentiment › answers")
