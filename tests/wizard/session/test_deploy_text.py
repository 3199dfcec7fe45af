"""How a Swarm runs a service as one line: it reads back as it was, and says what it cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.pipeline.answer_form import AnswerForm, read_form
from wizard.pipeline.asking.questions import questions
from wizard.pipeline.guided import inferred_with_draft
from wizard.pipeline.opening import open_stack, read
from wizard.session.deploy_text import deploy_text, read_deploy
from wizard.values.spec import Deploy, ServiceSpec

ALL = Deploy(
    "registry.example/shop/market:${TAG:-1}", 3, "stop-first", "host", "1", "1G", "0.1", "64M", ("node.labels.zone==a",)
)


@pytest.mark.parametrize("deploy", [None, Deploy(), Deploy(replicas=2), ALL, Deploy(constraints=("a.b!=c", "d.e==f"))])
def test_it_reads_back_as_it_was(deploy: Deploy | None) -> None:
    assert read_deploy(deploy_text(deploy)) == (deploy, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (" , ", None),
        ("replicas 2", Deploy(replicas=2)),
        ("  order   stop-first ,publish host", Deploy(order="stop-first", publish="host")),
        ("node.role == worker", Deploy(constraints=("node.role == worker",))),
    ],
)
def test_what_a_person_types(text: str, expected: Deploy | None) -> None:
    assert read_deploy(text) == (expected, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("replica 2", "did you mean 'replicas'?"),
        ("replicas two", "'two' is no number"),
        ("replicas", "'' is no number"),
        ("order upwards", "order is start-first or stop-first, not 'upwards'"),
        ("publish ingress", "publish is none or host, not 'ingress'"),
        ("xyzzy", "reserve-memory are"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    deploy, wrong = read_deploy(text)
    assert deploy is None
    assert words in wrong


def test_the_form_takes_it_and_keeps_it_in_a_draft() -> None:
    form = AnswerForm.from_spec(ServiceSpec("market", "x", 8010, deploy=ALL))
    assert form.swarm
    assert AnswerForm.from_draft(form.to_draft()) == form
    spec, problems = read_form(form, ServiceSpec("market", "x", 8010))
    assert (spec.deploy, problems) == (ALL, ())
    spec, problems = read_form(AnswerForm(deploy="replicas none"), spec)
    assert [problem.place for problem in problems] == ["deploy"]


@pytest.mark.parametrize("target", ["swarm", "compose"])
def test_it_is_asked_for_where_the_stack_is_on_a_swarm(tmp_path: Path, target: str) -> None:
    (tmp_path / ".stack-wizard").mkdir()
    profile = f"schema: 1\ncompose_files: [compose.yaml]\nedit_file: compose.yaml\ndeploy_target: {target}\n"
    (tmp_path / ".stack-wizard" / "stack.yaml").write_text(profile)
    (tmp_path / "compose.yaml").write_text("services: {redis: {image: 'redis:7'}}\n")
    stack = open_stack(tmp_path)
    _, form, _ = inferred_with_draft(stack, read(stack), "")
    places = [question.place for question in questions(form)]
    assert (("deploy",) in places) is (target == "swarm")
    assert form.deploy == ""
