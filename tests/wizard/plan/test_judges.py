"""Independent judges over everything the wizard generates, and the generated service at work with real servers.

They find nothing in any pair of answers, as far as they are fast; `make judges` asks all of them about all of it.
"""

from __future__ import annotations

import ast
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.generated.judges import JUDGES, TOGETHER, combinations, findings, pairwise
from tests.generated.lab import Lab, servers
from tests.generated.stack import SHAPES, written
from wizard.plan.context import PlanContext
from wizard.plan.service import planner as service
from wizard.values.edit import ChangeSet
from wizard.values.spec import ServiceSpec

Applied = Callable[[PlanContext, ChangeSet], PlanContext]
BY_NAME = {judge.name: judge for judge in JUDGES}
TYPED = ("streams", "source_with_rows", "http_with_rows", "hand_written")
"""What mypy looks at here, as it needs seconds for each; `make judges` shows it all."""


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of stacks, one for each shape of service and each pair of answers, as the planners write them."""
    folder = tmp_path_factory.mktemp("every")
    for name, (spec, profile) in combinations().items():
        (folder / name).mkdir()
        written(spec, folder / name, profile)
    return folder


@pytest.fixture(scope="module")
def stacks(every: Path) -> dict[str, Path]:
    """The folder of each shape of service."""
    return {shape: every / shape for shape in SHAPES}


def found_by(name: str, root: Path) -> str:
    """What a judge says; empty when it is content. Skips where it is not installed."""
    words = findings(BY_NAME[name], root)
    return pytest.skip(f"{name} is not installed") if words is None else words


class TestJudges:
    @pytest.mark.parametrize("name", TOGETHER)
    def test_it_finds_nothing_in_any_combination(self, every: Path, name: str) -> None:
        assert found_by(name, every) == ""

    @pytest.mark.parametrize("name", ["compose-lint", "compose"])
    @pytest.mark.parametrize("shape", TYPED)
    def test_it_finds_nothing_in_a_compose_file(self, stacks: dict[str, Path], shape: str, name: str) -> None:
        assert found_by(name, stacks[shape]) == ""

    @pytest.mark.parametrize("shape", TYPED)
    def test_mypy_strict_finds_nothing(self, stacks: dict[str, Path], shape: str) -> None:
        assert found_by("mypy", stacks[shape]) == ""

    @pytest.mark.parametrize("shape", SHAPES)
    def test_the_command_of_the_readme_runs_its_unit_tests(self, stacks: dict[str, Path], shape: str) -> None:
        assert found_by("readme", stacks[shape]) == ""

    @pytest.mark.parametrize("shape", SHAPES)
    def test_the_readme_has_no_markup_of_others(self, stacks: dict[str, Path], shape: str) -> None:
        for readme in stacks[shape].glob("services/*/README.md"):
            text = readme.read_text()
            assert "<b>" not in text.replace("\\<b>", "")
            assert "\x1b" not in text

    def test_every_two_answers_meet_in_a_combination(self) -> None:
        met = {pair for name in pairwise() for pair in itertools.combinations(name.split("_"), 2)}
        options = {word for pair in met for word in pair}
        wanted = {pair for pair in itertools.combinations(sorted(options), 2) if pair[0][:-1] != pair[1][:-1]}
        assert {tuple(sorted(pair)) for pair in met} == wanted


class TestTheTextItself:
    def test_it_is_the_same_every_time(
        self, specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
    ) -> None:
        for spec in specs.values():
            assert service.plan(context_of(spec)) == service.plan(context_of(spec))

    def test_purpose_is_data_and_never_code(self, stacks: dict[str, Path]) -> None:
        text = (stacks["no_tables_two_channels"] / "services/regime/service.py").read_text()
        assert ast.get_docstring(ast.parse(text), clean=False)
        assert "{{ now }}" in text


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Real servers of one's own."""
    with servers(tmp_path) as made:
        yield made


@pytest.mark.embedded
class TestAtWork:
    @pytest.mark.parametrize("shape", ["plain", "no_outputs_every_type", "streams"])
    def test_it_does_its_work_and_survives_a_restart_of_redis(
        self,
        lab: Lab,
        stacks: dict[str, Path],
        specs: dict[str, ServiceSpec],
        shape: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        name = specs[shape].name
        monkeypatch.setenv("API_URL", "http://x")
        shutil.copytree(stacks[shape], lab.root)
        for _ in range(2):
            for sql in ("schema.sql", "seed.sql"):
                run = lab.postgres.psql((lab.root / sql).read_text(), lab.postgres.endpoint.database)
                assert run.ok, run
        lab.start(f"{name}.service", name.upper())
        assert lab.until(200)["dependencies"] == {"redis": "ok", "postgres": "ok"}
        assert "skipped" not in lab.pytest("tests/integration")
        assert "skipped" not in lab.pytest("tests/e2e")

        lab.redis.pause()
        assert str(lab.until(503)["dependencies"]).count("down: ") == 1
        lab.redis.resume()
        lab.until(200)
        lab.redis.restart()
        lab.until(200)
        assert "skipped" not in lab.pytest("tests/e2e")

        assert lab.stop() == 0
        logs = [json.loads(line) for line in lab.lines]
        assert all({"level", "time", "service", "message"} <= set(line) for line in logs)
        assert not [line for line in logs if line["level"] in ("ERROR", "CRITICAL")]
        assert logs[-1]["message"] == "stopped"

    def test_a_hand_written_app_is_connected(self, lab: Lab, stacks: dict[str, Path]) -> None:
        shutil.copytree(stacks["hand_written"], lab.root)
        for sql in ("schema.sql", "seed.sql"):
            assert lab.postgres.psql((lab.root / sql).read_text(), lab.postgres.endpoint.database).ok
        lab.start("market.service", "MARKET")
        assert lab.until(200) == {"status": "ok", "service": "market", "more": 1}
        assert "skipped" not in lab.pytest("tests")
        lab.redis.pause()
        assert str(lab.until(503)["dependencies"]).count("down: ") == 1
        lab.redis.resume()
        lab.until(200)
        assert lab.stop() == 0

    def test_two_input_channels_without_tables(
        self, lab: Lab, stacks: dict[str, Path], specs: dict[str, ServiceSpec]
    ) -> None:
        shutil.copytree(stacks["no_tables_two_channels"], lab.root)
        lab.start("regime.service", "REGIME")
        assert lab.until(200)["dependencies"] == {"redis": "ok"}
        assert "skipped" not in lab.pytest("tests")
        assert lab.stop() == 0

    def test_a_start_that_fails_names_everything_that_is_missing(self, lab: Lab, stacks: dict[str, Path]) -> None:
        shutil.copytree(stacks["no_outputs_every_type"], lab.root)
        for secret in lab.folder.iterdir():
            secret.unlink()
        lab.start("db_audit.service", "DB_AUDIT")
        assert lab.ended() == 1
        said = "".join(lab.lines)
        assert "API_URL" in said
        assert "redis_password" in said
        assert "postgres_password" in said
        assert "Traceback" not in said

    def test_a_taken_port_is_said_without_a_traceback(self, lab: Lab, stacks: dict[str, Path]) -> None:
        shutil.copytree(stacks["no_tables_two_channels"], lab.root)
        lab.port = lab.redis.endpoint.port
        lab.start("regime.service", "REGIME")
        assert lab.ended() == 1
        assert "cannot listen" in "".join(lab.lines)
        assert "Traceback" not in "".join(lab.lines)
