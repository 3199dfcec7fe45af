"""The service's tests, run by pytest in the service's own environment."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from wizard.rules.markers import is_collected
from wizard.values.checklist import Item
from wizard.values.live import Endpoint, FailedTest, LiveTrouble, TestRun
from wizard.values.observation import Observation
from wizard.verify.causes import explain
from wizard.verify.database import apply_files, scratch_database, undecidable
from wizard.verify.live import Checks, LiveCheck, stream

UNIT, INTEGRATION, END_TO_END = "unit-tests", "integration-tests", "e2e-tests"
_KINDS = {UNIT: "unit", INTEGRATION: "integration", END_TO_END: "e2e"}
_NOTHING_COLLECTED = 5
_USAGE = 4


def folder_of(live: LiveCheck, probe: str) -> str:
    """Returns the folder of a test probe: the profile's folder of its kind, and the service's name."""
    profile = live.facts.profile
    base = {UNIT: profile.tests_unit, INTEGRATION: profile.tests_integration, END_TO_END: profile.tests_e2e}[probe]
    return f"{base}/{live.spec.name}"


def places_of(live: LiveCheck, probe: str) -> tuple[str, ...]:
    """Returns what pytest is given: the folder of its kind, else the files elsewhere that hold such tests."""
    folder, root = folder_of(live, probe), Path(live.facts.root)
    if (root / folder).is_dir():
        return (folder,)
    service, config = live.facts.service(live.spec.name), live.facts.pytest
    files = service.tests.get(_KINDS[probe], ()) if service is not None else ()
    patterns = config.python_files if config is not None else ()
    return tuple(file.path for file in files if is_collected(file.path, patterns) and (root / file.path).is_file())


def check_unit_tests(live: LiveCheck, _item: Item) -> Checks:
    """Runs the tests that need nothing but the code."""
    yield from _check(live, UNIT)


def check_integration_tests(live: LiveCheck, _item: Item) -> Checks:
    """Runs the tests that get Redis and a scratch database with the schema in it."""
    yield from _check(live, INTEGRATION)


def check_end_to_end_tests(live: LiveCheck, _item: Item) -> Checks:
    """Runs the tests that get the running service."""
    yield from _check(live, END_TO_END)


def _check(live: LiveCheck, probe: str) -> Checks:
    places = places_of(live, probe)
    named = " ".join(places) or folder_of(live, probe)
    yield live.begin(probe, f"pytest {named}")
    action = _action(live, probe, named)
    if not places:
        yield no_folder(live, probe)
        return
    try:
        with ExitStack() as closing:
            environment = _environment(live, probe, closing)
            run = yield from stream(live, probe, lambda say: live.run.run_tests(places, environment, say))
    except LiveTrouble as trouble:
        yield undecidable(live, probe, action, trouble) or live.trouble(probe, action, trouble)
        return
    yield judge(live, probe, action, run)


def no_folder(live: LiveCheck, probe: str) -> Observation:
    """Returns the observation for a service without tests of this kind."""
    folder = folder_of(live, probe)
    text, step = f"{folder} does not exist", "add tests there: phase 5"
    return live.observe(probe, _action(live, probe, folder), text, None, cause="no-tests", next_step=step)


def _action(live: LiveCheck, probe: str, folder: str) -> str:
    names = {UNIT: "", INTEGRATION: "STACK_REDIS_URL=… STACK_POSTGRES_DSN=… "}.get(
        probe, "STACK_SERVICE_URL=… STACK_REDIS_URL=… STACK_POSTGRES_DSN=… "
    )
    return f"{names}{live.run.command('tests')} {folder}"


def _apply(live: LiveCheck, database: str) -> None:
    """The schema for the tests; what is wrong with it is no matter of a service that has no tables (4.3 says it)."""
    try:
        apply_files(live, database)
    except LiveTrouble:
        if live.spec.tables:
            raise


def _environment(live: LiveCheck, probe: str, closing: ExitStack) -> dict[str, str]:
    if probe == UNIT:
        return {}
    values: dict[str, str] = {}
    redis = live.run.redis()
    if redis is not None:
        values["STACK_REDIS_URL"] = redis_url(redis)
    database = ""
    if probe == INTEGRATION and live.run.postgres() is not None:
        database = closing.enter_context(scratch_database(live))
        _apply(live, database)
    postgres = live.run.postgres(database)
    if postgres is not None:
        values["STACK_POSTGRES_DSN"] = postgres_dsn(postgres)
    if probe == END_TO_END:
        host, port = live.run.address()
        values["STACK_SERVICE_URL"] = f"http://{host}:{port}"
    return values


def redis_url(at: Endpoint) -> str:
    """Returns `redis://…` with the password; for an environment, never for a person's eyes."""
    password = f":{quote(at.password, safe='')}@" if at.password else ""
    return f"redis://{password}{at.host}:{at.port}/0"


def postgres_dsn(at: Endpoint) -> str:
    """Returns `postgresql://…` with the password; for an environment, never for a person's eyes."""
    password = f":{quote(at.password, safe='')}" if at.password else ""
    return f"postgresql://{quote(at.user, safe='')}{password}@{at.host}:{at.port}/{quote(at.database, safe='')}"


def judge(live: LiveCheck, probe: str, action: str, run: TestRun) -> Observation:
    """Returns what a pytest run means for its item."""
    if run.exit_code == _NOTHING_COLLECTED or not (run.passed or run.failures or run.errors or run.skipped):
        return _not_run(live, probe, action, run)
    bad = run.errors + run.failures
    if bad:
        cause, step = _failure(bad[0], bool(run.errors))
        counts = f"{len(run.failures)} failed, {len(run.errors)} errors, {run.passed} passed"
        told = "; ".join(
            f"{f.where or f.test} {f.test if f.where else ''}: {f.message}".replace(" :", ":") for f in bad[:3]
        )
        return live.observe(probe, action, f"{counts}: {told}", False, cause=cause, next_step=step)
    if not run.passed:
        text = f"all {len(run.skipped)} skipped: {run.skipped[0][1]}"
        step = "make the tests take STACK_REDIS_URL and STACK_POSTGRES_DSN from the environment"
        return live.observe(probe, action, text, None, cause="all-skipped", next_step=step)
    skipped = f", {len(run.skipped)} skipped ({run.skipped[0][1]})" if run.skipped else ""
    return live.observe(probe, action, f"{run.passed} passed{skipped} in {run.seconds:.1f} s", run.exit_code == 0)


def _failure(first: FailedTest, is_error: bool) -> tuple[str, str]:
    known = explain([first.message])
    if known and known.name == "import-error":
        return "import-error", known.next_step
    step = f"run it alone: python -m pytest {first.where.partition(':')[0] or '…'} -x"
    return ("test-error" if is_error else "tests-failed"), step


def _not_run(live: LiveCheck, probe: str, action: str, run: TestRun) -> Observation:
    said = " ".join(line for line in run.tail if "rror" in line)[:300] or " ".join(run.tail[-2:])[:300]
    if run.exit_code == _NOTHING_COLLECTED:
        text, cause, step = (
            "pytest collected no test",
            "collected-zero",
            "name the files test_*.py and the functions test_*",
        )
    elif run.exit_code == _USAGE or "unrecognized arguments" in said:
        text, cause = f"pytest refuses its configuration: {said}", "pytest-usage"
        step = "put the plugin into requirements-dev.txt at the stack's root"
    else:
        known = explain(run.tail)
        text, cause = f"pytest ended with exit code {run.exit_code}: {said}", known.name if known else "tests"
        step = known.next_step if known else "run it by hand"
    return live.observe(probe, action, text, False, cause=cause, next_step=step)
