"""Items 5.1 to 5.3: the service's tests, run by pytest in the service's own environment."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from wizard.values.live import Endpoint, FailedTest, LiveTrouble, TestRun
from wizard.values.observation import Observation
from wizard.verify.bench import Bench, Checks, stream
from wizard.verify.causes import explain
from wizard.verify.database import apply_files, scratch_database, undecidable

_NOTHING_COLLECTED = 5
_USAGE = 4


def folder_of(bench: Bench, item: str) -> str:
    """The folder of a test item: the profile's folder of its kind, and the service's name."""
    profile = bench.facts.profile
    base = {"5.1": profile.tests_unit, "5.2": profile.tests_integration, "5.3": profile.tests_e2e}[item]
    return f"{base}/{bench.spec.name}"


def check_tests(bench: Bench, item: str) -> Checks:
    """Run the tests of one item; 5.2 gets a scratch database with the schema in it, 5.3 the running service."""
    folder = folder_of(bench, item)
    yield bench.begin(item, f"pytest {folder}")
    action = _action(bench, item, folder)
    if not (Path(bench.facts.root) / folder).is_dir():
        yield no_folder(bench, item)
        return
    try:
        with ExitStack() as closing:
            environment = _environment(bench, item, closing)
            run = yield from stream(bench, item, lambda say: bench.stage.run_tests(folder, environment, say))
    except LiveTrouble as trouble:
        yield undecidable(bench, item, action, trouble) or bench.trouble(item, action, trouble)
        return
    yield judge(bench, item, action, run)


def no_folder(bench: Bench, item: str) -> Observation:
    """The service has no tests of this kind."""
    folder = folder_of(bench, item)
    text, step = f"{folder} does not exist", "add tests there: phase 5"
    return bench.observe(item, _action(bench, item, folder), text, False, cause="no-tests", next_step=step)


def _action(bench: Bench, item: str, folder: str) -> str:
    names = {"5.1": "", "5.2": "STACK_REDIS_URL=… STACK_POSTGRES_DSN=… "}.get(
        item, "STACK_SERVICE_URL=… STACK_REDIS_URL=… STACK_POSTGRES_DSN=… "
    )
    return f"{names}{bench.stage.command('tests')} {folder}"


def _apply(bench: Bench, database: str) -> None:
    """The schema for the tests; what is wrong with it is no matter of a service that has no tables (4.3 says it)."""
    try:
        apply_files(bench, database)
    except LiveTrouble:
        if bench.spec.tables:
            raise


def _environment(bench: Bench, item: str, closing: ExitStack) -> dict[str, str]:
    if item == "5.1":
        return {}
    values: dict[str, str] = {}
    redis = bench.stage.redis()
    if redis is not None:
        values["STACK_REDIS_URL"] = redis_url(redis)
    database = ""
    if item == "5.2" and bench.stage.postgres() is not None:
        database = closing.enter_context(scratch_database(bench))
        _apply(bench, database)
    postgres = bench.stage.postgres(database)
    if postgres is not None:
        values["STACK_POSTGRES_DSN"] = postgres_dsn(postgres)
    if item == "5.3":
        host, port = bench.stage.address()
        values["STACK_SERVICE_URL"] = f"http://{host}:{port}"
    return values


def redis_url(at: Endpoint) -> str:
    """`redis://…` with the password; for an environment, never for a person's eyes."""
    password = f":{quote(at.password, safe='')}@" if at.password else ""
    return f"redis://{password}{at.host}:{at.port}/0"


def postgres_dsn(at: Endpoint) -> str:
    """`postgresql://…` with the password; for an environment, never for a person's eyes."""
    password = f":{quote(at.password, safe='')}" if at.password else ""
    return f"postgresql://{quote(at.user, safe='')}{password}@{at.host}:{at.port}/{quote(at.database, safe='')}"


def judge(bench: Bench, item: str, action: str, run: TestRun) -> Observation:
    """What a pytest run means for its item."""
    if run.exit_code == _NOTHING_COLLECTED or not (run.passed or run.failures or run.errors or run.skipped):
        return _not_run(bench, item, action, run)
    bad = run.errors + run.failures
    if bad:
        cause, step = _failure(bad[0], bool(run.errors))
        counts = f"{len(run.failures)} failed, {len(run.errors)} errors, {run.passed} passed"
        told = "; ".join(
            f"{f.where or f.test} {f.test if f.where else ''}: {f.message}".replace(" :", ":") for f in bad[:3]
        )
        return bench.observe(item, action, f"{counts}: {told}", False, cause=cause, next_step=step)
    if not run.passed:
        text = f"all {len(run.skipped)} skipped: {run.skipped[0][1]}"
        step = "make the tests take STACK_REDIS_URL and STACK_POSTGRES_DSN from the environment"
        return bench.observe(item, action, text, None, cause="all-skipped", next_step=step)
    skipped = f", {len(run.skipped)} skipped ({run.skipped[0][1]})" if run.skipped else ""
    return bench.observe(item, action, f"{run.passed} passed{skipped} in {run.seconds:.1f} s", run.exit_code == 0)


def _failure(first: FailedTest, is_error: bool) -> tuple[str, str]:
    known = explain([first.message])
    if known and known.name == "import-error":
        return "import-error", known.next_step
    step = f"run it alone: python -m pytest {first.where.partition(':')[0] or '…'} -x"
    return ("test-error" if is_error else "tests-failed"), step


def _not_run(bench: Bench, item: str, action: str, run: TestRun) -> Observation:
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
    return bench.observe(item, action, text, False, cause=cause, next_step=step)
