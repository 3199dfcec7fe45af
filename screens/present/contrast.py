"""Makes every theme readable: an ink that has too little contrast with what it stands on is moved away from it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.color import Color

LEAST = 4.5
"""The contrast that WCAG 2.2, 1.4.3 asks of text."""
INKS = (
    "foreground",
    "foreground-muted",
    "text",
    "text-muted",
    "text-primary",
    "text-secondary",
    "text-accent",
    "text-success",
    "text-warning",
    "text-error",
)
"""What the app writes in; a test looks for others."""
_GROUNDS = ("surface", "panel", "boost", "surface-lighten-1", "surface-lighten-2")
"""The theme's own surfaces; the lighter ones lie under a cursor."""
_TINTED = (("primary", 0.25), ("primary", 0.35))
"""What lies over the background where the cursor is, as the stylesheets have it."""


def grounds(variables: Mapping[str, str]) -> list[Color]:
    """Returns what the app writes on: the theme's surfaces, and the background under a cursor."""
    base = Color.parse(variables["background"])
    plain = [base, *(base + Color.parse(variables[name]) for name in _GROUNDS if name in variables)]
    tinted = [base + Color.parse(variables[name]).with_alpha(alpha) for name, alpha in _TINTED]
    return [*plain, *tinted]


def readable(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables of a theme with every ink at the least contrast, or as near as black or white come."""
    behind = grounds(variables)
    return {**variables, **{name: _moved(variables[name], behind) for name in INKS if name in variables}}


def _moved(value: str, behind: list[Color]) -> str:
    """Returns the ink, mixed with white (black on a light theme) in steps until it can be read everywhere."""
    if value.startswith("auto"):
        percent = int(float(value.split()[1].rstrip("%"))) if " " in value else 100
        return next(
            (
                f"auto {n}%"
                for n in range(percent, 100, 5)
                if _worst([ink_on(b, f"auto {n}%") for b in behind], behind) >= LEAST
            ),
            "auto 100%",
        )
    ink = Color.parse(value)
    end = Color.parse("white" if behind[0].brightness < 0.5 else "black")
    for step in range(20):
        tried = (behind[0] + ink).blend(end, step / 20)
        if _worst([tried] * len(behind), behind) >= LEAST:
            return value if not step else tried.hex
    return end.hex


def ink_on(behind: Color, value: str) -> Color:
    """Returns the colour that is seen: `auto 87%` is white or black, mixed with what is behind."""
    if value.startswith("auto"):
        alpha = float(value.split()[1].rstrip("%")) / 100 if " " in value else 1.0
        return behind + behind.get_contrast_text(alpha)
    return behind + Color.parse(value)


def contrast(one: Color, other: Color) -> float:
    """Returns the ratio of the relative luminances."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _worst(inks: list[Color], behind: list[Color]) -> float:
    return min(contrast(ink, ground) for ink, ground in zip(inks, behind, strict=True))


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
