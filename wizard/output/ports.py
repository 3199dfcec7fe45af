"""The port table as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.audit.ports import PortRow
from wizard.output.data import Json, document, source
from wizard.output.markdown import cell, table
from wizard.output.style import Style
from wizard.rules.text import clean, one_line
from wizard.values.facts.stack import PortClaim, StackFacts


def ports_lines(facts: StackFacts, rows: Iterable[PortRow], style: Style) -> Iterator[str]:
    """Yields a port a block: state and owner, below it every claim with its line, then what conflicts."""
    where = facts.registry.path if facts.registry is not None else "no registry document found"
    yield style.paint(f"ports of {clean(facts.root)} (registry: {clean(where)})", "bold")
    for row in rows:
        owner = row.reserved_for or "nobody"
        colour = "red" if row.conflicts else "green" if row.state == "free" else "dim"
        yield f"  {row.port:>5}  {style.paint(f'{row.state:<10}', colour)} reserved for {one_line(owner)}"
        for claim in row.claims:
            holder = one_line(claim.holder) or "nobody yet"
            yield f"         {claim.state:<10} {holder}  {style.paint(_place(claim), 'dim')}"
        for conflict in row.conflicts:
            yield style.paint(f"         conflict: {one_line(conflict, 300)}", "red")


def _place(claim: PortClaim) -> str:
    detail = one_line(claim.detail) if claim.detail else ""
    return " ".join(part for part in (clean(str(claim.source)) if claim.source else "", detail) if part)


def ports_json(rows: Iterable[PortRow]) -> str:
    """Returns the document of `ports`."""
    return document("ports", {"ports": [_row(row) for row in rows]})


def _row(row: PortRow) -> Json:
    return {
        "port": row.port,
        "state": row.state,
        "reserved_for": clean(row.reserved_for),
        "conflicts": [clean(conflict) for conflict in row.conflicts],
        "claims": [
            {
                "state": claim.state,
                "holder": clean(claim.holder),
                "evidence": source(claim.source) if claim.source else None,
                "detail": clean(claim.detail),
            }
            for claim in row.claims
        ],
    }


def ports_markdown(rows: Iterable[PortRow]) -> Iterator[str]:
    """Yields a table a person can paste."""
    body = (
        (
            str(row.port),
            row.state,
            cell(row.reserved_for or "nobody"),
            "<br>".join(cell(f"{c.holder or 'nobody yet'} ({c.state}, {_place(c)})") for c in row.claims),
            cell("; ".join(row.conflicts)),
        )
        for row in rows
    )
    yield from table(("Port", "State", "Reserved for", "Held by", "Conflicts"), body)
