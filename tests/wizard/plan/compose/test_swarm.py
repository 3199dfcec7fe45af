"""What is written for a service of a stack on a Swarm: a block that the deploy takes, and that the audit has nothing
against."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.audit.audit import audit_service
from wizard.checklist.load import load
from wizard.errors import UsageError
from wizard.plan.compose.planner import plan
from wizard.plan.context import PlanContext
from wizard.session.answers import load_answers
from wizard.session.spec_rules import check_spec, spec_problems
from wizard.stack.read import read_stack
from wizard.syntax.yaml import parse
from wizard.syntax.yaml_data import data
from wizard.values.facts.compose import REFUSED
from wizard.values.finding import Status
from wizard.values.lean import replace
from wizard.values.spec import Channel, Deploy, ServiceSpec

Context = Callable[..., PlanContext]
PROFILE = "schema: 1\ncompose_files: [compose.yaml]\nedit_file: compose.yaml\nredis: {service: redis, port: 6379}\n"
BASE = """\
services:
  redis: {image: "redis:7"}   # the bus

  orders:
    build: services/orders
    image: registry.example/shop/orders:${TAG:-latest}

networks: {}
"""
OWN = """\
  market:
    image: registry.example/shop/market:1
    healthcheck: {test: [CMD, python, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:8099/health')"]}
"""
APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return {}


app.run(port=8099)
"""


def files(compose: str = BASE, target: str = "swarm", version: str = "") -> dict[str, str]:
    return {
        ".stack-wizard/stack.yaml": f"{PROFILE}deploy_target: {target}\n",
        "compose.yaml": version + compose,
        "services/orders/service.py": APP,
        "services/orders/Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n",
    }


def own(block: str = OWN) -> dict[str, str]:
    more = {
        "services/market/service.py": APP,
        "services/market/Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n",
        "services/market/requirements.txt": "flask==3.0.3\n",
    }
    return {**files(BASE.replace("\nnetworks", f"{block}\nnetworks")), **more}


def block_after(ctx: PlanContext) -> dict[str, object]:
    changes = plan(ctx)
    edit = next(edit for edit in changes.edits if edit.path == "compose.yaml")
    assert edit.before is not None
    assert edit.after is not None
    head, tail = edit.before.split("\nnetworks")[0], "\nnetworks"
    assert edit.after.startswith(head.rstrip("\n")) or "market" in edit.before
    assert edit.after.endswith(tail + edit.before.split(tail)[1])
    root = data(parse(edit.after).root)
    assert isinstance(root, dict)
    services = root["services"]
    assert isinstance(services, dict)
    return services["market"]  # type: ignore[return-value]


ASKED = Deploy(replicas=3, reserve_memory="64M", constraints=("node.labels.zone==a",))


@pytest.mark.parametrize(
    "deploy",
    [
        None,
        ASKED,
        Deploy(order="stop-first", publish="host"),
        Deploy(order="stop-first", publish="host", replicas=2, cpus="1", memory="1G", reserve_cpus="0.25"),
        Deploy(image="registry.example/other/market@sha256:" + "a" * 64),
    ],
)
@pytest.mark.parametrize("version", ["", 'version: "3.8"\n\n', 'version: "3.6"\n\n'])
def test_a_new_block_is_one_that_the_deploy_takes(
    tmp_path: Path, context_in: Context, deploy: Deploy | None, version: str
) -> None:
    ctx = context_in(tmp_path, "market", files(version=version), deploy=deploy)
    changes = plan(ctx)
    edit = next(edit for edit in changes.edits if edit.path == "compose.yaml")
    assert edit.after is not None
    (tmp_path / "compose.yaml").write_text(edit.after)
    facts = read_stack(DiskFiles(tmp_path))
    said = [(one.effect, one.place) for one in facts.compose.swarm if one.service == "market"]
    kept = [one for one in said if one != ("harmless", "build")]
    assert kept == []
    if "3.6" in version and deploy is not None and deploy.replicas == 2:
        return  # it has no word yet for keeping two tasks apart
    report = audit_service(facts, facts.service("market"), replace(ctx.spec), load())
    judged = {item: report.finding(item).status for item in ("3.3", "3.4", "3.5")}
    assert judged == dict.fromkeys(judged, Status.MET)


def test_what_was_asked_for_stands_in_the_block(tmp_path: Path, context_in: Context) -> None:
    block = block_after(context_in(tmp_path, "market", files(), deploy=ASKED))
    assert block["image"] == "registry.example/shop/market:${TAG:-latest}"
    assert block["deploy"] == {
        "replicas": 3,
        "update_config": {"order": "start-first", "failure_action": "rollback", "monitor": "30s"},
        "rollback_config": {"order": "start-first"},
        "restart_policy": {"condition": "any", "delay": "5s"},
        "resources": {
            "limits": {"cpus": "0.50", "memory": "256M", "pids": 128},
            "reservations": {"memory": "64M"},
        },
        "placement": {"constraints": ["node.labels.zone==a"]},
    }
    assert not {"restart", "container_name", "depends_on", "ports", "tmpfs", "security_opt", "mem_limit"} & block.keys()


def test_a_host_port_of_several_tasks_is_spread_over_the_nodes(tmp_path: Path, context_in: Context) -> None:
    wanted = Deploy(order="stop-first", publish="host", replicas=2)
    block = block_after(context_in(tmp_path, "market", files(), deploy=wanted))
    assert block["ports"] == [{"target": 8099, "published": 8099, "mode": "host"}]
    assert block["deploy"]["placement"] == {"max_replicas_per_node": 1}  # type: ignore[index]


def test_without_an_image_nothing_is_written(tmp_path: Path, context_in: Context) -> None:
    bare = BASE.replace("    image: registry.example/shop/orders:${TAG:-latest}\n", "")
    changes = plan(context_in(tmp_path, "market", files(bare)))
    assert not [edit for edit in changes.edits if edit.path == "compose.yaml"]
    assert "answer deploy.image" in changes.refusals[0].reason
    assert "image:" in changes.refusals[0].paste


def test_a_block_that_is_there_gets_deploy_only_when_it_is_asked_for(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", own())
    assert not [edit for edit in plan(ctx).edits if edit.path == "compose.yaml"]
    block = block_after(context_in(tmp_path, "market", own(), deploy=ASKED))
    assert block["deploy"]["replicas"] == 3  # type: ignore[index]
    assert block["image"] == "registry.example/shop/market:1"


def test_a_deploy_that_is_there_keeps_what_it_says(tmp_path: Path, context_in: Context) -> None:
    held = OWN + "    deploy:\n      replicas: 5   # a person said so\n"
    ctx = context_in(tmp_path, "market", own(held), deploy=ASKED)
    block = block_after(ctx)
    deploy = block["deploy"]
    assert isinstance(deploy, dict)
    assert (deploy["replicas"], deploy["placement"]) == (5, {"constraints": ["node.labels.zone==a"]})
    assert any("deploy.replicas" in note for note in plan(ctx).notes)


def test_conditions_become_the_short_list_and_what_is_refused_is_named(tmp_path: Path, context_in: Context) -> None:
    held = OWN + "    depends_on:\n      redis: {condition: service_started}\n    mem_limit: 64m\n"
    ctx = context_in(tmp_path, "market", own(held))
    changes = plan(ctx)
    edit = next(edit for edit in changes.edits if edit.path == "compose.yaml")
    assert edit.after is not None
    assert "    depends_on:\n      - redis\n    mem_limit: 64m\n" in edit.after
    assert [one.reason for one in changes.refusals if one.item == "compose-service"] == [
        "mem_limit: the file is refused for it; deploy.resources.limits.memory says it"
    ]


def test_a_loopback_port_becomes_a_host_port_when_that_was_asked_for(tmp_path: Path, context_in: Context) -> None:
    held = OWN + '    ports:\n      - "127.0.0.1:8099:8099"   # local\n'
    asked = Deploy(order="stop-first", publish="host")
    block = block_after(context_in(tmp_path, "market", own(held), deploy=asked))
    assert block["ports"] == [{"target": 8099, "published": 8099, "mode": "host"}]
    changes = plan(context_in(tmp_path, "market", own(held)))
    assert any("answer deploy.publish" in one.reason for one in changes.refusals)


def test_where_compose_starts_the_stack_the_block_is_composes(tmp_path: Path, context_in: Context) -> None:
    block = block_after(context_in(tmp_path, "market", files(target="compose")))
    assert {"restart", "ports", "mem_limit"} <= block.keys()
    assert not {"deploy", "image"} & block.keys()


SPEC = ServiceSpec("market", "counts", 8010, inputs=(Channel("ticks"),))
GOOD = Deploy()


@pytest.mark.parametrize(
    ("deploy", "place", "words"),
    [
        (replace(GOOD, replicas=2), "deploy.replicas", "by pub/sub each of them handles every event"),
        (replace(GOOD, replicas=0), "deploy.replicas", "from 1 to"),
        (replace(GOOD, publish="host"), "deploy.order", "while the old one holds the host's port"),
        (replace(GOOD, image="market:1"), "deploy.image", "names no registry"),
        (replace(GOOD, image="localhost:5000/market"), "deploy.image", "every node asks its own"),
        (replace(GOOD, image="a/b c"), "deploy.image", "is no image's name"),
        (replace(GOOD, cpus="half"), "deploy.cpus", "is no amount such as 0.50"),
        (replace(GOOD, memory="lots"), "deploy.memory", "is no amount such as 256M"),
        (replace(GOOD, reserve_memory="1G"), "deploy.reserve_memory", "more is reserved"),
        (replace(GOOD, reserve_cpus="2"), "deploy.reserve_cpus", "more is reserved"),
        (replace(GOOD, constraints=("node.role=manager",)), "deploy.constraints[0]", "node.role==worker"),
        (replace(GOOD, constraints=('node.role=="\n- x',)), "deploy.constraints[0]", "node.role==worker"),
    ],
)
def test_what_is_impossible_says_why(deploy: Deploy, place: str, words: str) -> None:
    found = [one for one in spec_problems(replace(SPEC, deploy=deploy)) if one.steps[0] == "deploy"]
    assert [one.place for one in found] == [place]
    assert words in found[0].message


@pytest.mark.parametrize(
    "deploy",
    [
        GOOD,
        replace(GOOD, publish="host", order="stop-first"),
        replace(GOOD, image="registry.example:5000/a/b:${TAG:-1}", cpus="", memory=""),
        replace(GOOD, constraints=("node.labels.zone != b", "node.platform.arch==x86_64")),
    ],
)
def test_what_is_possible_is_taken(deploy: Deploy) -> None:
    assert not [one for one in spec_problems(replace(SPEC, deploy=deploy)) if one.steps[0] == "deploy"]
    streams = replace(SPEC, delivery="at-least-once", deploy=replace(deploy, replicas=4))
    assert not [one for one in spec_problems(streams) if one.steps[0] == "deploy"]


def test_it_is_no_answer_where_compose_starts_the_stack(tmp_path: Path, context_in: Context) -> None:
    facts = context_in(tmp_path, "market", files(target="compose")).facts
    assert any("--deploy-target swarm" in one for one in check_spec(replace(SPEC, deploy=GOOD), facts))


def test_an_answers_file_says_it_and_wrong_keys_have_their_line() -> None:
    text = "purpose: x\ndeploy:\n  replicas: 2\n  order: stop-first\n  constraints: ['node.role==worker']\n"
    found = load_answers(text, "a.yaml").spec.deploy
    assert found == Deploy(replicas=2, order="stop-first", constraints=("node.role==worker",))
    with pytest.raises(UsageError) as caught:
        load_answers("purpose: x\ndeploy:\n  replicas: two\n  ordre: stop-first\n", "a.yaml")
    assert "line 3" in caught.value.message
    assert "did you mean 'order'?" in caught.value.message


def test_the_block_of_a_stack_that_is_refused_elsewhere_says_so(tmp_path: Path, context_in: Context) -> None:
    ctx = context_in(tmp_path, "market", files(BASE.replace("networks: {}", "name: shop")))
    assert [one.place for one in ctx.facts.compose.swarm if one.effect == REFUSED] == ["name"]
