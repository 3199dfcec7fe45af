"""Concerns in the forms that code hosts show beside the lines: GitHub's workflow commands, GitLab's code quality."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from wizard.output.data import Json
from wizard.rules.text import clean, one_line
from wizard.values.gate import Concern

_GITHUB = {"broken": "error", "contradiction": "error", "unmet": "warning"}
_GITLAB = {"broken": "major", "contradiction": "major", "unmet": "minor"}


def github(concerns: Iterable[Concern]) -> Iterator[str]:
    """Yields a workflow command a concern.

    See https://docs.github.com/actions/reference/workflow-commands-for-github-actions: what is said is escaped, so that
    nothing of a stack becomes a command.
    """
    for one in concerns:
        place = one.sources[0] if one.sources else None
        told = [f"title={_property(f'{one.service} {one.rule}')}"]
        if place is not None:
            told = [f"file={_property(place.path)}", *([f"line={place.line}"] if place.line else []), *told]
        text = one_line(one.message + (f" Next: {one.hint}" if one.hint else ""), 600)
        yield f"::{_GITHUB[one.level]} {','.join(told)}::{_data(text)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def gitlab(concerns: Iterable[Concern]) -> str:
    """Returns the report that GitLab reads (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format)."""
    entries: list[Json] = [
        {
            "description": one_line(f"{one.service} {one.rule}: {one.message}", 600),
            "check_name": one.rule,
            "fingerprint": one.fingerprint,
            "severity": _GITLAB[one.level],
            "location": {
                "path": clean(one.sources[0].path) if one.sources else ".",
                "lines": {"begin": (one.sources[0].line if one.sources else 0) or 1},
            },
        }
        for one in concerns
    ]
    return json.dumps(entries, ensure_ascii=False, indent=2)
