"""Phase 1: the service's own code. No file is rewritten; a hand-written app gets siblings and one call."""

from __future__ import annotations

from wizard.plan.container.pins import too_old
from wizard.plan.container.probes import is_silent
from wizard.plan.context import PlanContext
from wizard.plan.service.attach import attach_edit, health_server
from wizard.plan.service.development_server import is_attached, serves, started_by_server
from wizard.plan.service.modules import defined, is_generated, module_path, routes_of_entry
from wizard.plan.service.view import bus_names, delivers, service_variables
from wizard.rules.packages import foreign_start
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.lean import replace

# module -> (item it serves, names its siblings import from it)
MODULES: dict[str, tuple[str, frozenset[str]]] = {
    "config": ("config-env", frozenset({"SERVICE", "Settings", "ConfigError", "load"})),
    "models": ("event-models", frozenset()),
    "logic": ("core-logic", frozenset()),
    "telemetry": ("health-endpoint", frozenset({"Metrics", "setup_logging"})),
    "store": ("redis-pubsub", frozenset({"Store", "StoreDownError", "PostgresLink"})),
    "link": ("redis-pubsub", frozenset({"RedisLink", "Backoff", "one_line"})),
    "delivery": ("redis-pubsub", frozenset({"Outbox"})),
    "bus": ("redis-pubsub", frozenset({"Bus"})),
}
ADVICE = {
    "health-endpoint": "answer 503 with the name of the dependency that is down",
    "core-logic": "write the logic as one function from event to event or None, and a unit test that calls it",
    "redis-pubsub": (
        "subscribe and publish on the channels of the spec, name the connection, and reconnect with growing pauses"
    ),
    "event-models": "import `dataclass` from `pydantic.dataclasses` instead of `dataclasses`",
    "config-env": "give each variable a default or set it in compose, and read secrets from files",
}


def plan(ctx: PlanContext) -> ChangeSet:
    """Plans a whole service, the files that are missing, or siblings for a hand-written app."""
    if not any(ctx.wants(check) for check in ADVICE):
        return ChangeSet(ctx.spec.name, ctx.phase)
    entry = ctx.service.entry if ctx.service else ""
    if not entry:
        return _whole(ctx)
    blocked = _incompatible(ctx)
    missing = _missing(ctx)
    if "wiring" in _stems(ctx) or is_generated(ctx):
        return _changes(ctx, missing, (), ()) if not blocked else _only_notes(ctx, blocked)
    if blocked or has_own_bus(ctx) or not (ctx.wants("health-endpoint") or ctx.wants("redis-pubsub")):
        return _only_notes(ctx, blocked if not has_own_bus(ctx) else {})  # nothing of the wizard's would be added
    return _wired(ctx, entry, missing)


def _whole(ctx: PlanContext) -> ChangeSet:
    """A folder without an app: everything that is not there yet."""
    blocked = _incompatible(ctx)
    if blocked:
        return _only_notes(ctx, blocked)
    foreign = foreign_start(ctx.service) if ctx.service else None
    if foreign is not None:
        reason = f"it starts {foreign.value}, a program that its image installs: code written here would not be run"
        refused = (Refusal(i, foreign.source.path, reason, "", foreign.source.line) for i in ADVICE if ctx.wants(i))
        return ChangeSet(ctx.spec.name, ctx.phase, (), tuple(refused))
    return _changes(ctx, (*_missing(ctx), "service"), (), ())


def _wired(ctx: PlanContext, entry: str, missing: tuple[str, ...]) -> ChangeSet:
    """A hand-written Flask app: missing siblings, `wiring.py`, and the call of `attach` spliced in where it is not."""
    if is_attached(ctx.text(entry) or ""):
        return _changes(ctx, (*missing, "wiring"), (), ())
    found = attach_edit(ctx, entry)
    if isinstance(found, Refusal) and not _is_flask(ctx):
        return _only_notes(ctx, {})
    if isinstance(found, Refusal):
        made = _changes(ctx, (*missing, "wiring"), (), ())
        return replace(made, refusals=(found,))
    note = f"{entry} stays as it is but for the {_instead(ctx, found)}; wiring.py makes it say what is down"
    own = ctx.finding("config-env")
    wrong = own is not None and own.status is Status.BROKEN
    left = (ctx.note("config-env", f"{own.summary}; what the code asks for is yours to give"),) if own and wrong else ()
    return _changes(ctx, (*missing, "wiring"), (found,), (note, *left))


def _changes(ctx: PlanContext, stems: tuple[str, ...], more: tuple[FileEdit, ...], notes: tuple[str, ...]) -> ChangeSet:
    routes = routes_of_entry(ctx)
    there = {"has_health": "/health" in routes, "has_metrics": "/metrics" in routes, "serves": _serves(ctx, more)}
    variables = service_variables(ctx.shape) | there
    package = ("__init__",) if ctx.shape.dot and not ctx.exists(module_path(ctx, "__init__")) else ()
    edits = tuple(
        FileEdit(
            path=module_path(ctx, stem),
            before=None,
            after=ctx.fill(f"service/{stem}.py.j2", **variables),
            why=_why(stem),
            items=_items_of(stem),
        )
        for stem in (*package, *stems)
    )
    if "logic" in stems:
        said = f"{module_path(ctx, 'logic')}: the logic is yours; as generated it passes fields on"
        notes = (*notes, ctx.note("core-logic", said))
    if ctx.wants("redis-pubsub") and not ctx.spec.what:
        said = "nothing says which channels it reads or writes: answer inputs and outputs, or `kind: http`"
        notes = (*notes, ctx.note("redis-pubsub", said))
        if "models" not in stems and not ctx.exists(module_path(ctx, "models")):
            notes = (*notes, ctx.note("event-models", "its event models come with those channels"))
    return ChangeSet(ctx.spec.name, ctx.phase, edits + more, (), notes)


def _serves(ctx: PlanContext, more: tuple[FileEdit, ...]) -> str:
    """How the hand-written app is served once it is wired; see `development_server.serves`."""
    entry = ctx.service.entry if ctx.service else ""
    text = ctx.text(entry) or ""
    if not any(edit.path == entry for edit in more) and not is_attached(text):
        return "settings"  # what the text to paste says
    return "" if started_by_server(ctx) else serves(text)


def _instead(ctx: PlanContext, more: FileEdit) -> str:
    way = _serves(ctx, (more,))
    if not way:
        return "added lines"
    given = f"{ctx.env_prefix}PORT, which is {ctx.spec.port} where nothing says otherwise"
    port = "the port that it is given today" if way == "given" else given
    return f"added lines and its start: Flask's development server gives way to waitress, on {port}"


def _only_notes(ctx: PlanContext, blocked: dict[str, str]) -> ChangeSet:
    """Nothing can be added safely: say for each item what is left to the engineer."""
    refusals = []
    for item in ADVICE:
        if not ctx.wants(item) or ctx.status(item) is Status.UNKNOWN:  # it is there; a live run decides
            continue
        finding = ctx.finding(item)
        source = finding.sources[0] if finding and finding.sources else None
        path = source.path if source else ctx.folder
        reason = (
            "the file was written by hand and is not rewritten" if ctx.exists(path) else "nothing can be added safely"
        )
        if item == "health-endpoint" and is_silent(ctx):
            reason, paste = "nothing in it answers requests", health_server(ctx)
            refusals.append(Refusal(item, path, f"{reason}: give it a health endpoint", paste))
            continue
        advice = f"{reason}: {_advice(ctx, item)} (`stack-wizard explain {ctx.item_of(item)}`)"
        refusals.append(Refusal(item, path, advice, _paste(ctx, item), source.line if source else 0))
    return ChangeSet(ctx.spec.name, ctx.phase, (), tuple(refusals), tuple(blocked.values()))


def has_own_bus(ctx: PlanContext) -> bool:
    """Returns True when the code talks to Redis itself: a second connection beside it would read every message
    twice.
    """
    files = ctx.service.python if ctx.service else ()
    return any(file.redis or (file.pending is not None and file.pending.redis) for file in files)


def _advice(ctx: PlanContext, item: str) -> str:
    if item == "event-models" and not ctx.exists(module_path(ctx, "models")):
        return "describe each event as a pydantic dataclass in models.py, and use it where events come in and go out"
    return ADVICE[item]


def _is_flask(ctx: PlanContext) -> bool:
    files = ctx.service.python if ctx.service else ()
    return any(fact.value == "flask" for file in files for fact in (*file.imports, *file.apps))


def _paste(ctx: PlanContext, item: str) -> str:
    there = ctx.exists(module_path(ctx, "models"))
    return "from pydantic.dataclasses import dataclass\n" if item == "event-models" and there else ""


def _missing(ctx: PlanContext) -> tuple[str, ...]:
    there = _stems(ctx)
    return tuple(stem for stem in _modules(ctx) if stem not in there)


def _modules(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the modules that the service needs: nothing of Redis without channels, no store without tables."""
    without: tuple[str, ...] = () if ctx.shape.models_in or ctx.shape.models_out else ("models", "link", "bus")
    without += () if delivers(ctx.shape) else ("delivery",)
    return tuple(stem for stem in MODULES if stem not in without and (stem != "store" or ctx.shape.tables))


def _incompatible(ctx: PlanContext) -> dict[str, str]:
    """What stands against the wizard's modules, as notes: an image whose Python is too old, and modules that exist but
    lack what their generated siblings import."""
    old = too_old(ctx)
    found = {"python": old} if old is not None else {}
    if ctx.service is not None and ctx.service.folder == "." and ctx.service.entry:
        found["folder"] = (
            f"{ctx.service.entry} lies in the stack's root: where its image would take new modules is yours"
        )
    for stem in _modules(ctx):
        path, names = module_path(ctx, stem), MODULES[stem][1]
        needed = {"logic": {ctx.spec.handler}, "models": set(bus_names(ctx.shape))}.get(stem, names)
        if ctx.exists(path) and (lacking := sorted(needed - defined(ctx, stem))):
            found[stem] = (
                f"{path} is your own and has no {', '.join(lacking)}, which the wizard's modules import: none is added"
            )
    return found


def _stems(ctx: PlanContext) -> frozenset[str]:
    """The modules there are in the service's folder."""
    stems = (*MODULES, "wiring", "service")
    return frozenset(stem for stem in stems if ctx.exists(module_path(ctx, stem)))


def _items_of(stem: str) -> tuple[str, ...]:
    if stem == "__init__":
        return ()
    if stem == "wiring":
        return ("health-endpoint", "redis-pubsub")
    return (MODULES[stem][0],) if stem in MODULES else ("health-endpoint",)


def _why(stem: str) -> str:
    return {
        "__init__": "make the service a package",
        "config": "read variables and secret files",
        "models": "events and channels",
        "logic": "the service's logic, yours to write",
        "telemetry": "JSON logs and metrics",
        "store": "write results as rows",
        "link": "name the connection to Redis, with fresh credentials each time",
        "delivery": "keep results until they are on their way",
        "bus": "read and publish on Redis, surviving a restart of it",
        "service": "serve /health and /metrics",
        "wiring": "live health, metrics and the bus for the hand-written app",
    }[stem]
