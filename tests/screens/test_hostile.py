"""Text from outside is shown literally: it neither crashes nor restyles a screen, no escape sequence gets through."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult

from screens.present.values import literal, literal_lines, prose
from screens.widgets.layout import Line
from screens.widgets.lines import Lines
from screens.widgets.rows import Rows
from screens.widgets.tail import LogTail
from wizard.pipeline.guided_session import GuidedSession
from wizard.values.observation import Progress

Opened = Callable[..., AbstractAsyncContextManager[Any]]
NOT_RED = "[red]not red[/red]"
HOSTILE = (
    NOT_RED,
    "[/nothing] [@click=app.quit]do not[/]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J",
    "x" * 10_000,
    b"caf\xe9 \xff\xfe".decode("utf-8", "surrogateescape"),
    "日本語 の ログ 👩‍💻 ｗｉｄｅ",
    "bidi \u202e evil \u2066",
    "tab\tbell\x07 back\x08 nul\x00 cr\r",
    "$text-error {braces} %s \\ `code`",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_presented_text_keeps_its_characters_and_has_no_controls(text: str) -> None:
    for shown in (literal(text), literal_lines(text), prose(text)):
        assert not any(ord(char) < 32 and char != "\n" for char in shown.plain)
        assert not any("\ud800" <= char <= "\udfff" for char in shown.plain)
    assert NOT_RED in literal(NOT_RED).plain


class Shelf(App[None]):
    """All widgets that show outside text."""

    def compose(self) -> ComposeResult:
        yield Rows(id="rows")
        yield Lines(id="lines")
        yield LogTail(id="log")


async def test_widgets_show_it_and_go_on() -> None:
    app = Shelf()
    async with app.run_test(size=(80, 40)) as pilot:
        app.query_one(Rows).show([(str(n), literal(text)) for n, text in enumerate(HOSTILE)])
        app.query_one(Lines).show([Line(text, "add") for text in HOSTILE])
        app.query_one(LogTail).feed([(True, text) for text in reversed(HOSTILE)])
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        shown = "\n".join("".join(segment.text for segment in strip) for strip in strips)
        assert shown.count("[red]not red[/red]") == 3
        assert "\x1b" not in shown and "\x07" not in shown
        assert {strip.cell_length for strip in strips} == {80}
        await pilot.click("#lines")
        app.query_one(Lines).scroll_to(x=9_000, animate=False)
        await pilot.pause()
        assert "x" * 20 in "".join(s.text for strip in app.screen._compositor.render_strips() for s in strip)


async def test_a_hostile_stack_is_shown_literally(opened: Opened, demo: Path) -> None:
    readme = demo / "services" / "market" / "README.md"
    readme.write_bytes(b"# market\n\n[red]caf\xe9[/] \x1b[31mpurpose\x1b[0m [/x]\n\nPort 8005\n")
    (demo / "services" / "market" / "b[old].py").write_text("x = 1\n")
    compose = demo / "infrastructure" / "compose" / "dev.yml"
    compose.write_text(compose.read_text() + "\n# [red]日本語[/] " + "y" * 10_000 + "\n")
    registry = demo / "FUTURE_SERVICES.md"
    registry.write_text(registry.read_text().replace("Paper Runner", "Paper [/red Ｒunner"))
    subprocess.run(["git", "-C", demo, "switch", "-qc", "feat/red]日本"], check=True)
    async with opened() as person:
        assert "feat/red]日本" in person.shown
        await person.press("enter")
        assert "\x1b" not in person.shown
        await person.press("ctrl+s", "d")
        await person.press("escape", "p")
        assert "Paper [/red Ｒunner" in person.shown


async def test_a_hostile_log_is_shown_literally(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Iterator[Any]:
        for text in reversed(HOSTILE):
            yield Progress("7.5", "log", text)

    monkeypatch.setattr(GuidedSession, "verify", run)
    monkeypatch.setattr(GuidedSession, "runtime", lambda _: "embedded")
    async with opened(size=(120, 40)) as person:
        await person.press("enter", "ctrl+s", "v")
        assert "[red]not red[/red]" in person.shown
        assert "日" in person.shown
        assert "\x1b" not in person.shown
