"""Reports as single concerns with fingerprints, and what of them is new beside a baseline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from wizard.values.finding import Report, Status
from wizard.values.gate import Baseline, Compared, Concern, KnownConcern
from wizard.values.source import Source

CONTRADICTION = "contradiction"
LENGTH = 20
"""Hexadecimal digits of a fingerprint: 80 bits, enough that no two of a million concerns meet."""


def concerns(reports: Iterable[Report], texts: Mapping[str, str]) -> tuple[Concern, ...]:
    """Returns everything for which `check` fails, in the reports' order. `texts`: the stack's files, for their lines.

    The same concern twice (two equal lines) has two fingerprints: the second one counts itself.
    """
    seen: dict[str, int] = {}
    lines: dict[str, list[str]] = {}

    def content(source: Source) -> str:
        """Returns the words of a line, or the path alone where the file as a whole is meant."""
        if source.path not in lines:
            lines[source.path] = texts.get(source.path, "").split("\n")
        text = lines[source.path][source.line - 1] if 0 < source.line <= len(lines[source.path]) else ""
        return f"{source.path}\0{' '.join(text.split())}"

    made: list[Concern] = []
    for found in _all(reports):
        places = sorted({content(source) for source in found.sources})
        words = "\0".join((found.service, found.rule, found.level, found.fingerprint, *places))
        number = seen[words] = seen.get(words, 0) + 1
        digest = hashlib.sha256(f"{words}\0{number}".encode("utf-8", "surrogateescape")).hexdigest()[:LENGTH]
        made.append(Concern(found.service, found.rule, found.level, found.message, found.hint, found.sources, digest))
    return tuple(made)


def _all(reports: Iterable[Report]) -> Iterator[Concern]:
    """Yields concerns whose fingerprint is not made yet: in its place stands what their lines do not tell."""
    for report in reports:
        for found in report.contradictions:
            sources = tuple(source for _, source in found.says)
            yield Concern(report.service, CONTRADICTION, CONTRADICTION, found.message, "", sources, found.topic)
        for finding in report.findings:
            if finding.status in (Status.UNMET, Status.BROKEN):
                yield Concern(
                    report.service,
                    finding.item,
                    finding.status.value,
                    finding.summary,
                    finding.hint,
                    finding.sources,
                    "",
                )


Looked = frozenset[tuple[str, str]]
"""(service, rule) of everything that was looked at."""


def looked_at(reports: Iterable[Report]) -> Looked:
    """Returns what these reports judge: with `--phase` or `--changed` that is not everything."""
    found = {(report.service, finding.item) for report in reports for finding in report.findings}
    return frozenset(found | {(service, CONTRADICTION) for service, _ in found})


def compare(now: tuple[Concern, ...], baseline: Baseline, looked: Looked) -> Compared:
    """Returns what is new, known and gone; entries of what was not looked at are not gone."""
    before = {entry.fingerprint for entry in baseline.findings}
    here = {concern.fingerprint for concern in now}
    return Compared(
        new=tuple(concern for concern in now if concern.fingerprint not in before),
        known=tuple(concern for concern in now if concern.fingerprint in before),
        gone=tuple(
            entry
            for entry in baseline.findings
            if entry.fingerprint not in here and (entry.service, entry.rule) in looked
        ),
    )


def concerning(reports: Iterable[Report], services: Iterable[str]) -> Iterator[Report]:
    """Yields the reports of some services, and of the others what contradicts one of those."""
    wanted = set(services)
    for report in reports:
        if report.service in wanted:
            yield report
        elif found := tuple(one for one in report.contradictions if one.other in wanted):
            yield Report(report.service, (), found)


def baseline_of(now: tuple[Concern, ...], others: Iterable[KnownConcern] = ()) -> Baseline:
    """Returns the baseline that knows these concerns and `others`, sorted so that its diff says what changed."""
    entries = [
        KnownConcern(one.fingerprint, one.service, one.rule, one.level, one.sources[0].path if one.sources else "")
        for one in now
    ]
    entries += others
    return Baseline(1, tuple(sorted(entries, key=lambda one: (one.service, one.rule, one.path, one.fingerprint))))
