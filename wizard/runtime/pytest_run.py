"""One pytest run in the service's environment, and its junit file read into a `TestRun`."""

from __future__ import annotations

import contextlib
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wizard.runtime.process import Scratch, base_environment, run
from wizard.runtime.venv import environment_python, image_constraints, image_python, with_includes
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import FailedTest, Limits, LiveTrouble, TestRun

_DEV_NAMES = (
    *("requirements-dev.txt", "requirements-test.txt", "requirements-tests.txt", "dev-requirements.txt"),
    *("test-requirements.txt", "requirements_dev.txt", "requirements_test.txt"),
    *("requirements/dev.txt", "requirements/test.txt", "tests/requirements.txt"),
)
_GROUPS = ("test", "tests", "testing", "dev")
_FOUND_BY_PYTEST = ("", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_BESIDE_TESTS = ("requirements.txt",)
_PYTEST = re.compile(r"^\s*pytest\s*(?:\[[^\]]*\])?\s*(?:[=<>~!;@#].*)?$", re.MULTILINE | re.IGNORECASE)
_PLACE = re.compile(r"^(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+):", re.MULTILINE)


def requirement_files(facts: StackFacts, service: ServiceFacts) -> list[Path]:
    """Returns the service's requirements file, when it has one."""
    return [Path(facts.root) / service.requirements.path] if service.requirements else []


def test_requirements(
    facts: StackFacts, service: ServiceFacts, places: Sequence[str]
) -> tuple[list[Path], tuple[str, ...]]:
    """Returns the stack's own test requirements: files (of the root, the service, the tests), and what pyproject names.

    pytest itself is added only when none of them names it: what the wizard brings must never fight with a pin.
    """
    root = Path(facts.root)
    beside = (root / part for place in places for part in (Path(place), *Path(place).parents))
    folders = dict.fromkeys((root, root / service.folder, *beside))
    found = [place / name for place in folders for name in (*_DEV_NAMES, *_BESIDE_TESTS)]
    at_root = {root / name for name in _BESIDE_TESTS}
    files = [path for path in dict.fromkeys(found) if path.is_file() and path not in at_root]
    own = requirement_files(facts, service)
    files = [path for path in files if path not in own]
    named = tuple(word for place in dict.fromkeys((root, root / service.folder)) for word in _from_pyproject(place))
    texts = [path.read_text("utf-8", "replace") for path in with_includes([*own, *files])]
    has_pytest = any(_PYTEST.search(text) for text in (*texts, *named))
    return files, named if has_pytest else (*named, "pytest")


def _from_pyproject(place: Path) -> list[str]:
    with contextlib.suppress(OSError, ValueError):
        tree = tomllib.loads((place / "pyproject.toml").read_text("utf-8"))
        project = tree.get("project", {})
        groups = [project.get("optional-dependencies", {}), tree.get("dependency-groups", {})]
        return [
            word
            for group in groups
            for name in _GROUPS
            for word in (group.get(name) or [] if isinstance(group, dict) else [])
            if isinstance(word, str)
        ]
    return []


def run_service_tests(
    scratch: Scratch,
    facts: StackFacts,
    service: ServiceFacts,
    places: Sequence[str],
    environment: Mapping[str, str],
    *,
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> TestRun:
    """Runs the tests of `places` with the service's requirements, pytest, and the stack's own test requirements."""
    root = Path(facts.root)
    files, packages = test_requirements(facts, service, places)
    python = environment_python(
        scratch,
        [*requirement_files(facts, service), *files],
        packages,
        python=image_python(service),
        constraints=image_constraints(service),
        limits=limits,
        cancelled=cancelled,
        say=say,
    )
    config = facts.profile.pytest_config
    own = "" if config in _FOUND_BY_PYTEST else config
    return run_pytest(scratch, python, root, places, own, environment, limits=limits, cancelled=cancelled, say=say)


def run_pytest(
    scratch: Scratch,
    python: Path,
    root: Path,
    places: Sequence[str],
    config: str,
    environment: Mapping[str, str],
    *,
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> TestRun:
    """Runs pytest on folders and files (relative to `root`) without leaving a cache or bytecode in the stack."""
    junit = scratch.path / "junit.xml"
    junit.unlink(missing_ok=True)
    words = [str(python), "-m", "pytest", *places, "-v", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={junit}"]
    words += [
        "-o",
        "junit_family=xunit2",
        "--color=no",
        "--no-header",
        f"--rootdir={root}",
        *(["-c", config] if config else []),
    ]
    child = run(
        scratch,
        words,
        limit=limits.tests,
        cancelled=cancelled,
        what=f"pytest {' '.join(places)}",
        cwd=root,
        environment=base_environment() | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"} | dict(environment),
        sink=lambda line: say(line.text) if line.text.strip() else None,
    )
    tail = tuple(line for line in child.lines if line.strip())[-12:]
    return read_junit(junit, child.exit_code or 0, root, tail)


def read_junit(path: Path, exit_code: int, root: Path, tail: tuple[str, ...]) -> TestRun:
    """Reads pytest's junit file in the scratch folder; without it only the exit code is known.

    Raises `LiveTrouble` (`tests`) when the file is not XML.
    """
    if not path.is_file():
        return TestRun(exit_code, tail=tail)
    try:
        tree = ElementTree.parse(path)  # noqa: S314  (written by the pytest run just above)
    except ElementTree.ParseError as error:
        raise LiveTrouble("tests", f"pytest's junit file cannot be read: {error}", "run the tests by hand") from error
    failures: list[FailedTest] = []
    errors: list[FailedTest] = []
    skipped: list[tuple[str, str]] = []
    cases = list(tree.iter("testcase"))
    for case in cases:
        name = "::".join(word for word in (case.get("classname", "").rpartition(".")[2], case.get("name", "")) if word)
        for node in case:
            if node.tag == "failure":
                failures.append(_failed(name, node, root))
            elif node.tag == "error":
                errors.append(_failed(name, node, root))
            elif node.tag == "skipped":
                skipped.append((name, node.get("message", "")))
    bad = len({f.test for f in (*failures, *errors)}) + len(skipped)
    seconds = sum(float(suite.get("time", "0")) for suite in tree.iter("testsuite"))
    return TestRun(exit_code, max(0, len(cases) - bad), tuple(failures), tuple(errors), tuple(skipped), tail, seconds)


def _failed(name: str, node: ElementTree.Element, root: Path) -> FailedTest:
    text = node.text or ""
    places = [f"{match['path']}:{match['line']}" for match in _PLACE.finditer(text)]
    prefix = f"{root}/"
    inside = [
        place.removeprefix(prefix) for place in places if not place.startswith(("/", "..")) or place.startswith(prefix)
    ]
    reasons = [line.removeprefix("E").strip() for line in text.splitlines() if line.startswith("E ")]
    message = [line.strip() for line in (node.get("message"), *reversed(text.splitlines())) if line and line.strip()]
    if message[:1] == ["collection failure"]:
        del message[0]
    said = (reasons or message or ["failed"])[-1 if node.tag == "error" else 0]
    return FailedTest(name, inside[-1] if inside else "", said[:300])
