"""What was typed is kept for each service, also when the app ends before the first of them is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from screens.app import StackWizardApp
from screens.bridge import Bridge
from screens.layers.workers import Job
from wizard.pipeline.answer_form import AnswerForm, Row
from wizard.pipeline.guided import keep_draft, overview
from wizard.pipeline.opening import open_stack
from wizard.session.draft import Drafts

Opened = Callable[..., AbstractAsyncContextManager[Any]]


def kept(stack: Path) -> set[str]:
    opened = open_stack(stack)
    assert opened.repo is not None
    return set(Drafts(opened.repo, opened.clock).services())


@pytest.fixture
def busy(demo: Path, monkeypatch: pytest.MonkeyPatch) -> StackWizardApp:
    """An app whose worker for drafts never gets to its next job."""
    app = StackWizardApp(demo, tour=False, log_window=0.1)
    monkeypatch.setattr(app, "latest", lambda group, job, label: None)
    return app


def test_a_draft_that_waits_is_not_replaced_by_one_of_another_service(busy: StackWizardApp, demo: Path) -> None:
    busy.keep_draft("one", AnswerForm(name="one", purpose="first"))
    busy.keep_draft("two", AnswerForm(name="two"))
    busy.keep_draft("one", AnswerForm(name="one", purpose="second"))
    busy.close_desk()
    assert kept(demo) == {"one", "two"}
    opened = open_stack(demo)
    assert opened.repo is not None
    draft = Drafts(opened.repo, opened.clock).load("one")
    assert draft is not None and draft.answers["purpose"] == "second"


def test_a_renamed_draft_has_only_its_new_name(busy: StackWizardApp, demo: Path) -> None:
    busy.keep_draft("", AnswerForm())
    busy.rename_draft("", "three", AnswerForm(name="three"))
    busy.close_desk()
    assert kept(demo) == {"three"}


def test_a_draft_without_a_name_is_listed_by_what_was_typed_and_not_without_it(demo: Path) -> None:
    stack = open_stack(demo)
    for form, begun in (
        (AnswerForm(name=" Price Feed! ", purpose="Reads"), "Price Feed!"),
        (AnswerForm(purpose="Reads prices"), "Reads prices"),
        (AnswerForm(inputs=(Row(), Row("market_data"))), "market_data"),
        (AnswerForm(port="8008", inputs=(Row(),)), ""),
    ):
        keep_draft(stack, "", form)
        view = overview(stack)
        assert (view.begun, view.drafts) == (begun, ("",) if begun else ()), form


def test_a_dropped_draft_stays_dropped(busy: StackWizardApp, demo: Path) -> None:
    busy.keep_draft("one", AnswerForm(name="one"))
    busy.drop_draft("one")
    busy.keep_draft("two", AnswerForm(name="two"))
    busy.close_desk()
    assert kept(demo) == {"two"}


async def test_what_was_typed_is_listed_as_soon_as_one_is_back(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    latest = Bridge.latest

    def never_kept_in_time(app: Bridge, group: str, job: Job, label: str) -> None:
        if group != "draft":
            latest(app, group, job, label)

    monkeypatch.setattr(Bridge, "latest", never_kept_in_time)
    async with opened() as person:
        await person.press("plus")
        await person.type("mood")
        await person.press("escape")
        assert "mood" in person.shown
