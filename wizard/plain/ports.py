"""The choice of a port as numbered lines."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.audit.ports import ANYONE, PortRow, next_free, port_problem, port_table
from wizard.rules.text import one_line
from wizard.values.facts.stack import StackFacts


def choices(facts: StackFacts, name: str) -> tuple[tuple[int, str], ...]:
    """Returns the ports that this service may take, each with why: its own first, then nobody's, then the next free
    one.
    """
    rows = [row for row in port_table(facts) if row.listed and not port_problem(facts, name, row.port)]
    rows.sort(key=lambda row: (row.free_for == ANYONE, row.port))
    found = [(row.port, _why(row, name)) for row in rows]
    beyond = next_free(facts)
    if beyond is not None:
        found.append((beyond, "the next free one; the registry gets a line for it"))
    return tuple(found)


def offers(facts: StackFacts, name: str) -> Iterator[str]:
    """Yields the choices, numbered."""
    yield "  These can be taken:"
    for number, (port, why) in enumerate(choices(facts, name), 1):
        yield f"  {number}. {port}, {why}"
    yield "  Type a number of this list, or a port."
    yield "  all is for every port and who holds it."


def pick(facts: StackFacts, name: str, text: str) -> str:
    """Returns what was typed as a port: a number of the list becomes its port, anything else stays as it is."""
    listed = choices(facts, name)
    if text.isascii() and text.isdigit() and 0 < int(text) <= len(listed):
        return str(listed[int(text) - 1][0])
    return text


def every_port(facts: StackFacts, name: str) -> Iterator[str]:
    """Yields every port that the stack knows: free for this service, or why not."""
    for row in port_table(facts):
        problem = port_problem(facts, name, row.port)
        yield f"  {row.port}: {one_line(problem, 300) if problem else _why(row, name)}"


def _why(row: PortRow, name: str) -> str:
    place = next((f" ({claim.source})" for claim in row.claims if claim.source is not None), "")
    if row.free_for == ANYONE:
        return f"reserved for nobody yet{place}"
    if row.free_for == name:
        return f"reserved for {name}{place}"
    return f"free for {name}{place}"
