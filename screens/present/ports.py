"""The port table as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from screens.present.values import MUTED, STYLES, literal
from wizard.values.finding import Status

if TYPE_CHECKING:
    from wizard.audit.ports import PortRow

STATES = {
    "conflict": ("✗", STYLES[Status.BROKEN]),
    "listening": ("●", "$text-accent"),
    "published": ("●", "$text-primary"),
    "reserved": ("◐", "$text-warning"),
    "free": ("○", "$text-success"),
    "exposed": ("◌", MUTED),
}


def port_row(row: PortRow, may: bool | None) -> Content:
    """Returns one port. `may`: it may be picked (None: nothing is being picked)."""
    sign, style = STATES.get(row.state, ("?", ""))
    place = next((claim.source for claim in row.claims if claim.source is not None), None)
    owner = literal(row.reserved_for or ("nobody" if row.listed else "not in the list"), 26).truncate(
        26, ellipsis=True, pad=True
    )
    line = Content.assemble(
        (f"{row.port:>5}", "bold" if may else ""),
        "  ",
        (f"{sign} {row.state:<10}", style),
        (" ✓ " if may else "   ", STYLES[Status.MET]),
        owner,
        " ",
        literal(str(place or ""), 100, MUTED),
    )
    return line if may is not False else line.stylize(MUTED)


def port_detail(port: int, row: PortRow | None, reason: str) -> Content:
    """Returns every claim with its line, conflicts, and why it cannot be picked."""
    if not port:
        return Content("")
    lines = [Content.assemble((str(port), "bold"), ("  ", ""), literal(reason, 300, STYLES[Status.UNMET]))]
    if row is None:
        lines.append(Content.styled("nobody claims it; its line joins the registry with phase 3", MUTED))
        return Content("\n").join(lines)
    for conflict in row.conflicts:
        lines.append(Content.assemble(("✗ ", STYLES[Status.BROKEN]), literal(conflict, 300)))
    for claim in row.claims:
        where = literal(str(claim.source), 200, "$text-accent") if claim.source else Content("")
        detail = Content.assemble("  ", literal(claim.detail, 100, MUTED)) if claim.detail else Content("")
        lines.append(
            Content.assemble((f"{claim.state:<10} ", MUTED), literal(claim.holder or "nobody", 60), "  ", where, detail)
        )
    return Content("\n").join(lines)
