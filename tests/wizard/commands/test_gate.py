"""`check --baseline` and `--changed`: only what is new fails, on real branches, in every form a code host reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.syntax.yaml import parse
from wizard.syntax.yaml_data import data

Wizard = Callable[..., Any]
Git = Callable[..., str]
ROOT = Path(__file__).parents[3]
BASELINE = ".stack-wizard/baseline.yaml"


@pytest.fixture
def gated(demo: Path, wizard: Wizard, git: Git) -> Path:
    """The sample stack with a committed baseline, on a branch."""
    assert wizard("check", "--write-baseline").code == 0
    git("add", BASELINE)
    git("commit", "-qm", "baseline")
    git("checkout", "-qb", "feature")
    return demo


def worse(stack: Path) -> None:
    """A publisher no longer sends what its reader needs."""
    models = stack / "services/core/models.py"
    models.write_text(models.read_text().replace("    strength: float\n", ""))


def test_old_findings_pass_and_a_new_one_fails(gated: Path, wizard: Wizard) -> None:
    assert wizard("check").code == 1
    assert wizard("check", "--baseline").code == 0
    worse(gated)
    said = wizard("check", "--baseline")
    assert said.code == 1
    assert "new contradiction: risk: risk needs strength" in said.out
    assert "1 new" in said.out


@pytest.mark.parametrize("base", ["main", ""])
def test_only_what_the_branch_touches_is_looked_at(gated: Path, wizard: Wizard, base: str) -> None:
    option = f"--changed={base}" if base else "--changed"
    assert wizard("check", "--baseline", option).code == 0
    worse(gated)
    said = wizard("check", option, "--format", "json")
    assert [one["service"] for one in json.loads(said.out)["services"]] == ["core", "risk"]
    assert wizard("check", "--baseline", option).code == 1


def test_a_service_that_was_bad_before_does_not_fail_for_it(gated: Path, wizard: Wizard) -> None:
    readme = gated / "services/core/README.md"
    readme.write_text("A note.\n\n" + readme.read_text())
    assert wizard("check", "--changed", "main").code == 1
    assert wizard("check", "--baseline", "--changed", "main").code == 0


def test_a_line_of_a_block_touches_its_service_and_one_outside_touches_all(gated: Path, wizard: Wizard) -> None:
    def services() -> list[str]:
        found = json.loads(wizard("check", "--changed", "main", "--format", "json").out)["services"]
        return [one["service"] for one in found]

    compose = gated / "infrastructure/compose/dev.yml"
    before = compose.read_text()
    place = before.index("cdb_ws:")
    compose.write_text(before[:place] + before[place:].replace('WS_HISTORY: "200"', 'WS_HISTORY: "300"', 1))
    assert services() == ["ws"]
    compose.write_text(before + "\nx-note: 1\n")
    assert len(services()) > 5


def test_what_is_new_is_taken_in_only_when_that_is_said(gated: Path, wizard: Wizard) -> None:
    before = (gated / BASELINE).read_bytes()
    worse(gated)
    said = wizard("check", "--write-baseline")
    assert said.code == 1
    assert "--accept-new" in said.err
    assert (gated / BASELINE).read_bytes() == before
    assert "+    rule: contradiction" in wizard("check", "--write-baseline", "--accept-new").out
    assert wizard("check", "--baseline").code == 0


def test_what_is_mended_is_said_and_pruned_with_a_diff(gated: Path, wizard: Wizard) -> None:
    models = gated / "services/execution/models.py"
    models.write_text(models.read_text().replace("    fee: float\n", "    fee: float\n    price: float\n", 1))
    said = wizard("check", "--baseline")
    assert said.code == 0
    assert "gone: allocation contradiction" in said.out
    assert "-    rule: contradiction" in wizard("check", "--write-baseline").out
    assert "0 gone" in wizard("check", "--baseline").out


def test_a_part_leaves_the_other_entries_alone(gated: Path, wizard: Wizard) -> None:
    before = (gated / BASELINE).read_text()
    assert "says so already" in wizard("check", "core", "--phase", "container", "--write-baseline").out
    assert (gated / BASELINE).read_text() == before


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (None, 2, "there is no baseline"),
        ("schema: 1\nfindings: [}\n", 1, "baseline.yaml:2"),
        ("schema: 2\nfindings: []\n", 1, "schema 2"),
        ("schema: 1\nfindigns: []\n", 1, "findings"),
        ("", 1, "baseline.yaml"),
        (
            "schema: 1\nfindings:\n  - fingerprint: 5\n    service: core\n    rule: x\n    level: unmet\n",
            1,
            "baseline.yaml:3",
        ),
    ],
)
def test_a_gate_that_cannot_compare_never_passes(
    demo: Path, wizard: Wizard, text: str | None, code: int, said: str
) -> None:
    if text is not None:
        (demo / BASELINE).parent.mkdir(exist_ok=True)
        (demo / BASELINE).write_text(text)
    shown = wizard("check", "--baseline")
    assert shown.code == code
    assert said in shown.err


def test_comments_that_people_put_there_survive(gated: Path, wizard: Wizard) -> None:
    path = gated / BASELINE
    path.write_text(path.read_text().replace("findings:\n", "findings:\n  # core is next week's work\n", 1))
    worse(gated)
    wizard("check", "--write-baseline", "--accept-new")
    assert "# core is next week's work" in path.read_text()


def test_github_and_gitlab_name_path_and_line(gated: Path, wizard: Wizard) -> None:
    worse(gated)
    lines = wizard("check", "--baseline", "--format", "github").out.splitlines()
    assert lines == [
        line for line in lines if line.startswith("::error file=services/risk/models.py,line=19,title=risk")
    ]
    assert len(lines) == 1
    (entry,) = json.loads(wizard("check", "--baseline", "--format", "gitlab").out)
    assert entry["location"] == {"path": "services/risk/models.py", "lines": {"begin": 19}}
    assert entry["severity"] == "major"


def test_sarif_marks_what_is_known_as_suppressed(gated: Path, wizard: Wizard) -> None:
    worse(gated)
    results = json.loads(wizard("check", "--baseline", "--format", "sarif").out)["runs"][0]["results"]
    states = [(one["baselineState"], "suppressions" in one) for one in results]
    assert states.count(("new", False)) == 1
    assert set(states) == {("new", False), ("unchanged", True)}
    assert len({one["partialFingerprints"]["stackWizard/v1"] for one in results}) == len(results)


@pytest.mark.parametrize("base", ["nobody", "--output=x", "HEAD:README.md"])
def test_a_base_that_is_none_is_said(gated: Path, wizard: Wizard, base: str) -> None:
    said = wizard("check", f"--changed={base}")
    assert said.code == 2
    assert "next:" in said.err


def test_without_a_repository_there_is_nothing_to_compare_with(wizard: Wizard, demo: Path) -> None:
    subprocess.run(["rm", "-rf", str(demo / ".git")], check=True)
    said = wizard("check", "--changed", "main")
    assert said.code == 1
    assert "git" in said.err


@pytest.mark.parametrize("is_worse", [False, True])
def test_the_hook_runs_in_pre_commit_itself(gated: Path, git: Git, is_worse: bool) -> None:
    hooks: Any = data(parse((ROOT / ".pre-commit-hooks.yaml").read_text()).root)
    own = {**hooks[0], "language": "system"}  # as it is, but for the installation, which needs an index
    (gated / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [{"repo": "local", "hooks": [own]}]}))
    if is_worse:
        worse(gated)
    git("add", ".pre-commit-config.yaml", "services")
    done = subprocess.run(["pre-commit", "run"], cwd=gated, capture_output=True, text=True, check=False)
    assert done.returncode == int(is_worse), done.stdout + done.stderr
    assert ("risk needs strength" in done.stdout) is is_worse


def test_the_action_is_valid_by_its_schema() -> None:
    words = ["check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
