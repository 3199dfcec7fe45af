"""Phase 1: the service's own code. No file is rewritten; a hand-written app gets siblings and one call."""

from __future__ import annotations

from wizard.plan.attach import attach_edit, health_server
from wizard.plan.context import PlanContext
from wizard.plan.modules import defined, is_generated, module_path, routes_of_entry
from wizard.plan.probes import is_silent
from wizard.plan.service_view import service_variables
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.lean import replace
from wizard.values.phase import Phase

# module -> (item it serves, names its siblings import from it)
MODULES: dict[str, tuple[str, frozenset[str]]] = {
    "config": ("1.5", frozenset({"SERVICE", "Settings", "ConfigError", "load"})),
    "models": (
        "1.4",
        frozenset({"INPUT_CHANNELS", "BadMessageError", "InputEvent", "OutputEvent", "channel_of", "dump", "parse"}),
    ),
    "logic": ("1.2", frozenset()),
    "telemetry": ("1.1", frozenset({"Metrics", "setup_logging"})),
    "store": ("1.3", frozenset({"Store", "StoreDownError", "RowError", "PostgresLink"})),
    "bus": ("1.3", frozenset({"Bus", "RedisLink"})),
}
ADVICE = {
    "1.1": "answer 503 with the name of the dependency that is down",
    "1.2": "write the logic as one function from event to event or None, and a unit test that calls it",
    "1.3": "subscribe and publish on the channels of the spec, name the connection, and reconnect with growing pauses",
    "1.4": "import `dataclass` from `pydantic.dataclasses` instead of `dataclasses`",
    "1.5": "give each variable a default or set it in compose, and read secrets from files",
}


def plan(ctx: PlanContext) -> ChangeSet:
    """Everything phase 1 can write: a whole service, the files that are missing, or siblings for a hand-written app."""
    if not any(ctx.wants(f"1.{number}") for number in range(1, 6)):
        return ChangeSet(ctx.spec.name, Phase.SERVICE)
    entry = ctx.service.entry if ctx.service else ""
    if not entry:
        return _whole(ctx)
    blocked = _incompatible(ctx)
    missing = _missing(ctx)
    if "wiring" in _stems(ctx) or is_generated(ctx):
        return _changes(ctx, missing, (), ()) if not blocked else _only_notes(ctx, blocked)
    if blocked or has_own_bus(ctx) or not (ctx.wants("1.1") or ctx.wants("1.3")):
        return _only_notes(ctx, blocked)
    return _wired(ctx, entry, missing)


def _whole(ctx: PlanContext) -> ChangeSet:
    """A folder without an app: everything that is not there yet."""
    blocked = _incompatible(ctx)
    if blocked:
        return _only_notes(ctx, blocked)
    return _changes(ctx, (*_missing(ctx), "service"), (), ())


def _wired(ctx: PlanContext, entry: str, missing: tuple[str, ...]) -> ChangeSet:
    """A hand-written Flask app: missing siblings, `wiring.py`, and the call of `attach` spliced in."""
    found = attach_edit(ctx, entry)
    if isinstance(found, Refusal) and not _is_flask(ctx):
        return _only_notes(ctx, {})
    if isinstance(found, Refusal):
        made = _changes(ctx, (*missing, "wiring"), (), ())
        return replace(made, refusals=(found,))
    note = f"{entry} stays as it is but for the added lines; wiring.py makes it say what is down"
    own = next((f for f in ctx.report.findings if f.item == "1.5" and f.status is Status.BROKEN), None)
    left = (f"1.5: {own.summary}; what the code asks for is yours to give",) if own else ()
    return _changes(ctx, (*missing, "wiring"), (found,), (note, *left))


def _changes(ctx: PlanContext, stems: tuple[str, ...], more: tuple[FileEdit, ...], notes: tuple[str, ...]) -> ChangeSet:
    routes = routes_of_entry(ctx)
    there = {"has_health": "/health" in routes, "has_metrics": "/metrics" in routes}
    variables = service_variables(ctx.shape) | there
    package = ("__init__",) if ctx.shape.dot and not ctx.exists(module_path(ctx, "__init__")) else ()
    edits = tuple(
        FileEdit(
            path=module_path(ctx, stem),
            before=None,
            after=ctx.fill(f"service/{stem}.py.j2", **variables),
            why=_why(stem),
            items=(_item_of(stem),),
        )
        for stem in (*package, *stems)
    )
    if "logic" in stems:
        notes = (*notes, f"1.2: {module_path(ctx, 'logic')}: the logic is yours; as generated it passes fields on")
    return ChangeSet(ctx.spec.name, Phase.SERVICE, edits + more, (), notes)


def _only_notes(ctx: PlanContext, blocked: dict[str, str]) -> ChangeSet:
    """Nothing can be added safely: say for each item what is left to the engineer."""
    refusals = []
    for number in range(1, 6):
        item = f"1.{number}"
        if not ctx.wants(item) or ctx.status(item) is Status.UNKNOWN:  # it is there; a live run decides
            continue
        finding = next((f for f in ctx.report.findings if f.item == item), None)
        source = finding.sources[0] if finding and finding.sources else None
        path = source.path if source else ctx.folder
        reason = (
            "the file was written by hand and is not rewritten" if ctx.exists(path) else "nothing can be added safely"
        )
        if item == "1.1" and is_silent(ctx):
            reason, paste = "nothing in it answers requests", health_server(ctx)
            refusals.append(Refusal(item, path, f"{reason}: give it a health endpoint", paste))
            continue
        advice = f"{reason}: {_advice(ctx, item)} (`stack-wizard explain {item}`)"
        refusals.append(Refusal(item, path, advice, _paste(ctx, item), source.line if source else 0))
    return ChangeSet(ctx.spec.name, Phase.SERVICE, (), tuple(refusals), tuple(blocked.values()))


def has_own_bus(ctx: PlanContext) -> bool:
    """True when the code talks to Redis itself: a second connection beside it would read every message twice."""
    files = ctx.service.python if ctx.service else ()
    return any(file.redis or (file.pending is not None and file.pending.redis) for file in files)


def _advice(ctx: PlanContext, item: str) -> str:
    if item == "1.4" and not ctx.exists(module_path(ctx, "models")):
        return "describe each event as a pydantic dataclass in models.py, and use it where events come in and go out"
    return ADVICE[item]


def _is_flask(ctx: PlanContext) -> bool:
    files = ctx.service.python if ctx.service else ()
    return any(fact.value == "flask" for file in files for fact in (*file.imports, *file.apps))


def _paste(ctx: PlanContext, item: str) -> str:
    there = ctx.exists(module_path(ctx, "models"))
    return "from pydantic.dataclasses import dataclass\n" if item == "1.4" and there else ""


def _missing(ctx: PlanContext) -> tuple[str, ...]:
    there = _stems(ctx)
    return tuple(stem for stem in MODULES if stem not in there and (stem != "store" or ctx.shape.tables))


def _incompatible(ctx: PlanContext) -> dict[str, str]:
    """Modules that exist but lack what their generated siblings import: stem -> why, as a note."""
    found = {}
    for stem, (_, names) in MODULES.items():
        path = module_path(ctx, stem)
        needed = {ctx.spec.handler} if stem == "logic" else names
        if stem == "store" and not ctx.shape.tables:
            continue
        if ctx.exists(path) and (lacking := sorted(needed - defined(ctx, stem))):
            found[stem] = (
                f"{path} is your own and has no {', '.join(lacking)}, which the wizard's modules import: none is added"
            )
    return found


def _stems(ctx: PlanContext) -> frozenset[str]:
    """The modules there are in the service's folder."""
    stems = (*MODULES, "wiring", "service")
    return frozenset(stem for stem in stems if ctx.exists(module_path(ctx, stem)))


def _item_of(stem: str) -> str:
    return MODULES[stem][0] if stem in MODULES else "1.1"


def _why(stem: str) -> str:
    return {
        "__init__": "make the service a package",
        "config": "read variables and secret files (1.5)",
        "models": "events and channels (1.4)",
        "logic": "the service's logic, yours to write (1.2)",
        "telemetry": "JSON logs and metrics (1.1)",
        "store": "write results as rows (1.3)",
        "bus": "read and publish on Redis, surviving a restart of it (1.3)",
        "service": "serve /health and /metrics (1.1)",
        "wiring": "live health, metrics and the bus for the hand-written app (1.1, 1.3)",
    }[stem]
