"""Every theme can be read: what is written has, by WCAG, a contrast of 4.5 or more with what it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from screens.present.contrast import INKS, contrast, grounds, ink_on, readable

SCREENS = Path(__file__).parents[2] / "screens"
LEAST = 4.5
WORDS = re.compile(r"\$((?:text|foreground)(?:-[a-z]+)?)\b")


def inks() -> set[str]:
    """Every variable that text of the app is written in, from its code and its stylesheets."""
    files = [*SCREENS.rglob("*.py"), *SCREENS.rglob("*.tcss")]
    return {found for file in files for found in WORDS.findall(file.read_text(encoding="utf-8"))}


def themes() -> Iterator[str]:
    """The themes whose colours are known; an ANSI theme has the terminal's own."""
    yield from (name for name in BUILTIN_THEMES if not name.startswith("ansi") and name != "textual-ansi")


@pytest.mark.parametrize("name", sorted(themes()))
def test_every_ink_can_be_read_on_every_ground(name: str) -> None:
    from screens.app import StackWizardApp

    app = StackWizardApp(Path())
    app.theme = name
    colours = app.get_css_variables()
    behind = grounds(colours)
    assert len(behind) == 8
    found = {
        f"${ink} on {ground.hex}": round(contrast(ground, ink_on(ground, colours[ink])), 2)
        for ink in sorted(inks())
        for ground in behind
    }
    assert not {place: ratio for place, ratio in found.items() if ratio < LEAST}


def test_what_the_app_writes_in_is_known() -> None:
    assert inks() <= set(INKS), "an ink that no test looks at: add it to INKS"


def test_contrast_is_that_of_the_standard() -> None:
    white, black, grey = Color.parse("white"), Color.parse("black"), Color.parse("#777777")
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(white, grey) == pytest.approx(4.48, abs=0.01)  # WCAG's own example of what just fails
    assert contrast(black, black) == 1


def test_an_ink_that_can_be_read_stays_as_it_is() -> None:
    dark = {"background": "#000000", "surface": "#000000", "panel": "#000000", "boost": "#000000", "primary": "#000000"}
    made = readable({**dark, "text-success": "#00ff00", "text-error": "#550000", "text-muted": "auto 60%"})
    assert (made["text-success"], made["text-muted"]) == ("#00ff00", "auto 60%")
    assert contrast(Color.parse(made["text-error"]), Color.parse("black")) >= LEAST
