"""The status matrix from evidence, and its difference to the document's."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.checklist.load import checklist_of
from wizard.values.facts.documents import MatrixRow
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import dataclass
from wizard.values.source import Source

HEADER = ("Service", "service.py", "Dockerfile", "Compose", "Status")
YES, NO = "✅", "❌"
_YES_WORDS = frozenset(
    {"✅", "✔", "✔️", "☑", "yes", "y", "ja", "si", "sí", "oui", "x", "ok", "done", "true", "[x]", ":white_check_mark:"}
)
_OFF = (
    *("disabled", "off", "planned", "pending", "inactive", "not in compose", "missing", "todo", "stopped"),
    *("geplant", "deaktiviert", "inaktiv", "gestoppt", "prévu", "désactiv", "planific", "desactiv", "отключ"),
)


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """One row. `cells`: under the document's own column titles after the first (the service's), as they should stand.

    `document`: the row as it stands, if any. `differs`: column titles whose cell says something else than the evidence;
    every column when the row is missing, none when the stack has no matrix.
    `sources`: the evidence of service.py, Dockerfile and Compose.
    """

    service: str
    service_py: bool
    dockerfile: bool
    compose: bool
    status: str
    cells: tuple[tuple[str, str], ...]
    document: MatrixRow | None = None
    differs: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


def matrix(facts: StackFacts, reports: Iterable[Report]) -> tuple[MatrixLine, ...]:
    """Returns the document's rows in its order, then the services it lacks.

    A status that only something running could show keeps the document's word as long as nothing speaks against it.
    """
    by_name = {report.service: report for report in reports}
    registry = facts.registry
    services = {s.name: s for s in facts.services}
    rows = {row.service: row for row in registry.matrix} if registry else {}
    new = [s.name for s in facts.services if s.name not in rows and _belongs(s)]
    starts = checklist_of(facts).judged_by("starts").id
    titles = (registry.matrix_header if registry and rows else HEADER)[1:]
    return tuple(
        _line(titles, name, services.get(name), by_name.get(name), rows.get(name), bool(rows), starts)
        for name in (*rows, *new)
    )


def _belongs(service: ServiceFacts) -> bool:
    """Services with code or an image of their own; servers such as Redis are not in the matrix."""
    return bool(service.entry or service.dockerfile or (service.folder and service.python))


def _line(
    titles: tuple[str, ...],
    name: str,
    service: ServiceFacts | None,
    report: Report | None,
    row: MatrixRow | None,
    has_matrix: bool,
    starts: str,
) -> MatrixLine:
    entry = bool(service and service.entry and not _unreadable(service))
    image = bool(service and service.dockerfile)
    compose = bool(service and service.compose)
    before = dict(row.cells) if row else {}
    old = {_column(title): text for title, text in before.items()}
    status = _status(service, report, entry, old.get("status", ""), starts)
    truth: dict[str, str | bool] = {"service.py": entry, "dockerfile": image, "compose": compose, "status": status}
    cells = tuple((title, _cell(truth.get(_column(title)), old.get(_column(title), ""))) for title in titles)
    differs = tuple(title for title, text in cells if before.get(title, "").strip() != text.strip())
    return MatrixLine(name, entry, image, compose, status, cells, row, differs if has_matrix else (), _sources(service))


def _unreadable(service: ServiceFacts) -> bool:
    """True when the file that serves does not parse."""
    return any(problem.source.path == service.entry for file in service.python for problem in file.problems)


def _column(title: str) -> str:
    plain = title.strip(" *`_").lower()
    known = {
        "dienst": "service",
        "name": "service",
        "docker-compose": "compose",
        "code": "service.py",
        "state": "status",
    }
    return known.get(plain, plain)


def _cell(truth: str | bool | None, old: str) -> str:
    """The cell as it should read; the old text where it already says the same, in whatever sign it uses."""
    if truth is None:
        return old
    if isinstance(truth, str):
        return old if old.strip(" *`_") == truth else truth
    says = old.strip().lower() in _YES_WORDS
    return old if old.strip() and says == truth else (YES if truth else NO)


def _status(service: ServiceFacts | None, report: Report | None, entry: bool, old: str, starts: str) -> str:
    """What the evidence says; `old`, the document's word, where it does not contradict it.

    `starts`: the item that says whether it starts.
    """
    if service is None or not (entry or service.dockerfile or service.compose):
        return "Missing (no code)"
    word = old.lower()
    if service.compose is None:
        if any(off in word for off in _OFF):
            return old
        return "Disabled (compose block commented out)" if service.commented else "Disabled (not in compose)"
    started = report.finding(starts).status if report else Status.UNKNOWN
    if started is Status.MET:
        return old if "running" in word else "Running"
    if started is Status.BROKEN:
        return "Failing (does not start)"
    if word and not any(off in word for off in _OFF):
        return old
    return "Enabled (not verified)"


def _sources(service: ServiceFacts | None) -> tuple[Source, ...]:
    if service is None:
        return ()
    found = [Source(service.entry)] if service.entry else []
    found += [Source(service.dockerfile.path)] if service.dockerfile else []
    if service.compose:
        found.append(service.compose.declared[-1])
    elif service.commented:
        found.append(service.commented[0].declared[0])
    return tuple(found)
