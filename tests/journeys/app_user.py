"""What a person does in the app, by keys alone; every step waits for what the screen says."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.terminal import Terminal

APP = (sys.executable, "-m", "screens")
LIVE = 180.0  # seconds: tests and live checks on a machine that has other things to do
Row = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """What is typed into the form; fields and columns in the form's short notation. One row a list, or none."""

    name: str
    purpose: str
    port: int
    input: Row | None = None
    output: Row | None = None
    table: Row | None = None
    seed: bool = False


def demo_answers(port: int) -> Answers:
    """What `templates/demo_answers/sentiment.yaml` says, as one types it."""
    return Answers(
        "sentiment",
        "Scores how the market feels about a symbol from its latest prices.",
        port,
        ("market_data", "symbol str, price float, volume float"),
        (
            "sentiment_scores",
            "symbol str, price float (the price the score was made at), score float (-1 fear to 1 greed)",
        ),
        ("sentiment_scores", "symbol text, price double precision, score double precision?"),
        seed=True,
    )


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

    def open(self, stack: Path) -> str:
        """`stack-wizard` in the stack's folder."""
        self.terminal.start(APP, cwd=stack)
        return self.see_stack()

    def see_stack(self) -> str:
        """The first screen, read."""
        return self.terminal.wait(r"\d+ services? · ")

    def go_to(self, service: str) -> None:
        """The cursor on a service of the first screen."""
        screen = self.terminal.wait(rf"^ {service} +[✓✗○?✎]")
        rows = re.findall(r"^ (\S+) +[✓✗○?✎]", screen, re.MULTILINE)
        self.terminal.press("Home", *["j"] * rows.index(service))
        self.terminal.wait(rf"^ {service}  \d+ of \d+ done")

    def open_phase(self, service: str, number: int) -> None:
        """A phase of a service that was begun earlier."""
        self.go_to(service)
        self.terminal.press("Enter")
        self.terminal.wait(r"phase \d of 7")
        self.terminal.press(str(number))
        self.terminal.wait(rf"phase {number} of 7")

    def open_draft(self) -> None:
        """The answers typed earlier for a service that is nowhere else yet: the first row."""
        self.terminal.wait(r"✎ draft")
        self.terminal.press("Home", "Enter")
        self.terminal.wait(r"› answers")

    def answer(self, answers: Answers) -> None:
        """`n`, then the form from top to bottom, without its last key."""
        self.answer_name(answers.name)
        for text in (answers.purpose, str(answers.port)):
            self.type_over(text)
        for row in (answers.input, answers.output, answers.table):
            self.add_row(row)
        if answers.seed:
            self.terminal.press("Space")

    def answer_name(self, name: str) -> None:
        """`n`, then the first field."""
        self.terminal.press("+")
        self.terminal.wait(r"new service › answers")
        self.type_over(name)

    def type_over(self, text: str) -> None:
        """Replace what stands in the field, and go to the next."""
        self.terminal.press("End", "C-u")
        self.terminal.type(text)
        self.terminal.press("Enter")

    def add_row(self, row: Row | None) -> None:
        """On `+ add`: a row, then on to the next list."""
        for text in row or ():
            self.terminal.press("Enter")
            self.terminal.type(text)
        self.terminal.press("Tab", "Tab") if row else self.terminal.press("Tab")

    def settle(self) -> None:
        """On to the phases."""
        self.terminal.wait(r"ctrl\+s +go on to the phases")
        self.terminal.press("C-s")
        self.terminal.wait(r"phase \d of 7")

    def write_phase(self, number: int) -> None:
        """One phase until it is being written."""
        self.terminal.wait(rf"phase {number} of 7")
        if number == 7:
            self.prove()
        shown = self.terminal.wait(r"see the (\d+ )?files? this phase|Nothing is committed yet")
        if "Nothing is committed yet" not in shown:
            self.terminal.press("Enter")
            self.terminal.wait(r"Nothing is committed yet")
        self.terminal.press("Enter")

    def apply_phase(self, number: int) -> str:
        """One phase up to its message; the screen with it."""
        self.write_phase(number)
        return self.terminal.wait(r"commit \d+ files?; ", LIVE)

    def walk_phase(self, number: int) -> str:
        """One phase from its plan to its commit; the commit's short hash."""
        self.apply_phase(number)
        self.terminal.press("Enter")
        return self.see_commit()

    def see_commit(self) -> str:
        """The short hash that the screen says."""
        return str(re.findall(r"committed ([0-9a-f]{10})", self.terminal.wait(r"committed [0-9a-f]{10}"))[0])

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
        if "see the summary" in self.terminal.wait(r"What to do next|phase 2 of 7(.|\n)*see the summary"):
            self.terminal.press("Enter")  # phase 2 has an item left that no digest is known for
        self.terminal.wait(r"What to do next")
        return hashes

    def quit(self) -> None:
        """ctrl+q; nothing is asked when nothing runs."""
        self.terminal.press("C-q")
        assert self.terminal.wait_end() == 0
