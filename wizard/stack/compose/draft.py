"""What one Compose file says of one service, before it is merged with what other files say.

Sections are keyed so that Compose's merge rules become dictionary updates
(https://github.com/compose-spec/compose-spec/blob/main/13-merge.md).
"""

from __future__ import annotations

from typing import TypeVar

from wizard.values.facts.compose import DependsOn, EnvEntry, PublishedPort
from wizard.values.lean import dataclass, field
from wizard.values.source import Fact, Problem, Source

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EnvFile:
    """An entry of `env_file`; `path` is relative to the stack's root. `raw`: its values are taken as they stand."""

    path: str
    required: bool
    source: Source
    raw: bool = False


@dataclass(slots=True)
class Draft:
    """`single`: scalars by dotted key (`image`, `build.context`); `words`: lists that replace each other (`command`,
    `healthcheck.test`); `named`: lists whose entries are unique (`secrets`, `volumes` by target).

    `cleared`: what `!reset` and `!override` take away from earlier files: a section, or `section.entry`.
    """

    key: str
    declared: list[Source]
    end_line: int = 0
    single: dict[str, Fact[str]] = field(default_factory=dict)
    words: dict[str, Fact[tuple[str, ...]]] = field(default_factory=dict)
    named: dict[str, dict[str, Fact[str]]] = field(default_factory=dict)
    environment: dict[str, EnvEntry] = field(default_factory=dict)
    env_files: dict[str, EnvFile] = field(default_factory=dict)
    depends_on: dict[str, DependsOn] = field(default_factory=dict)
    ports: dict[str, PublishedPort] = field(default_factory=dict)
    health: dict[str, Source] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def merge(base: Draft, over: Draft) -> Draft:
    """Returns `over` laid on `base` by Compose's rules; neither is changed."""
    lower = cleared(base, over.cleared) if over.cleared else base
    return Draft(
        key=over.key,
        declared=[*base.declared, *over.declared],
        end_line=over.end_line or base.end_line,
        single={**lower.single, **over.single},
        words={**lower.words, **over.words},
        named={
            name: {**lower.named.get(name, {}), **over.named.get(name, {})} for name in {**lower.named, **over.named}
        },
        environment={**lower.environment, **over.environment},
        env_files={**lower.env_files, **over.env_files},
        depends_on={**lower.depends_on, **over.depends_on},
        ports={**lower.ports, **over.ports},
        health={**lower.health, **over.health},
        keys={**lower.keys, **over.keys},
        problems=[*base.problems, *over.problems],
    )


def cleared(draft: Draft, names: set[str]) -> Draft:
    """Returns the draft without the sections and entries named."""

    def kept(section: str) -> bool:
        return section not in names

    def entries(section: str, of: dict[str, _T]) -> dict[str, _T]:
        return {k: v for k, v in of.items() if f"{section}.{k}" not in names} if kept(section) else {}

    def dotted(of: dict[str, _T]) -> dict[str, _T]:
        return {k: v for k, v in of.items() if kept(k) and kept(k.partition(".")[0])}

    return Draft(
        key=draft.key,
        declared=draft.declared,
        end_line=draft.end_line,
        single=dotted(draft.single),
        words=dotted(draft.words),
        named={name: entries(name, of) for name, of in draft.named.items()},
        environment=entries("environment", draft.environment),
        env_files=entries("env_file", draft.env_files),
        depends_on=entries("depends_on", draft.depends_on),
        ports=draft.ports if kept("ports") else {},
        health=entries("healthcheck", draft.health),
        keys={key: None for key in draft.keys if kept(key)},
        problems=draft.problems,
    )
