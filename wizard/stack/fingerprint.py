"""What a live observation of a service depends on, as one sha256: while it is unchanged, the observation counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from wizard.values.compose_facts import ComposeModel
from wizard.values.facts import ServiceFacts
from wizard.values.profile import Profile

_DOCUMENTS = (".md", ".markdown", ".rst", ".txt")
_REQUIREMENTS = ("requirements", "constraints")


class Fingerprints:
    """Fingerprints over one reading; a file that several services depend on is hashed once."""

    def __init__(self, texts: Mapping[str, str], profile: Profile, model: ComposeModel) -> None:
        self._texts = texts
        self._hashes: dict[str, bytes] = {}
        files = dict.fromkeys((*model.files, *profile.compose_files))
        env = {entry.source.path for service in model.services for entry in service.environment if entry.file}
        self._shared = (*files, *env, profile.schema_file, *profile.seed_files, profile.pytest_config)

    def of(self, service: ServiceFacts, tests: Iterable[str] = ()) -> str:
        """The service's own files without documents, its `tests`, Compose with its env files, schema and seeds, and the
        pytest configuration; never documents or the wizard's own folder."""
        docker = (service.dockerfile.path,) if service.dockerfile else ()
        own = (path for path in service.own_files if not _is_document(path))
        paths = {path for path in (*own, *tests, *docker, *self._shared) if path and not is_private(path)}
        digest = hashlib.sha256()
        for path in sorted(paths):
            if not path.startswith(".stack-wizard/"):
                digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + self._hash(path))
        return digest.hexdigest()

    def _hash(self, path: str) -> bytes:
        """The content's hash; a file without text counts by its name alone."""
        if path not in self._hashes:
            text = self._texts.get(path)
            data = b"" if text is None else text.encode("utf-8", "surrogateescape")
            self._hashes[path] = b"" if text is None else hashlib.sha256(data).digest()
        return self._hashes[path]


def is_private(path: str) -> bool:
    """True for `.env` and its like, which hold one machine's secrets and are kept out of the repository."""
    name = path.rpartition("/")[2]
    return name.startswith(".env") and not name.endswith((".example", ".sample", ".template", ".dist"))


def _is_document(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith(_DOCUMENTS) and not name.startswith(_REQUIREMENTS)
