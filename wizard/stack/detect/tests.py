"""The folders of tests, and the file that configures pytest."""

from __future__ import annotations

import posixpath
import re

from wizard.stack.survey import Findings, Survey
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile
from wizard.values.source import Source

DEFAULT = Profile()
_KINDS = {
    "tests_unit": ("unit", "unittests", "unit_tests"),
    "tests_integration": ("integration", "integration_tests", "it"),
    "tests_e2e": ("e2e", "end2end", "end_to_end", "system", "acceptance"),
}
_PYTEST = (
    ("pytest.ini", None),
    (".pytest.ini", None),
    ("pyproject.toml", lazy_pattern(r"^\[tool\.pytest(?:\.ini_options)?\]", re.MULTILINE)),
    ("tox.ini", lazy_pattern(r"^\[pytest\]", re.MULTILINE)),
    ("setup.cfg", lazy_pattern(r"^\[tool:pytest\]", re.MULTILINE)),
)


def detect_tests(survey: Survey, findings: Findings) -> None:
    """Fills `tests_*` and `pytest_config`."""
    _tests(survey, findings)
    _pytest_config(survey, findings)


def _tests(survey: Survey, findings: Findings) -> None:
    folders = sorted({posixpath.dirname(path) for path in survey.tree.visible if path.endswith(".py")})
    found: dict[str, list[str]] = {}
    for field, names in _KINDS.items():
        kind = re.compile(rf"(?:^|/)tests?/(?:.*/)?(?:{'|'.join(names)})$|(?:^|/)(?:{'|'.join(names)})_?tests?$")
        above = {match[0] for folder in folders for match in [_ancestor(folder, kind)] if match}
        found[field] = sorted(above, key=lambda folder: (folder.count("/"), folder))
    beside = next((posixpath.dirname(ranked[0]) for ranked in found.values() if ranked), "")
    for field, ranked in found.items():
        if ranked:
            close = [folder for folder in ranked[1:] if folder.count("/") == ranked[0].count("/")]
            findings.say(field, ranked[0], f"{ranked[0]}: the folder is there", unsure=bool(close))
        elif beside:
            path = posixpath.join(beside, _KINDS[field][0])
            there = survey.files.is_dir(path)
            why = f"{path}: the folder is there" if there else f"no such folder yet; the other tests are in {beside}"
            findings.say(field, path, why)
        else:
            findings.say(field, getattr(DEFAULT, field), "default: no such folder yet")


def _ancestor(folder: str, kind: re.Pattern[str]) -> tuple[str] | None:
    """The topmost folder on the way to `folder` that is one of the kind."""
    parts = folder.split("/")
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        if kind.search(path):
            return (path,)
    return None


def _pytest_config(survey: Survey, findings: Findings) -> None:
    """Pytest's own order: https://docs.pytest.org/en/stable/reference/customize.html#finding-the-rootdir."""
    for folder in ("", "tests"):
        for name, section in _PYTEST:
            path = posixpath.join(folder, name)
            text = survey.texts.get(path) if survey.tree.has(path) else None
            if text is None:
                continue
            match = section.search(text) if section else None
            if section is None or match:
                line = text.count("\n", 0, match.start()) + 1 if match else 1
                findings.say("pytest_config", path, Source(path, line), unsure=bool(folder))
                return
    findings.say("pytest_config", "", "no file configures pytest")
