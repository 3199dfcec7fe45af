"""Where a service's environment variables come from: compose, the Dockerfile, the words that start it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.rules.variables import set_by_shell
from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import dataclass
from wizard.values.source import Source


@dataclass(frozen=True, slots=True)
class SetVariable:
    """A variable that something sets. `value` None: passed through from the shell, or set by a command."""

    value: str | None
    source: Source


def set_variables(service: ServiceFacts | None, texts: Mapping[str, str]) -> dict[str, SetVariable]:
    """Returns everything set for the service's process, by upper-case name; compose wins over the Dockerfile."""
    if service is None:
        return {}
    found = {name: SetVariable(None, source) for name, source in _exports(service, texts)}
    if service.dockerfile:
        found.update({name.upper(): SetVariable(value, source) for name, value, source in service.dockerfile.env})
    if service.compose:
        found.update({e.name.upper(): SetVariable(e.value, e.source) for e in service.compose.environment})
    return found


def drafted_variables(service: ServiceFacts | None) -> dict[str, SetVariable]:
    """Returns what the commented-out blocks would set."""
    blocks = service.commented if service else ()
    return {e.name.upper(): SetVariable(e.value, e.source) for block in blocks for e in block.environment}


def _exports(service: ServiceFacts, texts: Mapping[str, str]) -> Iterator[tuple[str, Source]]:
    """`sh -c 'export X=$(cat …) && exec …'`, in compose, the Dockerfile, or a shell script of the service."""
    for holder in (service.compose, service.dockerfile):
        for fact in (holder.command, holder.entrypoint) if holder else ():
            if fact:
                yield from ((name, fact.source) for name in set_by_shell(" ".join(fact.value)))
    for path in service.own_files:
        if path.endswith((".sh", ".bash")) and path in texts:
            for number, line in enumerate(texts[path].split("\n"), 1):
                yield from ((name, Source(path, number)) for name in set_by_shell(line))
