"""The app follows the files: what others change is shown and said, and nothing of what a person does is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from screens.app import StackWizardApp
from screens.terminal.follow import Following
from tests.screens.conftest import Person
from wizard.adapters.watch import Watcher
from wizard.checklist.load import load
from wizard.errors import RefusedError

BUDGET = 120.0
CORE = "services/core/models.py"
AUTHOR = "-c", "user.name=A", "-c", "user.email=a@example.org"
Git = Callable[..., str]


async def until(person: Person, condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(BUDGET):
        while not condition():
            await person.pilot.pause(0.02)
    await person.settle()


@asynccontextmanager
async def following(stack: Path) -> AsyncIterator[Person]:
    """The app, once it follows the files; edits of a test are long after what the app itself wrote."""
    app = StackWizardApp(stack, log_window=0.2, follow=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        person = Person(app, pilot)
        await until(person, lambda: app.view is not None and app.followed and eyes)
        yield person
    app.close_desk()


eyes: list[bool] = []


@pytest.fixture(autouse=True)
def told_when_it_follows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = Watcher.changes

    def changes(self: Watcher, ready: Any = None) -> Iterator[tuple[str, ...]]:
        del ready
        return real(self, lambda: eyes.append(True))

    monkeypatch.setattr(Watcher, "changes", changes)
    yield
    eyes.clear()


def edit(stack: Path, path: str, old: str, new: str) -> None:
    text = (stack / path).read_text()
    assert old in text
    (stack / path).write_text(text.replace(old, new, 1))


def risk_contradicts(person: Person) -> bool:
    report = person.app.view.report("risk") if person.app.view is not None else None
    return report is not None and bool(report.contradictions)


def notices(app: Following) -> str:
    return "\n".join(str(one.message) for one in app._notifications)


async def test_a_change_is_read_and_said_and_the_cursor_stays(demo: Path, quiet_machine: None) -> None:
    async with following(demo) as person:
        await person.press("down", "down")
        chosen = person.screen.chosen
        edit(demo, CORE, "    price: float\n", "    cost: float\n")
        await until(person, lambda: risk_contradicts(person))
        assert "services/core/models.py\nworse: risk: risk needs price" in notices(person.app)
        assert person.screen.chosen == chosen
        edit(demo, CORE, "    cost: float\n", "    price: float\n")
        await until(person, lambda: not risk_contradicts(person))
        assert "better, no longer: risk needs price" in notices(person.app)


async def test_a_diff_that_became_stale_is_marked_and_not_applied(demo: Path, quiet_machine: None) -> None:
    async with following(demo) as person:
        person.app.show_phase(person.app.session().describe("regime")[0].spec, load().named("compose"))
        await person.settle()
        await person.press("d")
        screen = person.screen
        shown = screen.state.planned
        assert not shown.changeset.empty
        path = next(edit.path for edit in shown.changeset.edits if edit.before is not None)
        before = [line.text for line in screen.diff.lines.lines]

        (demo / "README.md").write_text("nothing that the plan is about\n")
        await until(person, lambda: screen.state.planned is not shown)
        assert not screen.state.overtaken
        assert [line.text for line in screen.diff.lines.lines] == before

        (demo / path).write_text(f"# somebody else was here\n{(demo / path).read_text()}")
        await until(person, lambda: screen.state.newer)
        assert [line.text for line in screen.diff.lines.lines] == before
        assert screen.diff.has_class("-stale")
        assert "files changed since this was planned" in screen.why_not("apply")
        await person.press("A")
        assert (demo / path).read_text().startswith("# somebody else was here")
        assert "cdb_regime:" not in (demo / "infrastructure/compose/dev.yml").read_text().replace("# cdb_regime:", "")
        assert screen.state.step.value == "planned"
        await person.press("enter")
        assert not screen.diff.has_class("-stale")
        assert screen.why_not("apply") == ""
        assert any(
            "somebody else was here" in edit.before for edit in screen.state.planned.changeset.edits if edit.before
        )


async def test_a_commit_made_elsewhere_is_seen_in_the_history(demo: Path, quiet_machine: None, git: Git) -> None:
    async with following(demo) as person:
        await person.press("h")
        trailers = "Stack-Wizard-Service: core\nStack-Wizard-Phase: 6/7 docs\nStack-Wizard-Items: 6.1 met"
        git(*AUTHOR, "commit", "-q", "--allow-empty", "-m", f"docs(core): from elsewhere\n\n{trailers}")
        await until(person, lambda: "docs(core): from elsewhere" in person.shown)
        assert not notices(person.app)


async def test_what_is_typed_stays(demo: Path, quiet_machine: None) -> None:
    async with following(demo) as person:
        await person.press("plus")
        while not isinstance(person.screen.focused, Input):
            await person.press("tab")
        await person.type("fresh")
        typed = str(person.screen.focused.value)
        view = person.app.view
        edit(demo, CORE, "    price: float\n", "    cost: float\n")
        await until(person, lambda: person.app.view is not view)
        assert str(person.screen.focused.value) == typed
        assert "fresh" in typed


async def test_files_that_cannot_be_followed_are_said(
    demo: Path, quiet_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(self: Watcher, ready: Any = None) -> Iterator[tuple[str, ...]]:
        eyes.append(True)
        raise RefusedError("the system follows no more folders", next_step="raise it")
        yield ()

    monkeypatch.setattr(Watcher, "changes", refuses)
    app = StackWizardApp(demo, log_window=0.2, follow=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(Person(app, pilot), lambda: "the system follows no more folders; R reads again" in notices(app))
    app.close_desk()
