"""What a live observation of a service depends on, as one sha256: while it is unchanged, the observation counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wizard.values.facts.compose import ComposeModel
from wizard.values.facts.stack import ServiceFacts
from wizard.values.profile import Profile

_DOCUMENTS = (".md", ".markdown", ".rst", ".txt")
_REQUIREMENTS = ("requirements", "constraints")


class Fingerprints(Mapping[str, str]):
    """Service name -> fingerprint over one reading, made when asked for; a file that several depend on is hashed once.

    `tests`: service name -> its test files.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        profile: Profile,
        model: ComposeModel,
        services: Iterable[ServiceFacts] = (),
        tests: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._texts = texts
        self._services = {service.name: service for service in services}
        self._tests = tests or {}
        self._made: dict[str, str] = {}
        self._hashes: dict[str, bytes] = {}
        files = dict.fromkeys((*model.files, *profile.compose_files))
        env = {entry.source.path for service in model.services for entry in service.environment if entry.file}
        self._shared = (*files, *env, profile.schema_file, *profile.seed_files, profile.pytest_config)

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = self.of(self._services[name], self._tests.get(name, ()))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    def of(self, service: ServiceFacts, tests: Iterable[str] = ()) -> str:
        """Returns the service's own files without documents, its `tests`, Compose with its env files, schema and seeds,
        and the pytest configuration; never documents or the wizard's own folder.
        """
        from hashlib import sha256

        docker = (service.dockerfile.path,) if service.dockerfile else ()
        own = (path for path in service.own_files if not _is_document(path))
        shared = (file.path for file in service.shared)
        paths = {path for path in (*own, *shared, *tests, *docker, *self._shared) if path and not is_private(path)}
        digest = sha256()
        for path in sorted(paths):
            if not path.startswith(".stack-wizard/"):
                digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + self._hash(path))
        return digest.hexdigest()

    def _hash(self, path: str) -> bytes:
        """The content's hash; a file without text counts by its name alone."""
        from hashlib import sha256

        if path not in self._hashes:
            text = self._texts.get(path)
            data = b"" if text is None else text.encode("utf-8", "surrogateescape")
            self._hashes[path] = b"" if text is None else sha256(data).digest()
        return self._hashes[path]


def is_private(path: str) -> bool:
    """Returns True for `.env` and its like, which hold one machine's secrets and are kept out of the repository."""
    name = path.rpartition("/")[2]
    return name.startswith(".env") and not name.endswith((".example", ".sample", ".template", ".dist"))


def _is_document(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith(_DOCUMENTS) and not name.startswith(_REQUIREMENTS)
