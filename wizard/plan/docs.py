"""Phase 6: the service's README, whole or section by section at its end; what stands there is left alone."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from wizard.plan.context import PlanContext, with_edit
from wizard.plan.modules import is_wired, variables_read
from wizard.plan.runbook import runbook_edit
from wizard.plan.words import markdown
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.phase import Phase

_ANSWERS = {
    "/health": "200 when every dependency answers, else 503 with the reason for each",
    "/metrics": "Prometheus text format",
}
_ELSE = "see `config.py`"
_MEANINGS = {
    "HOST": "address it listens on, all by default",
    "PORT": "port it listens on",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR",
    "REDIS_HOST": "Redis",
    "REDIS_PORT": "port of Redis",
    "POSTGRES_HOST": "PostgreSQL",
    "POSTGRES_PORT": "port of PostgreSQL",
    "POSTGRES_USER": "role in PostgreSQL",
    "POSTGRES_DB": "database in PostgreSQL",
    "SECRETS_DIR": "folder of the secret files, `/run/secrets` by default",
}
# section template -> (item, words of which one is in the heading of a section that already says it)
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "endpoints": ("6.2", ("endpoint", "api", "route")),
    "channels": ("6.1", ("channel", "event", "message")),
    "configuration": ("6.1", ("config", "environment", "variable", "setting")),
    "tests": ("6.1", ("test",)),
    "troubleshooting": ("6.3", ("troubleshoot", "problem", "trouble")),
}


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A row of the endpoint table."""

    method: str
    path: str
    answer: str


@dataclass(frozen=True, slots=True)
class VariableRow:
    """A row of the variable table."""

    name: str
    value: str
    meaning: str


def plan(ctx: PlanContext) -> ChangeSet:
    """A new README, or the sections an existing one lacks; and the runbook's section."""
    return with_edit(_readme(ctx), runbook_edit(ctx) if ctx.wants("6.4") else None)


def _readme(ctx: PlanContext) -> ChangeSet:
    path = readme_path(ctx)
    before = ctx.text(path)
    if not any(ctx.wants(item) for item in ("6.1", "6.2", "6.3")):
        return ChangeSet(ctx.spec.name, Phase.DOCS)
    variables = docs_variables(ctx)
    if not ctx.exists(path):
        edit = FileEdit(path, None, ctx.fill("docs/readme.md.j2", **variables), "describe the service (6.1, 6.2, 6.3)")
        return ChangeSet(ctx.spec.name, Phase.DOCS, (edit,))
    return _completed(ctx, path, before or "", variables)


def readme_path(ctx: PlanContext) -> str:
    """The README the service has, or will have."""
    if ctx.service and ctx.service.readme:
        return ctx.service.readme.path
    return posixpath.join(ctx.folder, "README.md")


def docs_variables(ctx: PlanContext) -> dict[str, object]:
    """What the templates of `docs/` need beside the shape."""
    return {"routes": _routes(ctx), "variable_rows": _variable_rows(ctx)}


def _completed(ctx: PlanContext, path: str, before: str, variables: dict[str, object]) -> ChangeSet:
    """Sections appended to an existing README; a section that is there but wrong is refused with the text to paste."""
    added: list[tuple[str, str]] = []
    refusals: list[Refusal] = []
    for section, (item, words) in _SECTIONS.items():
        if not ctx.wants(item):
            continue
        text = ctx.fill(f"docs/{section}.md.j2", **variables)
        line = _heading_line(ctx, words)
        if line is None:
            added.append((item, text))
        elif item != "6.1" or ctx.status(item) is Status.BROKEN:
            refusals.append(Refusal(item, path, "the section is there and is not rewritten", text, line))
    edits = (_appended(path, before, added),) if added else ()
    return ChangeSet(ctx.spec.name, Phase.DOCS, edits, tuple(refusals))


def _appended(path: str, before: str, added: list[tuple[str, str]]) -> FileEdit:
    """The sections at the end of the file, in its own line endings, one blank line before each."""
    newline = "\r\n" if "\r\n" in before else "\n"
    gap = newline * (0 if not before or before.endswith(newline * 2) else 1 if before.endswith(newline) else 2)
    body = "\n".join(text for _, text in added).replace("\n", newline)
    items = tuple(dict.fromkeys(item for item, _ in added))
    return FileEdit(path, before, before + gap + body, f"complete the README ({', '.join(items)})", items)


def _heading_line(ctx: PlanContext, words: tuple[str, ...]) -> int | None:
    sections = ctx.service.readme.sections if ctx.service and ctx.service.readme else ()
    for section in sections:
        if section.level > 1 and any(word in section.title.lower() for word in words):
            return section.source.line
    return None


def _routes(ctx: PlanContext) -> tuple[RouteRow, ...]:
    """Every route of the code, and /health and /metrics when nothing is there yet."""
    found: dict[tuple[str, str], RouteRow] = {}
    for file in ctx.service.python if ctx.service else ():
        for route in file.routes:
            for method in route.methods or ("GET",):
                answer = _ANSWERS.get(route.path, f"answered by `{route.handler}`")
                found.setdefault((route.path, method), RouteRow(method, route.path, answer))
    if not found or is_wired(ctx):
        for path, answer in _ANSWERS.items():
            found.setdefault((path, "GET"), RouteRow("GET", path, answer))
    return tuple(found.values())


def _variable_rows(ctx: PlanContext) -> tuple[VariableRow, ...]:
    """What the code reads, with what compose sets; before there is code, what both will have."""
    shape = ctx.shape
    block = ctx.service.compose if ctx.service else None
    values = {entry.name: entry.value or "" for entry in block.environment} if block else {}
    values = {setting.name: setting.value for setting in shape.environment} | values
    read = [variable.name for variable in variables_read(ctx) if not variable.secret]
    names = read or [shape.env_prefix + "HOST", *(setting.name for setting in shape.environment)]
    meanings = {shape.env_prefix + suffix: text for suffix, text in _MEANINGS.items()}
    meanings |= {variable.name: markdown(variable.description) for variable in shape.variables if variable.description}
    return tuple(VariableRow(n, values.get(n, "").replace("|", "\\|"), meanings.get(n, _ELSE)) for n in names)
