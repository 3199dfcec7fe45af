"""Phase 6: a new README, and sections at the end of one that is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.docs import planner as docs
from wizard.values.facts.code import PythonFile, Route, SettingVar
from wizard.values.facts.documents import DocumentFacts, Section
from wizard.values.facts.stack import ServiceFacts
from wizard.values.finding import Status
from wizard.values.source import Source
from wizard.values.spec import ServiceSpec

ContextOf = Callable[..., PlanContext]
README = "services/signals/README.md"
MET = {"6.4": Status.MET}


def with_readme(text: str, *titles: str) -> tuple[dict[str, str], ServiceFacts]:
    sections = tuple(Section(title, 2, "", Source(README, 5), 9) for title in titles)
    entry = "services/signals/service.py"
    source = Source(entry, 1)
    python = PythonFile(
        entry,
        routes=(Route("/health", (), "flask", "health", source), Route("/odd", ("POST",), "flask", "odd", source)),
        variables=(
            SettingVar("SIGNALS_PORT", False, "8008", False, source),
            SettingVar("SIGNALS_TOKEN", True, None, True, source),
        ),
    )
    facts = ServiceFacts(
        "signals",
        "services/signals",
        entry,
        True,
        (README,),
        (python,),
        readme=DocumentFacts(README, sections, text=text),
    )
    return {README: text}, facts


def test_a_new_readme_names_everything(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    (edit,) = docs.plan(context_of(specs["plain"], statuses=MET)).edits
    text = edit.after or ""
    assert edit.path == README
    for part in ("8008", "market_data", "signal_events", "SIGNALS_REDIS_HOST", "SIGNALS_HOST", "/health", "/metrics"):
        assert part in text
    assert "s3cret" not in text
    assert text.endswith("\n")
    assert "\n\n\n" not in text


@pytest.mark.parametrize("mark", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_sections_are_added_at_the_end(
    specs: dict[str, ServiceSpec], context_of: ContextOf, mark: str, end: str
) -> None:
    text = ("# Signals\n\nOurs." + end).replace("\n", mark)
    changes = docs.plan(context_of(specs["plain"], *with_readme(text), MET))
    (edit,) = changes.edits
    after = edit.after or ""
    assert after.startswith(text)
    assert f"Ours.{mark}{mark}## API endpoints{mark}" in after
    assert after.count("\n") == after.count(mark)
    assert after.count("## ") - after.count("### ") == 5


def test_only_what_the_code_has_is_documented(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    (edit,) = docs.plan(context_of(specs["plain"], *with_readme("# Signals\n"), MET)).edits
    after = edit.after or ""
    assert "| POST | `/odd` |" in after
    assert "| `SIGNALS_PORT` | `8008` |" in after
    assert "| `SIGNALS_TOKEN`" not in after
    assert "Secrets it reads: `SIGNALS_TOKEN`." in after
    assert "SIGNALS_LOG_LEVEL" not in after


def test_a_section_that_is_there_is_not_rewritten(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    statuses = {**MET, "6.1": Status.MET, "6.2": Status.BROKEN, "6.3": Status.MET}
    changes = docs.plan(context_of(specs["plain"], *with_readme("# S\n\n## Endpoints\n", "Endpoints"), statuses))
    assert changes.empty
    (refusal,) = changes.refusals
    assert (refusal.item, refusal.path, refusal.line) == ("readme-endpoints", README, 5)
    assert "| POST | `/odd` |" in refusal.paste


def test_nothing_when_all_is_met(specs: dict[str, ServiceSpec], context_of: ContextOf) -> None:
    met = {f"6.{n}": Status.MET for n in range(1, 5)}
    assert docs.plan(context_of(specs["plain"], statuses=met)).empty
