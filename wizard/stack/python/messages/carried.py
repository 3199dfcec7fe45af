"""Settles which models the messages of a channel are, over all files of a service."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.stack.python.lookup import EMPTY, Lookup
from wizard.stack.python.messages.fields import UNPACKED
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, FieldUse
from wizard.values.facts.pending import HandedMessage, PendingUse, TakenField

MAX_DEPTH = 5
"""How many functions are followed that return what another returns."""
MOST_HANDED = 20
"""How many functions a message is followed through; a handler that asks helpers has three or four."""


class Messages:
    """Knows what every function returns, and which classes are made of messages in which file and function."""

    def __init__(self, lookup: Lookup) -> None:
        self.known = {made.name for file in lookup.files for made in (file.pending or EMPTY).classes}
        self.returns: dict[str, dict[str, None]] = {}
        self.parsed: list[tuple[str, str, str]] = []
        self.dumped: list[tuple[str, str, str]] = []
        self.keys: dict[str, dict[str, None]] = {}
        self.unpacking: list[tuple[str, str]] = []
        self.taken: dict[tuple[str, int], list[TakenField]] = {}
        self.handed: dict[tuple[str, int], list[HandedMessage]] = {}
        for file in lookup.files:
            pending = file.pending or EMPTY
            for name, classes in pending.returns:
                self.returns.setdefault(name, {}).update(dict.fromkeys(classes))
            self.parsed += [(file.path, one.within, one.name) for one in pending.parsed if one.name in self.known]
            self.dumped += [(file.path, one.within, name) for one in pending.dumped for name in self._classes(one.name)]
            self.unpacking += [(file.path, name) for name in sorted(pending.unpacking)]
            for name, keys in pending.returned_keys:
                self.keys.setdefault(name, {}).update(dict.fromkeys(keys))
            for field in pending.taken:
                self.taken.setdefault((field.within, field.parameter), []).append(field)
            for one in pending.handed:
                self.handed.setdefault((one.within, one.parameter), []).append(one)

    def of(self, use: PendingUse, path: str) -> tuple[str, ...]:
        """Returns the classes a use of Redis takes in or puts out; () when the code does not say."""
        if use.kind in TAKES_IN:
            return self._taken(use.within, path)
        found = tuple(dict.fromkeys(name for given in use.carries for name in self._classes(given)))
        return found if found or use.keys or use.kind not in PUTS_OUT else self._dumped(use.within, path)

    def _dumped(self, function: str, path: str) -> tuple[str, ...]:
        """Returns what is made JSON in this function, else the one class of which that is so in the whole service."""
        near = dict.fromkeys(name for place, within, name in self.dumped if place == path and within == function)
        every = dict.fromkeys(name for _, _, name in self.dumped)
        return tuple(near) or (tuple(every) if len(every) == 1 else ())

    def keys_of(self, use: PendingUse) -> tuple[str, ...]:
        """Returns the keys of the dict that a use puts out: written there, or in the function that returns it."""
        returned = (name.removesuffix("()") for name in use.carries if name.endswith("()"))
        return use.keys or tuple(dict.fromkeys(key for name in returned for key in self.keys.get(name, ())))

    def takes(self, use: PendingUse, path: str) -> tuple[FieldUse, ...]:
        """Returns the fields that are taken out of the messages of a use, as far as they are unpacked to a dict; those
        of the function around it, else of its file, else of the only one that unpacks anything."""
        if use.kind not in TAKES_IN:
            return ()
        here = [one for one in self.unpacking if one[0] == path]
        near = [one for one in here if one[1] == use.within] or here or self.unpacking
        if len({within for _, within in near}) != 1:
            return ()
        found: dict[str, FieldUse] = {}
        for field in self._reached(near[0][1]):
            known = found.get(field.name)
            if known is None or (field.required and not known.required):
                found[field.name] = FieldUse(field.name, field.required, field.source)
        return tuple(found.values())

    def _reached(self, function: str) -> Iterator[TakenField]:
        """Yields the fields of a message that `function` unpacks, through the functions it is handed to."""
        waiting, seen = [(function, UNPACKED)], {(function, UNPACKED)}
        for place in waiting:
            yield from self.taken.get(place, ())
            for handed in self.handed.get(place, ()):
                further = (handed.to, handed.position)
                if further not in seen and len(seen) < MOST_HANDED:
                    seen.add(further)
                    waiting.append(further)

    def _classes(self, given: str, depth: int = 0) -> list[str]:
        if not given.endswith("()"):
            return [given] if given in self.known else []
        if depth > MAX_DEPTH:
            return []
        returned = self.returns.get(given[:-2], {})
        return [name for one in returned for name in self._classes(one, depth + 1)]

    def _taken(self, function: str, path: str) -> tuple[str, ...]:
        """Returns what is made of messages nearest to the call: in its function, its file, or anywhere."""
        near = [name for place, within, name in self.parsed if place == path and within == function]
        same = [name for place, _, name in self.parsed if place == path]
        return tuple(dict.fromkeys(near or same or [name for _, _, name in self.parsed]))
