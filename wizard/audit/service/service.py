"""Phase 1: the program itself."""

from __future__ import annotations

import re

from wizard.audit.context import Context, listed, unread
from wizard.audit.environment import served_ports
from wizard.audit.live import live_evidence, stale_words, verify_hint
from wizard.audit.service.channels import http_only, through_another
from wizard.checklist.load import checklist_of
from wizard.rules.health_routes import health_paths, is_health
from wizard.rules.text import plural
from wizard.values.facts.code import PUTS_OUT, TAKES_IN, Function, Model, Route, TestFunction
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Problem, Source

_NOTE = lazy_pattern(r"stack-wizard|not[ _]implemented", re.IGNORECASE)


def health_endpoint(ctx: Context) -> Finding:
    """Judges item 1.1: a Flask app with a `GET /health` route that can also say no, on the spec's port."""
    if not ctx.code.files:
        return ctx.no_code("there is no service.py", ctx.own("service.py"))
    elsewhere = ctx.unstarted()
    if elsewhere:
        return elsewhere
    trouble = _trouble(ctx, ctx.service.entry if ctx.service else "")
    if trouble:
        return ctx.unparsed(trouble)
    health = [r for r in ctx.code.routes if is_health(r)]
    flask = [r for r in health if r.framework == "flask" or (r.framework == "unknown" and _imports(ctx, "flask"))]
    if not flask:
        return _no_flask_health(ctx, health)
    return _judge_health(ctx, flask[0])


def _imports(ctx: Context, package: str) -> bool:
    return ctx.code.driver(frozenset({package})) is not None


def _trouble(ctx: Context, path: str) -> Problem | None:
    return next((p for p in ctx.code.problems if p.source.path == path), None)


def _entry(ctx: Context) -> Source:
    return Source(ctx.service.entry) if ctx.service and ctx.service.entry else ctx.own("service.py")


def _no_flask_health(ctx: Context, health: list[Route]) -> Finding:
    if health:
        route = health[0]
        other = f" ({route.framework})" if route.framework != "unknown" else ""
        hint = (
            f"Waive it with that as the reason (`stack-wizard waive {ctx.name} {ctx.item.id}`), or serve it by Flask."
        )
        return ctx.unmet(f"health route found, not Flask{other}", route.source, hint=hint)
    if ctx.code.problems:
        problem = ctx.code.problems[0]
        words = f"no /health route in what could be read; {problem.message}"
        return ctx.unknown(words, problem.source, hint=unread(problem.message))
    idle = next((r for r in ctx.code.unserved if r.path.rstrip("/").endswith("/health")), None)
    if idle:
        return ctx.unmet(f"GET {idle.path} is on a blueprint or router that nobody registers", idle.source)
    if ctx.code.unread_routes:
        words = "there is no GET /health among the routes that could be read; others cannot"
        return ctx.unknown(words, *ctx.code.unread_routes[:3])
    named = health_paths(ctx.code.files)[:1]
    similar = next((r for r in ctx.code.routes if r.path in named or r.path.rstrip("/") == "/health"), None)
    if similar:
        other = f" ({similar.framework})" if similar.framework not in ("flask", "unknown") else ""
        return ctx.unmet(
            f"there is {similar.path}{other}, but no GET /health", similar.source, hint=_no_flask_hint(ctx)
        )
    return ctx.unmet("the code has no /health route", _entry(ctx), hint=_no_flask_hint(ctx))


def _no_flask_hint(ctx: Context) -> str:
    """For code of another framework, and for code that answers nothing, what stands in for the item's own hint."""
    apps = [app for file in ctx.code.files for app in file.apps]
    if any(app.value == "flask" for app in apps) or _imports(ctx, "flask"):
        return ""
    if _imports(ctx, "streamlit"):
        return "Streamlit answers `GET /_stcore/health` by itself: waive the item with that as the reason."
    if apps:
        return f"Add a route `GET /health` to {apps[0].source.path} that answers 503 when something it needs is down."
    if ctx.code.routes or ctx.code.unread_routes:
        return ""
    beside = f"Serve `GET /health` beside what {_entry(ctx).path} does, from a thread of its own"
    return f"{beside} (`stack-wizard explain {ctx.item.id}`), or waive it."


def _judge_health(ctx: Context, route: Route) -> Finding:
    served = served_ports(ctx)
    wrong = [fact for fact in served if fact.value not in ctx.container_ports]
    if wrong and len(wrong) == len(served) and ctx.spec.port:
        ports = listed([str(fact.value) for fact in wrong])
        says, lines = ctx.expected_port_clause()
        return ctx.broken(f"it serves port {ports}, {says}", *(f.source for f in wrong), *lines)
    needs = "Redis" if ctx.code.uses_redis else "its database" if ctx.code.uses_database else ""
    if route.static_ok and needs:
        return ctx.broken(f"/health can only say ok, also when {needs} is down", route.source)
    file = route.source.path.rsplit("/", 1)[-1]
    entry = _entry(ctx).path.rsplit("/", 1)[-1]
    note = "" if entry == "service.py" else f"; the service starts in {entry}, not in service.py"
    return ctx.met(f"Flask serves GET /health in {file}{note}", route.source)


def core_logic(ctx: Context) -> Finding:
    """Judges item 1.2: the handler exists, does something, and a passing unit test calls it."""
    if not ctx.code.files:
        return ctx.no_code(f"there is no {ctx.spec.handler}() yet", ctx.own("logic.py"))
    elsewhere = ctx.unstarted()
    if elsewhere:
        return elsewhere
    assumed = ctx.is_assumed("handler")
    same = [f for f in ctx.code.functions if f.name.rsplit(".", 1)[-1] == ctx.spec.handler and not assumed]
    real = [f for f in same if not f.placeholder]
    if not real:
        return _no_handler(ctx, same)
    handler = next((f for f in real if f.source.path.endswith("/logic.py")), real[0])
    note = _note(ctx)
    if note:
        return ctx.broken(f"a note says that it is not finished: {_short(note.value)}", note.source, handler.source)
    return _tested(ctx, handler)


def _note(ctx: Context) -> Fact[str] | None:
    """Returns a note that the work is not done, in whichever file of the service it stands."""
    return next((todo for todo in ctx.code.todos if _NOTE.search(todo.value)), None)


def _no_handler(ctx: Context, same: list[Function]) -> Finding:
    if same:
        return ctx.broken(f"{ctx.spec.handler}() is a placeholder ({same[0].placeholder})", same[0].source)
    note = _note(ctx)
    if note:
        return ctx.broken(f"a note says that it is not implemented: {_short(note.value)}", note.source)
    if ctx.code.problems:
        problem = ctx.code.problems[0]
        what = "no logic" if ctx.is_assumed("handler") else f"no {ctx.spec.handler}()"
        return ctx.unknown(
            f"{what} in what could be read; {problem.message}", problem.source, hint=unread(problem.message)
        )
    hint = f"Name the function that decides as `handler` in {ctx.spec_source}, and call it from a unit test."
    others = _other_logic(ctx)
    if others:
        names = listed([f"{f.name}()" for f in others[:3]])
        words = f"which function is its logic is not known; it has {names}"
        return ctx.unknown(words, *(f.source for f in others[:3]), hint=hint)
    if ctx.is_assumed("handler"):
        hint = f"Move what it decides into a function of its own. {hint}"
        return ctx.unmet(
            "no function of the code can be its logic: a unit test has nothing to call", _entry(ctx), hint=hint
        )
    hint = f"Write {ctx.spec.handler}(), or name another function as `handler` in {ctx.spec_source}."
    return ctx.unmet(f"the code has no function {ctx.spec.handler}()", _entry(ctx), hint=hint)


def _other_logic(ctx: Context) -> list[Function]:
    """Functions that may be the logic of a service nobody has named one for: not hidden ones, and what answers its
    routes only where no events come in or go out."""
    if ctx.service is None or ctx.service.manifest:
        return []
    routes = {route.handler: "health" in route.path.lower() or route.static_ok for route in ctx.code.routes}
    found = [f for f in ctx.code.functions if f.params and not f.placeholder and f.name not in routes]
    found = [f for f in found if not f.name.rsplit(".", 1)[-1].startswith("__") and f.name != "main"]
    if found or any(use.kind in TAKES_IN or use.kind in PUTS_OUT for use in ctx.code.redis):
        return found
    return [f for f in ctx.code.functions if not f.placeholder and not routes.get(f.name, True)]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _tested(ctx: Context, handler: Function) -> Finding:
    files = ctx.service.tests.get("unit", ()) if ctx.service else ()
    tests = [test for file in files for test in file.tests]
    caller = next((t for t in tests if _calls(t, ctx.spec.handler)), None)
    name = f"{ctx.spec.handler}()"
    hint = f"Call {name} from a unit test, then run `stack-wizard verify {ctx.name}`."
    if not tests:
        words = f"{name} is there; whether it works shows when a unit test calls it"
        return ctx.unknown(words, handler.source, hint=hint)
    if caller is None:
        return ctx.unmet(f"{name} is there, but no unit test calls it", handler.source, tests[0].source, hint=hint)
    tests_item = checklist_of(ctx.facts).judged_by("unit-tests").id
    evidence = live_evidence(ctx, tests_item)
    both = (handler.source, caller.source)
    if evidence.state == "passed":
        return ctx.met(f"{name} is there and {caller.name} calls it and passes", *both, seen=evidence.observations)
    if evidence.state == "stale":
        return ctx.unknown(stale_words(evidence.first), *both, seen=evidence.observations, hint=verify_hint(ctx))
    if evidence.state == "none":
        return ctx.unknown(f"{name} and a test that calls it are there; not run yet", *both, hint=verify_hint(ctx))
    why = "fail" if evidence.state == "failed" else "could not be run"
    return ctx.unknown(
        f"the unit tests {why} (see {tests_item})", *both, seen=evidence.observations, hint=verify_hint(ctx)
    )


def _calls(test: TestFunction, handler: str) -> bool:
    return any(call.rsplit(".", 1)[-1] == handler for call in test.calls)


def event_models(ctx: Context) -> Finding:
    """Judges item 1.4: pydantic models for the events, used by the code."""
    if not ctx.code.files:
        return ctx.no_code("there is no models.py", ctx.own("models.py"))
    file = ctx.service.module("models.py") if ctx.service else None
    if file and file.problems:
        return ctx.unparsed(file.problems[0])
    checked = [m for m in ctx.code.models if m.kind in ("pydantic_dataclass", "base_model")]
    inside = [m for m in checked if file and m.source.path == file.path]
    if file and not inside:
        return _no_models(ctx, [m for m in ctx.code.models if m.source.path == file.path], checked, file.path)
    if not file and not checked and ctx.code.routes and http_only(ctx) and through_another(ctx) is None:
        return ctx.na("the service answers HTTP only: it has no events", ctx.said("kind"))
    if not checked:
        return _no_models(ctx, list(ctx.code.models), [], "")
    if not file:
        return _elsewhere(ctx, checked)
    use = _use(ctx, "models", file.path)
    if use is None and not ctx.code.problems:
        return ctx.broken("models.py is never imported", *(m.source for m in inside[:3]))
    return ctx.met(_kinds(inside, "models.py"), *(m.source for m in inside[:3]), *((use.source,) if use else ()))


def _no_models(ctx: Context, models: list[Model], checked: list[Model], path: str) -> Finding:
    if checked:
        return _elsewhere(ctx, checked)
    plain = [m for m in models if m.kind in ("stdlib_dataclass", "typed_dict")]
    if plain and path:
        kind = "standard-library dataclasses" if plain[0].kind == "stdlib_dataclass" else "typed dicts"
        return ctx.broken(f"only {kind}, which check nothing", *(m.source for m in plain[:3]))
    if path:
        return ctx.unmet("models.py has no pydantic model", Source(path))
    if plain:
        return ctx.unmet(
            f"there is no models.py; {plain[0].name} is a {plain[0].kind.replace('_', ' ')}", plain[0].source
        )
    if ctx.code.problems:
        return ctx.unknown(
            f"no model in what could be read; {ctx.code.problems[0].message}",
            ctx.code.problems[0].source,
            hint=unread(ctx.code.problems[0].message),
        )
    return ctx.unmet("there is no models.py", ctx.own("models.py"))


def _elsewhere(ctx: Context, checked: list[Model]) -> Finding:
    file = checked[0].source.path.rsplit("/", 1)[-1]
    words = f"{_kinds(checked, file)}; the document asks for models.py"
    return ctx.met(words, *(m.source for m in checked[:3]))


def _kinds(models: list[Model], file: str) -> str:
    dataclasses = sum(m.kind == "pydantic_dataclass" for m in models)
    if dataclasses:
        return f"{plural(dataclasses, 'pydantic dataclass').replace('dataclasss', 'dataclasses')} in {file}"
    return f"{plural(len(models), 'BaseModel')} in {file} instead of pydantic dataclasses"


def _use(ctx: Context, module: str, path: str) -> Fact[str] | None:
    found = (f for f in ctx.code.local_imports if f.source.path != path and module in f.value.split("."))
    return next(found, None)
