"""Which services a change concerns: by their own files, their Compose block, and where shared documents name them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import PROFILE
from wizard.values.spec import manifest_path


class Change(Protocol):
    """What changed in one file: its line numbers now, and the text that was added or taken away."""

    @property
    def lines(self) -> Collection[int]:
        """Returns the lines."""

    @property
    def words(self) -> Collection[str]:
        """Returns the text of added and removed lines."""


def touched(facts: StackFacts, changes: Mapping[str, Change]) -> tuple[str, ...]:
    """Returns the services that the changes concern, in the stack's order.

    A Compose file's line outside every block (a network, an anchor, a secret) concerns all of them; so does the
    profile. In other shared files those are concerned whose name stands in what changed.
    """
    concerned: set[str] = set()
    for path, change in changes.items():
        owners = {service.name for service in facts.services if _owns(service, path)}
        if not owners:
            owners = _of_shared(facts, path, change)
        concerned |= owners
    return tuple(service.name for service in facts.services if service.name in concerned)


def _owns(service: ServiceFacts, path: str) -> bool:
    folder = f"{service.folder.rstrip('/')}/" if service.folder.strip("./") else ""
    read = {*service.own_files, *(file.path for files in service.tests.values() for file in files)}
    read |= {file.path for file in service.code}
    if service.dockerfile is not None:
        read.add(service.dockerfile.path)
    if service.requirements is not None:
        read.add(service.requirements.path)
    return path in read or bool(folder and path.startswith(folder)) or path == manifest_path(service.name)


def _of_shared(facts: StackFacts, path: str, change: Change) -> set[str]:
    every = {service.name for service in facts.services}
    if path in facts.compose.files or path == PROFILE:
        blocks = {service.name: _lines(service, path) for service in facts.services}
        inside = {name for name, lines in blocks.items() if any(line in lines for line in change.lines)}
        covered = all(any(line in lines for lines in blocks.values()) for line in change.lines)
        return inside if change.lines and covered else every
    if path not in facts.texts:
        return set()
    text = "\n".join(change.words)
    return {name for name in every if re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text)}


def _lines(service: ServiceFacts, path: str) -> range:
    block = service.compose
    if block is None or not block.declared or block.declared[-1].path != path:
        return range(0)
    return range(block.declared[-1].line, block.end_line + 1)
