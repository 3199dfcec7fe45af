"""Which test file belongs to which service, and of what kind it is."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

from wizard.stack.services import Candidate
from wizard.stack.tree import Tree
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile

KINDS = ("unit", "integration", "e2e")
_E2E = frozenset({"e2e", "end2end", "end_to_end", "system", "acceptance"})
_INTEGRATION = frozenset({"integration", "integration_tests", "it", "contract"})
_STEM = lazy_pattern(r"^(?:tests?_)?(.*?)(?:_tests?)?$")


def tests_of(tree: Tree, profile: Profile, candidates: tuple[Candidate, ...]) -> dict[tuple[str, str], list[str]]:
    """(service, kind) -> its files.

    They are: what lies in a folder with its name below a tests folder, files named after it, tests in its own folder,
    and every conftest that applies to these.
    """
    index = _Index(profile, candidates)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    conftests: list[str] = []
    for path in tree.paths:
        if not path.endswith(".py"):
            continue
        if path.rpartition("/")[2] == "conftest.py":
            conftests.append(path)
        elif (service := index.owner(path)) is not None:
            found[service, index.kind(path)].append(path)
    for paths in found.values():
        folders = {posixpath.dirname(path) for path in paths}
        above = (path for path in conftests if any(_applies(posixpath.dirname(path), folder) for folder in folders))
        paths.extend(above)
    return dict(found)


def _applies(folder: str, tests: str) -> bool:
    return not folder or tests == folder or tests.startswith(f"{folder}/")


class _Index:
    def __init__(self, profile: Profile, candidates: tuple[Candidate, ...]) -> None:
        self.kinds = sorted(
            ((profile.tests_unit, "unit"), (profile.tests_integration, "integration"), (profile.tests_e2e, "e2e")),
            key=lambda pair: -len(pair[0]),
        )
        self.roots = {folder.split("/")[0] for folder, _ in self.kinds if folder} | {"tests", "test"}
        self.names = {_plain(c.name): c.name for c in candidates}
        self.folders = {c.folder: c.name for c in candidates if c.folder not in ("", ".")}

    def kind(self, path: str) -> str:
        """By the profile's folders, else by the words of the path."""
        for folder, kind in self.kinds:
            if folder and path.startswith(f"{folder}/"):
                return kind
        words = set(re.split(r"[/_.-]", path.lower())) | set(path.lower().split("/"))
        return "e2e" if words & _E2E else "integration" if words & _INTEGRATION else "unit"

    def owner(self, path: str) -> str | None:
        """The service a file in a tests folder is about; None when it is no test file or about none."""
        parts = path.split("/")
        own = next((f for n in range(len(parts) - 1, 0, -1) if (f := "/".join(parts[:n])) in self.folders), None)
        if own is not None:
            inside = parts[own.count("/") + 1 :]
            tested = (
                bool({"tests", "test"} & set(inside[:-1]))
                or inside[-1].startswith("test_")
                or inside[-1].endswith("_test.py")
            )
            return self.folders[own] if tested else None
        if parts[0] not in self.roots and not {"tests", "test"} & set(parts[:-1]):
            return None
        for part in parts[-2::-1]:
            if _plain(part) in self.names:
                return self.names[_plain(part)]
        return self._named(parts[-1])

    def _named(self, filename: str) -> str | None:
        """The longest service name that the file's name begins with: `test_market_data_flow.py` is `market_data`'s."""
        if not (filename.startswith("test") or filename.endswith(("_test.py", "_tests.py"))):
            return None
        match = _STEM.match(filename.removesuffix(".py"))
        words = (match[1] if match else "").lower().split("_")
        for count in range(len(words), 0, -1):
            if (name := self.names.get("_".join(words[:count]))) is not None:
                return name
        return None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
