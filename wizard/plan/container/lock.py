"""The whole set of distributions behind the wizard's own pins, each with the hashes of its files.

`locked.txt` is what `uv pip compile --universal --generate-hashes` says of `PINS`, for Python 3.10 and for later ones
(`make lock` asks again). A stack whose service needs exactly these versions gets them with hashes and without an index
in reach; any other set is pinned by version, and `uv pip compile` makes the rest where the engineer has an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern

_ENTRY = lazy_pattern(
    r"^([a-z0-9-]+)==(\S+)((?: ; [^\\\n]*?)?) \\\n((?:    --hash=\S+(?: \\)?\n)+)((?:    #.*\n)*)", re.M
)
_DIRECT = lazy_pattern(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)\Z")


@dataclass(frozen=True, slots=True)
class Locked:
    """One distribution of the set. `marker`: where it is needed, as ` ; python_version …`, or ''. `hashes`: the lines
    of them, as pip reads them. `needed_by`: names of the distributions that ask for it."""

    name: str
    version: str
    marker: str
    hashes: str
    needed_by: frozenset[str]


def locked(lines: Iterable[str]) -> tuple[str, ...]:
    """Returns the entries of a requirements file with hashes for these pins and whatever they need, in the form that uv
    gives them; none when a pin is not one of the set, so that nothing is hashed by half.
    """
    chosen: dict[str, Locked] = {}
    for line in lines:
        pin = _DIRECT.match(line)
        entry = _entries().get((pin[1].lower().replace("_", "-"), pin[2])) if pin else None
        if entry is None:
            return ()
        chosen[entry.name] = entry
    known = {entry.name: entry for entry in _entries().values()} | chosen
    names = set(chosen)
    while more := {entry.name for entry in known.values() if entry.needed_by & names} - names:
        names |= more
    return tuple(_text(known[name], names, pinned=name in chosen) for name in sorted(names))


def _text(entry: Locked, names: set[str], *, pinned: bool) -> str:
    askers = sorted(entry.needed_by & names) + ["-r requirements.in"] * pinned
    return f"{entry.name}=={entry.version}{entry.marker} \\\n{entry.hashes}    # via {', '.join(askers)}"


@cache
def _entries() -> dict[tuple[str, str], Locked]:
    text = files("wizard.plan.container").joinpath("locked.txt").read_text("utf-8")
    found = [
        Locked(name, version, marker, hashes, frozenset(re.findall(r"^    #\s+(?:via )?([a-z0-9-]+)$", askers, re.M)))
        for name, version, marker, hashes, askers in _ENTRY.findall(text)
    ]
    entries: dict[tuple[str, str], Locked] = {}
    for entry in found:  # one that another Python's set asks for, too, stands twice
        before = entries.get((entry.name, entry.version), entry)
        entries[entry.name, entry.version] = replace(entry, needed_by=entry.needed_by | before.needed_by)
    return entries
