"""One pytest run in the service's environment, and its junit file read into a `TestRun`."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wizard.runtime.installed import build, with_tests
from wizard.runtime.process import Scratch, base_environment, run
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.live import FailedTest, Limits, LiveTrouble, TestRun
from wizard.values.pattern import lazy_pattern

_FOUND_BY_PYTEST = ("", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_PLACE = lazy_pattern(r"^(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+):", re.MULTILINE)


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
    wanted = with_tests(facts, service, places)
    python = build(scratch, service, wanted, limits, cancelled, say)
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
