"""The answers' form: judged while typing by the core's rules, kept on every change, what it makes beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from screens.phase import PhaseScreen
from screens.ports import PortsScreen
from screens.spec import SpecScreen
from screens.stack import DRAFT, StackScreen

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def fill(person: Any) -> None:
    """A new service by keys alone."""
    await person.press("n")
    await person.type("trades")
    await person.press("tab")
    await person.type("Counts trades")
    await person.press("tab", "tab", "enter")
    await person.type("market_data")
    await person.press("tab")
    await person.type("symbol str, price float (in euro)")


async def test_a_new_service_is_answered_by_keys_alone(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        spec = person.screen.answers.spec
        assert person.screen.answers.complete
        assert (spec.name, spec.purpose, spec.port) == ("trades", "Counts trades", 8008)
        assert [(f.name, f.type, f.description) for f in spec.inputs[0].fields] == [
            ("symbol", "str", ""),
            ("price", "float", "in euro"),
        ]
        await person.press("ctrl+s")
        assert person.on(PhaseScreen)
        assert person.screen.state.spec == spec


async def test_what_is_wrong_stands_below_its_field_while_typing(opened: Opened) -> None:
    async with opened() as person:
        await person.press("n")
        await person.type("Market")
        assert "use lower-case letters" in person.words
        await person.press("ctrl+s")
        assert person.on(SpecScreen)
        assert person.focus == "field-name"


async def test_a_wrong_row_is_named_and_found(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press(*["backspace"] * len("float (in euro)"))
        await person.type("flot")
        assert "'flot' is no type" in person.words
        await person.press("shift+tab", "shift+tab", "shift+tab", "ctrl+s")
        assert person.screen.focused.value.endswith("flot")


async def test_a_name_that_exists_is_refused_by_the_stacks_own_rule(opened: Opened) -> None:
    async with opened() as person:
        await person.press("n")
        await person.type("core")
        assert "exists already" in person.words


async def test_the_preview_shows_files_and_diff(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press("f3")
        assert "Phase 1 service would write" in person.words
        assert any(line.text.startswith("+class") for line in person.screen.preview_lines.lines)
        await person.press("escape")
        assert person.on(SpecScreen)
        assert not person.screen.has_class("-preview")


async def test_answers_survive_leaving_and_a_new_start(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press("escape")
        assert person.on(StackScreen)
    async with opened() as person:
        first = person.screen.services.options[0]
        assert first.id == DRAFT
        await person.press("home", "enter")
        assert person.on(SpecScreen)
        assert person.screen.sheet().name == "trades"
        assert person.screen.sheet().inputs[0].members == "symbol str, price float (in euro)"


async def test_settled_answers_are_kept_under_the_services_name_and_gone_once_committed(
    opened: Opened, demo: Path
) -> None:
    drafts = demo / ".git" / "stack-wizard" / "drafts"
    async with opened() as person:
        await fill(person)
        await person.press("ctrl+s")
        assert [path.name for path in drafts.iterdir()] == ["trades.json"]
        await person.press("a", "c")
        assert list(drafts.iterdir()) == []


async def test_starting_over_forgets_the_draft(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "end")
        await person.type(" changed")
        await person.press("escape", "enter")
        assert person.screen.sheet().purpose.endswith(" changed")
        await person.press("f9")
        assert person.on(SpecScreen)
        assert not person.screen.sheet().purpose.endswith(" changed")


async def test_rows_are_added_and_removed(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press("f4")
        await person.type("second")
        assert [row.name for row in person.screen.sheet().inputs] == ["market_data", "second"]
        await person.press("f8")
        assert [row.name for row in person.screen.sheet().inputs] == ["market_data"]


async def test_the_port_is_picked_from_the_registry(opened: Opened) -> None:
    async with opened() as person:
        await person.press("n")
        await person.type("trades")
        await person.press("f2")
        assert person.on(PortsScreen)
        assert person.screen.table.current == "8008"
        await person.press("g", "enter")
        assert person.on(PortsScreen)
        assert any("8000 is reserved for WebSocket Service" in notice for notice in person.notices)
        await person.press("G", "k", "enter")
        assert person.on(SpecScreen)
        assert person.screen.sheet().port == "8010"
        assert person.screen.sheet().name == "trades"


async def test_a_port_of_somebody_else_says_who_and_where(opened: Opened) -> None:
    async with opened() as person:
        await person.press("n", "tab", "tab", "end", "backspace", "0")
        assert "8000 is reserved for WebSocket Service (FUTURE_SERVICES.md:61)" in person.words


async def test_inferred_values_show_their_line_and_assumed_ones_say_so(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter")
        assert "read from services/market/service.py:1" in person.words
        assert "assumed: nothing in the stack says it" in person.words


async def test_keys_typed_in_a_burst_go_where_they_belong(opened: Opened) -> None:
    async with opened() as person:
        await person.press("n")
        for key in [*"trades", "tab", *"Counts"]:
            person.app.simulate_key(key)
        await person.settle()
        assert person.screen.sheet().name == "trades"
        assert person.screen.sheet().purpose == "Counts"
