"""What a person does in the app, by keys alone; every step waits for what the screen says."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.terminal import Terminal

APP = (sys.executable, "-m", "screens")
LIVE = 180.0  # seconds: tests and live checks on a machine that has other things to do


@dataclass(frozen=True)
class Answers:
    """What is typed into the form; fields and columns in the form's short notation."""

    name: str
    purpose: str
    port: int
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    tables: tuple[tuple[str, str], ...] = ()


class AppUser:
    """Somebody at a terminal in which the app runs or will run."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def open_demo(self, folder: Path) -> None:
        """`stack-wizard demo FOLDER`, the tour skipped."""
        self.terminal.start([*APP, "demo", str(folder)], cwd=folder.parent)
        self.terminal.wait(r"Welcome")
        self.terminal.press("Escape")
        self.terminal.wait_gone(r"Welcome")
        self.see_stack()

    def open(self, stack: Path) -> None:
        """`stack-wizard` in the stack's folder."""
        self.terminal.start(APP, cwd=stack)
        self.see_stack()

    def see_stack(self) -> str:
        """The first screen, read."""
        return self.terminal.wait(r"\d+ services? · ")

    def answer(self, answers: Answers) -> None:
        """`n`, then the form from top to bottom, without its last key."""
        self.terminal.press("n")
        self.terminal.wait(r"new service › answers")
        self.type_over(answers.name)
        self.type_over(answers.purpose)
        self.type_over(str(answers.port))
        for rows in (answers.inputs, answers.outputs, answers.tables):
            self.add_rows(rows)

    def type_over(self, text: str) -> None:
        """Replace what stands in the field, and go to the next."""
        self.terminal.press("End", "C-u")
        self.terminal.type(text)
        self.terminal.press("Tab")

    def add_rows(self, rows: tuple[tuple[str, str], ...]) -> None:
        """On `+ add`: the rows, then on to the next list."""
        for number, (name, members) in enumerate(rows):
            if number:
                raise NotImplementedError("one row a list is enough for a journey")
            self.terminal.press("Enter")
            self.terminal.wait(r"^ +(channel|table) +(fields|columns): ")
            self.terminal.type(name)
            self.terminal.press("Tab")
            self.terminal.type(members)
            self.terminal.press("Tab")
        self.terminal.press("Tab")

    def settle(self) -> None:
        """On to the phases."""
        self.terminal.wait(r"go on to the phases")
        self.terminal.press("C-s")
        self.terminal.wait(r"phase \d of 7")

    def walk_phase(self, number: int) -> str:
        """One phase from its plan to its commit; the commit's short hash."""
        self.apply_phase(number)
        self.terminal.press("Enter")
        return self.see_commit()

    def see_commit(self) -> str:
        """The short hash that the screen says."""
        return re.findall(r"committed ([0-9a-f]{10})", self.terminal.wait(r"committed [0-9a-f]{10}"))[0]

    def apply_phase(self, number: int) -> str:
        """One phase up to its message; the screen with it."""
        self.terminal.wait(rf"phase {number} of 7")
        if number == 7:
            self.prove()
        shown = self.terminal.wait(r"see the \d+ files? this phase|see the file this phase|Nothing is committed yet")
        if "Nothing is committed yet" not in shown:
            self.terminal.press("Enter")
            self.terminal.wait(r"Nothing is committed yet")
        self.terminal.press("Enter")
        return self.terminal.wait(r"commit \d+ files?[;.]", LIVE)

    def prove(self) -> None:
        """Phase 7: the live run, and back with what it saw."""
        self.terminal.wait(r"start the service and check it live")
        self.terminal.press("Enter")
        self.terminal.wait(r"live checks")
        self.terminal.wait(r"back to the phase", LIVE)
        self.terminal.press("Enter")
        self.terminal.wait(r"phase 7 of 7")

    def walk_phases(self) -> list[str]:
        """All seven, to the summary; the short hashes in order."""
        hashes = []
        for number in range(1, 8):
            hashes.append(self.walk_phase(number))
            self.terminal.press("Enter")
        self.terminal.wait(r"What to do next")
        return hashes

    def quit(self) -> None:
        """ctrl+q; nothing is asked when nothing runs."""
        self.terminal.press("C-q")
        self.terminal.wait_end()
