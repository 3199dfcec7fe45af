"""Phase 5: unit, integration and end-to-end tests, and their markers."""

from __future__ import annotations

from wizard.audit.context import Context, listed
from wizard.audit.live import live
from wizard.rules.markers import is_collected, is_own
from wizard.rules.text import plural
from wizard.values.facts.code import PythonFile, TestFunction
from wizard.values.facts.documents import PytestFacts
from wizard.values.finding import Finding, Status
from wizard.values.lean import replace
from wizard.values.source import Source

KINDS = ("unit", "integration", "e2e")


def unit_tests(ctx: Context) -> Finding:
    """Judges item 5.1: there, collected, passing."""
    return _tests(ctx, "unit")


def integration_tests(ctx: Context) -> Finding:
    """Judges item 5.2: there, collected, passing, with a real server."""
    return _tests(ctx, "integration")


def e2e_tests(ctx: Context) -> Finding:
    """Judges item 5.3: there, collected, passing against the running service."""
    return _tests(ctx, "e2e")


def _folder(ctx: Context, kind: str) -> str:
    profile = ctx.facts.profile
    base = {"unit": profile.tests_unit, "integration": profile.tests_integration, "e2e": profile.tests_e2e}[kind]
    return f"{base}/{ctx.name}"


def _files(ctx: Context, kind: str) -> tuple[PythonFile, ...]:
    return ctx.service.tests.get(kind, ()) if ctx.service else ()


def _looked_into(ctx: Context, file: PythonFile) -> bool:
    """True for a file in which pytest looks for tests; a conftest.py or a helper module is none."""
    config = ctx.facts.pytest
    return is_collected(file.path, config.python_files if config is not None else ())


def _tests(ctx: Context, kind: str) -> Finding:
    files = [f for f in _files(ctx, kind) if not f.path.endswith(("conftest.py", "__init__.py"))]
    collected = [test for f in files if _looked_into(ctx, f) for test in f.tests]
    return live(ctx, _static(ctx, kind, files, collected), *(Source(f.path) for f in files[:4]))


def _static(ctx: Context, kind: str, files: list[PythonFile], collected: list[TestFunction]) -> Finding | None:
    if not files:
        unclear = _unclear(ctx, kind)
        return unclear or ctx.unmet("there are no test files", Source(_folder(ctx, kind)), hint=_write_hint(ctx))
    unreadable = next((f for f in _files(ctx, kind) if f.problems), None)
    if unreadable:
        return ctx.unparsed(unreadable.problems[0], "a test file does not parse")
    if not collected:
        return ctx.broken("pytest collects nothing from its test files", *(Source(f.path) for f in files[:4]))
    fake = next((i for f in files for i in f.imports if i.value.split(".", 1)[0] == "fakeredis"), None)
    if kind == "integration" and fake:
        return ctx.broken("it talks to fakeredis, not to a real server", fake.source)
    return None


def _unclear(ctx: Context, *kinds: str) -> Finding | None:
    """The finding for test files that import modules of a name that several services have."""
    lines = [fact.source for fact in (ctx.service.unclear_tests if ctx.service else ()) if fact.value in kinds]
    if not lines:
        return None
    words = (
        f"whether {listed([source.path for source in lines], 2)} is about it or about another service cannot be read"
    )
    hint = f"Move it to {_folder(ctx, kinds[0])}, or name it test_{ctx.name.replace('-', '_')}_….py, if it is."
    return ctx.unknown(words, *lines[:4], hint=hint)


def _write_hint(ctx: Context) -> str:
    return f"write them with `stack-wizard run {ctx.name} --phase testing`"


def markers(ctx: Context) -> Finding:
    """Judges item 5.4: every test carries a registered marker that fits its folder."""
    tests = [(kind, test) for kind in KINDS for f in _files(ctx, kind) if _looked_into(ctx, f) for test in f.tests]
    unclear = None if tests else _unclear(ctx, *KINDS)
    if unclear is not None:
        return unclear
    if not tests:
        return ctx.unmet("there are no tests that could carry a marker", *(Source(_folder(ctx, k)) for k in KINDS))
    config = ctx.facts.pytest
    if config and config.problems:
        return ctx.unknown(
            f"the pytest configuration cannot be read: {config.problems[0].message}", config.problems[0].source
        )
    hook = _by_hook(ctx)
    added = {fact.value: fact.source for f in _conftests(ctx) for fact in f.auto_markers}
    if hook and not added:
        return ctx.unknown("a conftest.py adds markers while pytest runs; they cannot be read from here", Source(hook))
    marked = [(kind, replace(t, markers=(*t.markers, kind)) if kind in added else t) for kind, t in tests]
    found = _judge_markers(ctx, marked, config)
    if found.status is Status.MET and added:
        words = f"{found.summary}; a conftest.py adds them while pytest runs"
        return ctx.met(words, *found.sources, *added.values())
    return found


def _conftests(ctx: Context) -> list[PythonFile]:
    return [f for kind in KINDS for f in _files(ctx, kind) if f.path.endswith("conftest.py")]


def _by_hook(ctx: Context) -> str:
    return next((f.path for f in _conftests(ctx) if "add_marker" in f.names_used), "")


def _judge_markers(ctx: Context, tests: list[tuple[str, TestFunction]], config: PytestFacts | None) -> Finding:
    registered = {m.value.split("(", 1)[0].split(":", 1)[0].strip() for m in config.markers} if config else set()
    registered |= {fact.value for f in _conftests(ctx) for fact in f.registers}
    bare = [(k, t) for k, t in tests if not t.unread and not any(map(is_own, t.markers))]
    if bare:
        return ctx.broken(f"{plural(len(bare), 'test')} without a marker: {bare[0][1].name}", *_at(bare))
    strange = [(m, t) for _, t in tests for m in t.markers if is_own(m) and m not in registered]
    if strange:
        names = listed(sorted({m for m, _ in strange}))
        where = (
            Source(config.path, config.markers_at.line if config.markers_at else 0) if config else Source("pytest.ini")
        )
        return ctx.broken(f"not registered in the pytest configuration: {names}", strange[0][1].source, where)
    unread = [(k, t) for k, t in tests if k not in t.markers and t.unread]
    if unread:
        words = f"whether {unread[0][1].unread[0]} is a marker cannot be read ({unread[0][1].name})"
        return ctx.unknown(words, *_at(unread))
    misfits = [(k, t) for k, t in tests if k not in t.markers]
    if misfits:
        kind, test = misfits[0]
        has = listed([m for m in test.markers if m in registered])
        return ctx.broken(f"{test.name} is marked {has}, but stands in the {kind} folder", *_at(misfits))
    registry = (Source(config.path, config.markers_at.line if config.markers_at else 0),) if config else ()
    return ctx.met(f"{plural(len(tests), 'test')}, each marked for its folder", *_at(tests)[:2], *registry)


def _at(tests: list[tuple[str, TestFunction]]) -> tuple[Source, ...]:
    return tuple(test.source for _, test in tests[:4])
