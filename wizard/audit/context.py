"""What a check gets to see, and how it says what it saw."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from wizard.audit.index import StackIndex
from wizard.audit.service.code import CodeView
from wizard.audit.set_variables import SetVariable
from wizard.rules.health_routes import health_paths
from wizard.rules.ports import PortMention, served_in
from wizard.values.checklist import Item
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Status
from wizard.values.lean import dataclass, field
from wizard.values.observation import Observation
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Problem, Source
from wizard.values.spec import Inferred, ServiceSpec

REQUIRED = "requirements.txt"
UNREAD = "Correct the line; until then nothing of the file can be read."
IS_NEWER = lazy_pattern(r"newer Python", re.IGNORECASE)
NEWER = "Install stack-wizard under the Python that the code is for; until then nothing of the file can be read."
_WORD = lazy_pattern(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Context:
    """One item of one service under judgement. `code`, `env` and `index` are views of them, made once, and so are the
    `port_mentions`: everything in the service's files that says its port.

    `inferred`: where the spec's values were read, and which are assumed; None when a person said them all.
    `hint_words`: what stands for `{port}` and the like in the hints of this service, shared by its thirty items.
    """

    facts: StackFacts
    service: ServiceFacts | None
    spec: ServiceSpec
    observations: tuple[Observation, ...]
    item: Item
    index: StackIndex
    code: CodeView
    env: Mapping[str, SetVariable]
    port_mentions: tuple[PortMention, ...]
    inferred: Inferred | None = None
    hint_words: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def is_assumed(self, field: str) -> bool:
        """Tells whether nothing says this field of the spec, so that no verdict may rest on it."""
        return self.inferred is not None and field in self.inferred.assumed

    def said(self, field: str) -> Source:
        """Returns the line that a field of the spec was read from: the manifest's, else one of the stack's files."""
        if self.service is None or self.service.manifest:
            return self.spec_source
        first = (self.inferred.sources.get(field, "") if self.inferred else "").partition(", ")[0].partition(" (")[0]
        path, colon, line = first.rpartition(":")
        if colon and line.isdigit():
            return Source(path, int(line))
        return Source(first) if first else self.answers

    @property
    def name(self) -> str:
        """The spec's name of the service."""
        return self.spec.name

    @property
    def folder(self) -> str:
        """The service's folder, or where it would be."""
        if self.service and self.service.folder:
            return self.service.folder
        return posixpath.join(self.facts.profile.services_dir, self.name)

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
        """The ports that are right inside the container: the one that compose maps the spec's to when the server that
        is started listens there, else the spec's and what compose maps it to."""
        ports = self.compose.ports if self.compose else ()
        targets = frozenset(p.target for p in ports if p.published == self.spec.port)
        listens = self.service.listens if self.service else None
        return frozenset({listens.value}) if listens and listens.value in targets else targets | {self.spec.port}

    def expected_port_clause(self) -> tuple[str, tuple[Source, ...]]:
        """Names the source of the port that everything is compared with, as a clause for a sentence, and its line."""
        port = self.spec.port
        if self.service and self.service.manifest:
            return f"the spec says {port}", (self.spec_source,)
        entry = next((e for e in self.index.reserved.get(self.name, ()) if e.port == port), None)
        if entry:
            return f"the registry reserves {port}", (entry.source,)
        said = [
            mention for mention in self.port_mentions if mention.port == port and not mention.kind.startswith("draft_")
        ]
        first = next((s for s in said if s.kind == "published"), next(iter(said), None))
        return (f"{first.who} {port}", (first.source,)) if first else (f"the spec says {port}", ())

    def unparsed(self, problem: Problem, what: str = "does not parse") -> Finding:
        """Returns the finding about a file that does not parse: `unknown` where a newer Python may well read it."""
        say = self.unknown if IS_NEWER.search(problem.message) else self.broken
        return say(f"{what}: {problem.message}", problem.source, hint=unread(problem.message))

    def unstarted(self) -> Finding | None:
        """Returns the finding where the start command starts what is not in the repository, or a shell script that
        names no Python: then what the code there says does not say what runs; None otherwise."""
        script = self.service.starts_script if self.service else None
        if script is not None:
            hint = f"Say by a waiver what {script.value} does, or start a file of Python."
            return self.unknown(f"it starts {script.value}, which is no Python", script.source, hint=hint)
        gone = self.service.starts_missing if self.service else None
        if gone is None:
            return None
        hint = f"Start a file of the repository, or say by a waiver what {gone.value} is and does."
        return self.unknown(f"it starts {gone.value}, which is not in the repository", gone.source, hint=hint)

    def no_code(self, words: str, at: Source, hint: str = "") -> Finding:
        """Returns the finding for a service without Python in its folder: `words`, except where a folder above it is
        mounted into the container and what starts there is not known."""
        block = self.compose
        started = block is not None and (block.command or (self.dockerfile and self.dockerfile.command))
        if block is None or not started or (self.service and self.service.starts_missing):
            return self.unmet(words, at, hint=hint)
        base = posixpath.dirname(block.declared[-1].path) if block.declared else ""
        for fact in block.volumes:
            source = fact.value.partition(":")[0]
            path = posixpath.normpath(posixpath.join(base, source))
            above = self.folder != "." and (path == "." or self.folder.startswith(f"{path}/"))
            if source.startswith(".") and above:
                said = f"{self.folder} has no Python; {fact.value} is mounted, and what starts there cannot be read"
                return self.unknown(said, fact.source, hint="Say by a waiver which code it starts.")
        return self.unmet(words, at, hint=hint)

    def own(self, filename: str) -> Source:
        """Returns a file of the service's folder as a whole."""
        return Source(filename if self.folder == "." else f"{self.folder}/{filename}")

    def whereabouts(self) -> Source:
        """Returns a place of the service that exists: where it starts, its block in Compose, one of its files."""
        service = self.service
        if service is not None and service.entry:
            return Source(service.entry)
        if self.compose is not None and self.compose.declared:
            return self.compose.declared[0]
        own = service.own_files if service is not None else ()
        return Source(own[0]) if own else self.answers

    @staticmethod
    def at_file(path: str, fact: Fact[tuple[str, ...]] | None) -> Source:
        """Returns the line of `fact`, else the file as a whole."""
        return fact.source if fact else Source(path)

    def met(self, summary: str, *sources: Source, seen: tuple[Observation, ...] = ()) -> Finding:
        """Returns the finding for evidence that was found."""
        return Finding(self.item.id, self.item.phase, Status.MET, summary, tuple(dict.fromkeys(sources)), seen)

    def unmet(self, summary: str, *sources: Source, hint: str = "") -> Finding:
        """Returns the finding for what is not there yet, or not all of it."""
        return self._open(Status.UNMET, summary, sources, (), hint)

    def broken(self, summary: str, *sources: Source, hint: str = "", seen: tuple[Observation, ...] = ()) -> Finding:
        """Returns the finding for what is there, but wrong."""
        return self._open(Status.BROKEN, summary, sources, seen, hint)

    def unknown(self, summary: str, *sources: Source, hint: str = "", seen: tuple[Observation, ...] = ()) -> Finding:
        """Returns the finding for what cannot be decided now; the summary gives the reason."""
        return self._open(Status.UNKNOWN, summary, sources, seen, hint)

    def na(self, summary: str, *sources: Source) -> Finding:
        """Returns the finding for an item of which the spec says that it does not apply."""
        return Finding(self.item.id, self.item.phase, Status.NA, summary, sources)

    def _open(
        self, status: Status, summary: str, sources: tuple[Source, ...], seen: tuple[Observation, ...], hint: str
    ) -> Finding:
        text = hint or self._hint()
        return Finding(self.item.id, self.item.phase, status, summary, tuple(dict.fromkeys(sources)), seen, text)

    def _hint(self) -> str:
        """The item's hint with this stack's own paths."""
        if not self.hint_words:
            self.hint_words.update(self._words())
        return _WORD.sub(lambda match: self.hint_words.get(match[1], match[0]), self.item.hint)

    def _words(self) -> dict[str, str]:
        service, profile = self.service, self.facts.profile
        return {
            "name": self.name,
            "folder": self.folder,
            "entry": service.entry if service and service.entry else f"{self.folder}/service.py",
            "port": str(self.spec.port or "PORT"),
            "inside": str(self._inside() or "PORT"),
            "health": self._health_path(),
            "dockerfile": self.dockerfile.path if self.dockerfile else self._built(),
            "requirements": service.requirements.path if service and service.requirements else self.own(REQUIRED).path,
            "readme": service.readme.path if service and service.readme else self.own("README.md").path,
            "unit": profile.tests_unit,
            "integration": profile.tests_integration,
            "e2e": profile.tests_e2e,
        }

    def _built(self) -> str:
        """The Dockerfile that would be the service's own, or that Compose names where services lie side by side."""
        named = self.compose.dockerfile if self.compose and self.folder == "." else None
        return named.value if named is not None else self.own("Dockerfile").path

    def _inside(self) -> int:
        """The port it listens on in its container, as far as that is known, else the spec's."""
        served = served_in(self.port_mentions)
        known = [fact.value for fact in served if fact.value in self.container_ports] or [f.value for f in served]
        mapped = [p.target for p in self.compose.ports if p.published == self.spec.port] if self.compose else []
        return (known or mapped or [self.spec.port])[0]

    def unserved(self) -> str:
        """Returns the hint for what asks or publishes a port while the code, read whole, answers nothing that could be
        asked; '' where it does, or where there is no code yet."""
        service = self.service
        if service is None or not self.code.files or self.code.problems or self.code.unread_routes:
            return ""
        answers = service.listens is not None or self.code.served or any(file.apps for file in self.code.files)
        if not self.code.routes and not answers:
            return "Nothing in its code answers on a port: do it once something does, or waive it."
        if health_paths(self.code.files):
            return ""
        return f"Give {service.entry or self.folder} a health route first, then ask that one."

    def _health_path(self) -> str:
        blocks = (self.compose, self.dockerfile)
        asked = [
            b.healthcheck.path for b in blocks if b is not None and b.healthcheck is not None and b.healthcheck.path
        ]
        known = health_paths(self.code.files) if self.code.routes else asked
        return "/health" if "/health" in known or not known else known[0]

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
    """Joins words for a sentence: `a`, `a and b`, `a, b, c and 3 more`."""
    if len(words) > limit:
        return f"{', '.join(words[:limit])} and {len(words) - limit} more"
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def unread(message: str) -> str:
    """Returns what to do about a file that does not parse."""
    return NEWER if IS_NEWER.search(message) else UNREAD
