"""The answers' form: judged while typing by the core's rules, kept on every change, what it makes beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, Static

from screens.phase import PhaseScreen
from screens.ports import PortsScreen
from screens.spec import SpecScreen
from screens.stack import DRAFT, StackScreen
from screens.widgets.entries import Choice, RowList
from wizard.adapters.files.files import DiskFiles
from wizard.pipeline.answer_form import AnswerForm, Row
from wizard.pipeline.asking.questions import asked, questions
from wizard.pipeline.guided import keep_draft
from wizard.pipeline.opening import open_stack
from wizard.stack.detect.detect import detect
from wizard.stack.detect.profile_file import profile_text
from wizard.values.lean import replace
from wizard.values.profile import PROFILE

Opened = Callable[..., AbstractAsyncContextManager[Any]]


async def fill(person: Any) -> None:
    """A new service by keys alone."""
    await person.press("plus")
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


async def test_how_a_swarm_runs_it_is_asked_where_the_stack_is_on_one(demo: Path, opened: Opened) -> None:
    found = detect(DiskFiles(demo)).profile
    (demo / PROFILE).parent.mkdir(exist_ok=True)
    (demo / PROFILE).write_text(profile_text(replace(found, deploy_target="swarm")))
    async with opened() as person:
        await fill(person)
        entry = person.screen.query_one("#field-deploy", Input)
        entry.focus()
        await person.type("memory 64M, publish host")
        assert "while the old one holds the host's port" in person.words
        assert person.screen.form().deploy == "memory 64M, publish host"
        assert person.screen.place_at_cursor() == ("deploy",)


async def test_what_is_wrong_stands_below_its_field_while_typing(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
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
        assert "there is no type 'flot'" in person.words
        await person.press("shift+tab", "shift+tab", "shift+tab", "ctrl+s")
        assert person.screen.focused.value.endswith("flot")


async def test_a_name_that_exists_is_refused_by_the_stacks_own_rule(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
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
        assert person.screen.form().name == "trades"
        assert person.screen.form().inputs[0].members == "symbol str, price float (in euro)"


async def test_settled_answers_are_kept_under_the_services_name_and_gone_once_committed(
    opened: Opened, demo: Path
) -> None:
    drafts = demo / ".git" / "stack-wizard" / "drafts"
    async with opened() as person:
        await fill(person)
        await person.press("ctrl+s")
        assert [path.name for path in drafts.iterdir()] == ["trades.json"]
        await person.press("d", "A", "C")
        assert list(drafts.iterdir()) == []


async def test_starting_over_forgets_the_draft(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "end")
        await person.type(" changed")
        await person.press("escape", "enter")
        assert person.screen.form().purpose.endswith(" changed")
        await person.press("f9")
        assert person.on(SpecScreen)
        assert not person.screen.form().purpose.endswith(" changed")


async def test_starting_over_and_a_removed_row_are_brought_back(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter", "end")
        await person.type(" changed")
        typed = person.screen.form()
        await person.press("f9")
        fresh = person.screen.form()
        assert not fresh.purpose.endswith(" changed")
        await person.press("ctrl+z")
        assert person.screen.form() == typed
        await person.press("ctrl+r")
        assert person.screen.form() == fresh
        await person.press("ctrl+z", "escape", "enter")
        assert person.screen.form() == typed


async def test_a_removed_row_and_typed_words_are_undone_step_by_step(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter")
        first = person.screen.form()
        assert first.outputs
        person.screen.set_focus(person.screen.query_one("#rows-outputs").query("Input").first())
        await person.press("f8")
        assert len(person.screen.form().outputs) == len(first.outputs) - 1
        person.screen.set_focus(person.screen.query_one("#field-purpose"))
        await person.press("end")
        await person.type(" and more")
        await person.press("ctrl+z")
        assert person.screen.form().purpose == first.purpose
        assert person.focus == "field-purpose"
        await person.press("ctrl+z")
        assert person.screen.form() == first
        await person.press("ctrl+z")
        assert any("can be undone" in notice for notice in person.notices)


async def test_rows_are_added_and_removed(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press("f4")
        await person.type("second")
        assert [row.name for row in person.screen.form().inputs] == ["market_data", "second"]
        await person.press("f8")
        assert [row.name for row in person.screen.form().inputs] == ["market_data"]


async def test_the_port_is_picked_from_the_registry(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
        await person.type("trades")
        await person.press("f2")
        assert person.on(PortsScreen)
        assert person.screen.table.current == "8008"
        await person.press("g", "enter")
        assert person.on(PortsScreen)
        assert any("8000 is reserved for WebSocket Service" in notice for notice in person.notices)
        await person.press("G", "k", "enter")
        assert person.on(SpecScreen)
        assert person.screen.form().port == "8010"
        assert person.screen.form().name == "trades"


async def test_a_port_of_somebody_else_says_who_and_where(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus", "tab", "tab", "tab", "end", "backspace", "0")
        assert "8000 is reserved for WebSocket Service (FUTURE_SERVICES.md:61)" in person.words


async def test_inferred_values_show_their_line_and_assumed_ones_say_so(opened: Opened) -> None:
    async with opened() as person:
        await person.press("enter")
        assert "read from services/market/service.py:1" in person.words
        said = " ".join(str(text.content) for text in person.screen.query(Static))
        assert "assumed: nothing in the stack says it" in said


async def test_keys_typed_in_a_burst_go_where_they_belong(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
        for key in [*"trades", "tab", *"Counts"]:
            person.app.simulate_key(key)
        await person.settle()
        assert person.screen.form().name == "trades"
        assert person.screen.form().purpose == "Counts"


async def test_the_field_under_the_cursor_says_what_the_plain_door_says(opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await fill(person)
        said = person.screen.explanation.content.plain
        assert "Its fields between commas, each a name and a type" in said
        assert 'An event: {"id": "7d1c", "time": "2026-01-31T12:00:00Z", "symbol": "text", "price": 1.5}' in said
        for question in questions(person.screen.form()):
            if question.adds or question.field in ("kind", "seed"):
                continue
            heading, text = asked(person.screen.form(), question.place)
            assert (heading, text) == (question.heading, question.help)
        await person.press("shift+tab")
        assert "A Redis channel the service listens on." in person.words
        await person.press("shift+tab")
        assert "The port it is published on" in person.words


@pytest.mark.parametrize(
    "keys", [(), ("tab", "tab", "tab", "enter"), ("tab",) * 5 + ("enter",), ("tab",) * 7 + ("enter",)]
)
async def test_every_place_of_the_form_is_explained(keys: tuple[str, ...], opened: Opened) -> None:
    async with opened(size=(120, 40)) as person:
        await person.press("plus", *keys)
        for _ in range(4):
            assert person.screen.explanation.content.plain.strip()
            await person.press("tab")


@pytest.mark.parametrize(
    ("typed", "taken"), [("Price-Feed 2", "price_feed_2"), ("OrderRouter", "order_router"), ("core", "core")]
)
async def test_a_correction_is_taken_with_one_key(typed: str, taken: str, opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
        await person.type(typed)
        assert (f"F5 takes {taken}" in person.words) == (taken != typed)
        await person.press("f5")
        assert person.screen.form().name == taken
        assert person.focus == "field-name"
        assert "F5 takes" not in person.words


async def test_a_row_is_corrected_where_the_cursor_is(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        await person.press(*["backspace"] * len("float (in euro)"))
        await person.type("number")
        assert "F5 takes symbol str, price float" in person.words
        await person.press("f5")
        assert person.screen.answers.complete
        assert person.screen.form().inputs[0].members == "symbol str, price float"


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
async def test_no_placeholder_and_no_choice_is_cut(size: tuple[int, int], opened: Opened) -> None:
    async with opened(size=size) as person:
        await person.press("plus")
        for _ in range(4):  # a row in every list
            for rows in person.screen.query(RowList):
                await rows.add_row()
        await person.settle()
        fields = [field for field in person.screen.query(Input) if field.id != "sought"]
        assert len(fields) > 20
        for field in fields:
            assert len(field.placeholder) <= field.content_size.width, field.placeholder
        assert person.screen.query_one(Choice).size.height == 1


async def test_a_new_service_is_asked_its_kind_first(opened: Opened) -> None:
    async with opened(size=(100, 40)) as person:
        await person.press("plus")
        assert person.focus == "kind"
        assert "produces: it publishes events" in person.words
        await person.press("right", "right")
        assert "( ) http (•) consumes" in person.words and "Outputs: the channels" not in person.words
        await person.press("enter")
        assert person.focus == "field-name"


@pytest.mark.parametrize("name", ["queue_quotes", "undo", "0", "n-y"])
async def test_who_begins_with_the_name_types_it_from_the_first_letter(name: str, opened: Opened) -> None:
    """No letter of it is lost on the question before, and none does what it does elsewhere."""
    async with opened() as person:
        await person.press("plus")
        for char in name:
            person.app.post_message(events.Key({"_": "underscore", "-": "minus"}.get(char, char), char))
        await person.settle()
        assert person.on(SpecScreen) and person.focus == "field-name"
        assert person.screen.form().name == name


async def test_a_pasted_name_goes_to_its_field(opened: Opened) -> None:
    async with opened() as person:
        await person.press("plus")
        person.app.post_message(events.Paste("price_feed\n"))
        await person.settle()
        assert (person.focus, person.screen.form().name) == ("field-name", "price_feed")


async def test_out_of_the_preview_the_cursor_is_where_it_was(opened: Opened) -> None:
    async with opened() as person:
        await fill(person)
        before = person.screen.focused
        await person.press("f3", "escape")
        assert person.screen.focused is before


@pytest.mark.parametrize("given", ['{"symbol": "ABC"}', ""])
async def test_an_event_that_is_asked_for_has_a_field_and_stays_with_its_channel(
    opened: Opened, demo: Path, given: str
) -> None:
    rows = (Row("news", "symbol str"), Row("market_data", "symbol str", given))
    typed = AnswerForm("trades", "Counts trades", "8008", kind="consumes", inputs=rows, example_for="market_data")
    keep_draft(open_stack(demo), "trades", typed)
    async with opened() as person:
        person.screen.services.show_at(f"{DRAFT}trades")
        await person.press("enter")
        assert person.screen.form().inputs == rows, "what was typed elsewhere is not lost"
        field = person.screen.query_one("#field-example-1", Input)
        assert field.value == given
        person.screen.set_focus(field)
        await person.settle()
        assert "example event" in person.words
        field.value = "{"
        await person.settle()
        assert person.screen.answers.problem("inputs", 1, "example")
        field.value = '{"symbol": "XYZ"}'
        await person.settle()
        assert person.screen.answers.spec.inputs[1].example == '{"symbol": "XYZ"}'
        first = person.screen.query_one("#rows-inputs", RowList).rows[0]
        person.screen.set_focus(first.query(Input).first())
        await person.press("f8")
        assert person.screen.answers.spec.inputs[0].example == '{"symbol": "XYZ"}', "the row before it is gone"
        person.screen.query_one("#field-example-1", Input).value = ""
        await person.settle()
        assert person.screen.answers.spec.inputs[0].example == ""
