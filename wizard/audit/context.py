"""What a check gets to see, and how it says what it saw."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.audit.code import CodeView
from wizard.audit.given import Given
from wizard.audit.index import StackIndex
from wizard.checklist.schema import Item
from wizard.values.compose_facts import ComposeService
from wizard.values.container_facts import DockerfileFacts
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Status
from wizard.values.lean import dataclass
from wizard.values.observation import Observation
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source
from wizard.values.spec import ServiceSpec

REQUIRED = "requirements.txt"
UNREAD = "Correct the line; until then nothing of the file can be read."
_WORD = lazy_pattern(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Context:
    """One item of one service under judgement. `code`, `env` and `index` are views of them, made once."""

    facts: StackFacts
    service: ServiceFacts | None
    spec: ServiceSpec
    observations: tuple[Observation, ...]
    item: Item
    index: StackIndex
    code: CodeView
    env: Mapping[str, Given]

    @property
    def name(self) -> str:
        """The spec's name of the service."""
        return self.spec.name

    @property
    def folder(self) -> str:
        """The service's folder, or where it would be."""
        if self.service and self.service.folder:
            return self.service.folder
        return f"{self.facts.profile.services_dir}/{self.name}"

    @property
    def compose(self) -> ComposeService | None:
        """The active compose block."""
        return self.service.compose if self.service else None

    @property
    def dockerfile(self) -> DockerfileFacts | None:
        """The Dockerfile that builds the service."""
        return self.service.dockerfile if self.service else None

    @property
    def key(self) -> str:
        """The compose key it has, or would have."""
        return self.compose.key if self.compose else self.facts.profile.prefix + self.name

    @property
    def edit_file(self) -> str:
        """The compose file that gets services."""
        profile = self.facts.profile
        return profile.edit_file or (profile.compose_files[-1] if profile.compose_files else "compose file")

    @property
    def container_ports(self) -> frozenset[int]:
        """The ports that are right inside the container: the spec's, and what compose maps the spec's to."""
        ports = self.compose.ports if self.compose else ()
        return frozenset({self.spec.port, *(p.target for p in ports if p.published == self.spec.port)})

    def port_says(self) -> tuple[str, tuple[Source, ...]]:
        """Where the port comes from that everything is compared with: a clause for a sentence, and its line."""
        port = self.spec.port
        if self.service and self.service.manifest:
            return f"the spec says {port}", (self.spec_source,)
        entry = next((e for e in self.index.reserved.get(self.name, ()) if e.port == port), None)
        if entry:
            return f"the registry reserves {port}", (entry.source,)
        published = next((p for p in self.compose.ports if p.published == port), None) if self.compose else None
        if published:
            return f"compose publishes {port}", (published.source,)
        return f"the spec says {port}", ()

    def own(self, filename: str) -> Source:
        """A file of the service's folder as a whole."""
        return Source(f"{self.folder}/{filename}")

    @staticmethod
    def at_file(path: str, fact: Fact[tuple[str, ...]] | None) -> Source:
        """The line of `fact`, else the file as a whole."""
        return fact.source if fact else Source(path)

    def met(self, summary: str, *sources: Source, seen: tuple[Observation, ...] = ()) -> Finding:
        """Evidence found."""
        return Finding(self.item.id, Status.MET, summary, tuple(dict.fromkeys(sources)), seen)

    def unmet(self, summary: str, *sources: Source, hint: str = "") -> Finding:
        """Nothing there yet, or not all of it."""
        return self._open(Status.UNMET, summary, sources, (), hint)

    def broken(self, summary: str, *sources: Source, hint: str = "", seen: tuple[Observation, ...] = ()) -> Finding:
        """There, but wrong."""
        return self._open(Status.BROKEN, summary, sources, seen, hint)

    def unknown(self, summary: str, *sources: Source, hint: str = "", seen: tuple[Observation, ...] = ()) -> Finding:
        """Cannot be decided now; the summary gives the reason."""
        return self._open(Status.UNKNOWN, summary, sources, seen, hint)

    def na(self, summary: str, *sources: Source) -> Finding:
        """The spec says that it does not apply."""
        return Finding(self.item.id, Status.NA, summary, sources)

    def _open(
        self, status: Status, summary: str, sources: tuple[Source, ...], seen: tuple[Observation, ...], hint: str
    ) -> Finding:
        text = hint or self._hint()
        return Finding(self.item.id, status, summary, tuple(dict.fromkeys(sources)), seen, text)

    def _hint(self) -> str:
        """The item's hint with this stack's own paths."""
        service, profile = self.service, self.facts.profile
        words = {
            "name": self.name,
            "folder": self.folder,
            "entry": service.entry if service and service.entry else f"{self.folder}/service.py",
            "port": str(self.spec.port or "PORT"),
            "dockerfile": self.dockerfile.path if self.dockerfile else f"{self.folder}/Dockerfile",
            "requirements": service.requirements.path if service and service.requirements else self.own(REQUIRED).path,
            "readme": service.readme.path if service and service.readme else self.own("README.md").path,
            "unit": profile.tests_unit,
            "integration": profile.tests_integration,
            "e2e": profile.tests_e2e,
        }
        return _WORD.sub(lambda match: words.get(match[1], match[0]), self.item.hint)

    @property
    def answers(self) -> Source:
        """Where the answers about it stand; while nobody wrote them down, the code they were read from."""
        if self.service is None or self.service.manifest:
            return self.spec_source
        return Source(self.service.entry or self.folder)

    @property
    def spec_source(self) -> Source:
        """Where the spec's answers stand, or would stand."""
        return Source(f".stack-wizard/services/{self.name}.yaml")


def listed(words: tuple[str, ...] | list[str], limit: int = 4) -> str:
    """`a`, `a and b`, `a, b, c and 3 more`."""
    if len(words) > limit:
        return f"{', '.join(words[:limit])} and {len(words) - limit} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def plural(count: int, word: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
