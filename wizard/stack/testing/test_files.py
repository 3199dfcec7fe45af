"""Which test file belongs to which service, and of what kind it is."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

from wizard.rules.markers import is_collected
from wizard.stack.services import Candidate
from wizard.stack.survey import Survey
from wizard.values.facts.documents import PytestFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile

KINDS = ("unit", "integration", "e2e")
_E2E = frozenset({"e2e", "end2end", "end_to_end", "system", "acceptance"})
_INTEGRATION = frozenset({"integration", "integration_tests", "contract"})
_SHORT = "it"
"""For integration as the name of a folder; in the name of a file it is a word like any other (`test_it.py`)."""
_IMPORT = lazy_pattern(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_MARKED = lazy_pattern(r"\bmark\.(unit|integration|e2e)\b")
_STEM = lazy_pattern(r"^(?:tests?_)?(.*?)(?:_tests?)?$")


@dataclass(frozen=True, slots=True)
class Tests:
    """(service, kind) -> its test files. `unclear`: those that may as well be another service's."""

    found: dict[tuple[str, str], list[str]]
    unclear: dict[tuple[str, str], list[str]]


def tests_of(
    survey: Survey, profile: Profile, candidates: tuple[Candidate, ...], config: PytestFacts | None = None
) -> Tests:
    """Returns the test files of the services. `config`: pytest's, which says where tests lie and what they are called.

    They are: what lies in a folder with its name below a tests folder, files named after it, tests in its own folder,
    tests that import its modules, and every conftest that applies to these.
    """
    index = _Index(profile, candidates, config, survey)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    unclear: dict[tuple[str, str], list[str]] = defaultdict(list)
    conftests: list[str] = []
    for path in survey.tree.paths:
        if not path.endswith(".py"):
            continue
        if path.rpartition("/")[2] == "conftest.py":
            conftests.append(path)
            continue
        owner = index.owner(path)
        services, sure = ((owner,), True) if owner is not None else index.importers(path)
        for service in services:
            (found if sure else unclear)[service, index.kind(path)].append(path)
    for paths in found.values():
        folders = {posixpath.dirname(path) for path in paths}
        above = (path for path in conftests if any(_applies(posixpath.dirname(path), folder) for folder in folders))
        paths.extend(above)
    return Tests(dict(found), dict(unclear))


def _applies(folder: str, tests: str) -> bool:
    return not folder or tests == folder or tests.startswith(f"{folder}/")


class _Index:
    def __init__(
        self, profile: Profile, candidates: tuple[Candidate, ...], config: PytestFacts | None, survey: Survey
    ) -> None:
        self.survey = survey
        self.patterns = config.python_files if config is not None else ()
        self.testpaths = tuple(path.strip("/").removeprefix("./") for path in config.testpaths) if config else ()
        self.kinds = sorted(
            ((profile.tests_unit, "unit"), (profile.tests_integration, "integration"), (profile.tests_e2e, "e2e")),
            key=lambda pair: -len(pair[0]),
        )
        self.roots = {folder.split("/")[0] for folder, _ in self.kinds if folder} | {"tests", "test"}
        self.names = {_plain(c.name): c.name for c in candidates}
        self.folders = {c.folder: c.name for c in candidates if c.folder not in ("", ".")}

    def kind(self, path: str) -> str:
        """Returns the kind of a test file by the profile's folders, else by the words of the path."""
        for folder, kind in self.kinds:
            if folder and path.startswith(f"{folder}/"):
                return kind
        folders = path.lower().split("/")[:-1]
        words = {*re.split(r"[/_.-]", path.lower()), *folders}
        words |= {"integration"} if _SHORT in folders else set()
        if not words & (_E2E | _INTEGRATION) and "unit" not in words:
            marked = set(_MARKED.findall(self.survey.texts.get(path) or ""))
            words |= marked if len(marked) == 1 else set()  # no folder says it: then its only marker does
        return "e2e" if words & _E2E else "integration" if words & _INTEGRATION else "unit"

    def owner(self, path: str) -> str | None:
        """Returns the service a file in a tests folder is about; None when it is no test file or about none."""
        parts = path.split("/")
        own = next((f for n in range(len(parts) - 1, 0, -1) if (f := "/".join(parts[:n])) in self.folders), None)
        if own is not None:
            inside = parts[own.count("/") + 1 :]
            tested = (
                bool({"tests", "test"} & set(inside[:-1]))
                or inside[-1].startswith("test_")
                or inside[-1].endswith("_test.py")
                or is_collected(path, self.patterns)
            )
            return self.folders[own] if tested else None
        if parts[0] not in self.roots and not {"tests", "test"} & set(parts[:-1]):
            return None
        for part in parts[-2::-1]:
            if _plain(part) in self.names:
                return self.names[_plain(part)]
        return self._named(parts[-1])

    def importers(self, path: str) -> tuple[tuple[str, ...], bool]:
        """Returns the services whose modules a test file imports, and whether that is sure: by their package or folder,
        else the one that has most of the modules it names. Several that have as many, and of which the text names none,
        are not sure. () for what pytest does not collect."""
        below = any(path.startswith(f"{folder}/") for folder in self.testpaths if folder)
        parts = path.split("/")
        if not (below or parts[0] in self.roots or {"tests", "test"} & set(parts[:-1]) or len(parts) == 1):
            return (), True
        if not is_collected(path, self.patterns):
            return (), True
        text = self.survey.texts.get(path) or ""
        modules = [module.split(".") for module in _IMPORT.findall(text)]
        named = {
            name
            for folder, name in self.folders.items()
            if any(_begins(module, folder.split("/")) for module in modules) or _mentions(text, folder)
        }
        return (tuple(sorted(named)), True) if named else self._with_most(modules, text)

    def _with_most(self, modules: list[list[str]], text: str) -> tuple[tuple[str, ...], bool]:
        tree = self.survey.tree
        held = {
            name: {module[0] for module in modules if tree.has(f"{folder}/{module[0]}.py")}
            for folder, name in self.folders.items()
        }
        most = max((len(found) for found in held.values()), default=0)
        best = tuple(name for name, found in held.items() if most and len(found) == most)
        told = tuple(name for folder, name in self.folders.items() if name in best and _quotes(text, folder))
        return (told, True) if len(best) > 1 and len(told) == 1 else (best, len(best) < 2)

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


def _begins(module: list[str], folder: list[str]) -> bool:
    """True when a dotted module starts at the folder or at one above it: `services.market.x`, `market.x`."""
    return any(module[: len(folder) - start] == folder[start:] for start in range(len(folder)))


def _mentions(text: str, folder: str) -> bool:
    """True for a path to the folder in the text, whole or as parts (`"services" / "market"`)."""
    if "/" not in folder:
        return False
    parts = [re.escape(part) for part in folder.split("/")]
    return bool(re.search(r"(?<![\w-])" + r"[\"']?(?:\s*[/,]\s*)[\"']?".join(parts) + r"(?![\w-])", text))


def _quotes(text: str, folder: str) -> bool:
    """True for a text in quotes with the folder among the parts of a path: `sys.path.insert(0, "../market")`."""
    last = re.escape(posixpath.basename(folder))
    return bool(re.search(rf"[\"'](?:[^\"'\n]*/)?{last}(?:/[^\"'\n]*)?[\"']", text))


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
