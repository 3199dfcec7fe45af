"""Phase 3 on a Swarm: the same block, judged by what holds there; and nothing of it where Compose starts the stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.audit.compose.swarm import stack_report
from wizard.pipeline.opening import judge, open_stack, read
from wizard.values.finding import Report, Status

PROFILE = "schema: 1\ncompose_files: [compose.yaml]\nedit_file: compose.yaml\nredis: {service: redis, port: 6379}\n"
BLOCK = """\
    image: registry.example/shop/market:1
    healthcheck: {test: [CMD, python, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:8010/health')"]}
"""
HOST = "    ports: [{target: 8010, published: 8010, mode: host}]\n"
LOOP = """\
import json, time, redis
from flask import Flask
app = Flask(__name__)

@app.get("/health")
def health():
    return {"status": "ok"}

def listen(client):
    pubsub = client.pubsub()
    pubsub.subscribe("ticks")
    for message in pubsub.listen():
        print(json.loads(message["data"]))

def main():
    while True:
        try:
            listen(redis.Redis(host="redis"))
        except redis.ConnectionError:
            time.sleep(1)

app.run(port=8010)
"""
ONCE = LOOP.replace(
    "    while True:\n        try:\n            listen", "    for _ in range(1):\n        if 1:\n            listen"
)
ONCE = ONCE.replace("        except redis.ConnectionError:\n            time.sleep(1)\n", "")
TICKS = 'import redis\nredis.Redis(host="redis").publish("ticks", "{}")\n'


def reports(
    root: Path, block: str, *, target: str = "swarm", code: str = LOOP, more: str = "", top: str = ""
) -> Report:
    files = {
        ".stack-wizard/stack.yaml": f"{PROFILE}deploy_target: {target}\n",
        "compose.yaml": f"services:\n  redis: {{image: redis:7}}\n{more}  market:\n{block}{top}",
        "services/market/service.py": code,
        "services/market/Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n",
        "services/market/requirements.txt": "flask==3.0.3\nredis==5.0.8\n",
        "services/ticks/service.py": TICKS,
        "services/ticks/Dockerfile": "FROM python:3.11-slim\nCMD python service.py\n",
    }
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return judge(read(open_stack(root)), "market")


def block(*more: str, image: str = "registry.example/shop/market:1") -> str:
    return BLOCK.replace("registry.example/shop/market:1", image) + "".join(f"    {line}\n" for line in more)


@pytest.mark.parametrize(
    ("item", "text", "status", "words"),
    [
        ("3.1", block(), Status.MET, "every node pulls registry.example/shop/market:1"),
        ("3.1", block("build: services/market"), Status.MET, "passes over build (compose.yaml:"),
        ("3.1", block("build: services/market", "expose: [8010]"), Status.MET, "and expose (compose.yaml:"),
        ("3.1", block("build: services/market", image="market:1"), Status.BROKEN, "names no registry"),
        ("3.1", block("build: services/gone"), Status.BROKEN, "which does not exist"),
        ("3.1", block(image="localhost:5000/market"), Status.UNKNOWN, "every node asks its own localhost:5000"),
        ("3.1", block(image="127.0.0.1:5000/market"), Status.UNKNOWN, "every node asks its own 127.0.0.1:5000"),
        ("3.1", block(image="acme/prices:1"), Status.UNKNOWN, "nothing says that this is built from"),
        ("3.1", block(image="acme/shop-market@sha256:" + "a" * 64), Status.MET, "every node pulls acme/shop-market@"),
        ("3.1", "    build: services/market\n", Status.BROKEN, "no image is named, and a Swarm builds none"),
        ("3.1", block("profiles: [x]"), Status.BROKEN, "refuses profiles of market"),
        ("3.1", block("mem_limit: 64m", "cpus: 1"), Status.BROKEN, "; and 1 more"),
        ("3.3", block(), Status.MET, "its code tries redis again"),
        ("3.3", block("depends_on: [redis]"), Status.MET, "a Swarm waits for nothing at the start"),
        ("3.3", block("depends_on: {redis: {condition: service_healthy}}"), Status.BROKEN, "the long form"),
        ("3.4", block(), Status.MET, ""),
        ("3.4", "    image: registry.example/market:1\n", Status.UNMET, "neither compose nor the image"),
        ("3.4", "    image: a/market:1\n    healthcheck: {disable: true}\n", Status.UNMET, "switched off"),
        ("3.5", block(), Status.MET, "only its networks reach market:8010"),
        ("3.5", block() + HOST, Status.MET, "close it in the nodes' firewall (chain DOCKER-USER)"),
        ("3.5", block('ports: ["8010:8010"]'), Status.BROKEN, "on all addresses of every node (ingress)"),
        ("3.5", block("ports: [{target: 8010, published: 8010}]"), Status.BROKEN, "(ingress)"),
        ("3.5", block('ports: ["127.0.0.1:8010:8010"]'), Status.BROKEN, "the address is ignored"),
        ("3.5", block("ports: [{target: 8010, mode: host}]"), Status.BROKEN, "takes any free host port"),
        ("3.5", block("deploy: {replicas: 2}") + HOST, Status.BROKEN, "2 tasks of it cannot share host port 8010"),
        (
            "3.5",
            block("deploy: {replicas: 2, placement: {max_replicas_per_node: 1}}") + HOST,
            Status.MET,
            "on the node that runs it",
        ),
        ("3.5", block("deploy: {mode: global}") + HOST, Status.MET, "on the node that runs it"),
        ("3.5", block("deploy: {replicas: 2}"), Status.MET, "publishes nothing"),
        (
            "3.5",
            block("deploy: {update_config: {order: start-first}}") + HOST,
            Status.BROKEN,
            "beside the old one, which holds host port 8010",
        ),
        ("3.5", block("deploy: {update_config: {order: stop-first}}") + HOST, Status.MET, ""),
    ],
)
def test_an_item_is_judged_by_what_holds_on_a_swarm(
    tmp_path: Path, item: str, text: str, status: Status, words: str
) -> None:
    finding = reports(tmp_path, text).finding(item)
    assert (finding.status, words in finding.summary) == (status, True), finding.summary
    assert finding.sources


@pytest.mark.parametrize(
    ("deploy", "status"),
    [
        ("", Status.UNKNOWN),
        ("    deploy: {restart_policy: {condition: on-failure}}\n", Status.UNKNOWN),
        ("    deploy: {restart_policy: {condition: none}}\n", Status.BROKEN),
    ],
)
def test_code_that_connects_once_needs_to_be_started_again(tmp_path: Path, deploy: str, status: Status) -> None:
    finding = reports(tmp_path, block() + deploy, code=ONCE).finding("3.3")
    assert (finding.status, "a Swarm waits for nothing" in finding.summary) == (status, True)


@pytest.mark.parametrize(
    ("top", "status", "words"),
    [
        ("secrets: {token: {environment: TOKEN}}\n", Status.BROKEN, "which `docker stack deploy` refuses"),
        ("secrets: {token: {external: true}}\n", Status.MET, "1 secret mounted"),
        ("secrets: {token: {file: ./token}}\n", Status.MET, "1 secret mounted"),
    ],
)
def test_where_a_secret_may_come_from(tmp_path: Path, top: str, status: Status, words: str) -> None:
    finding = reports(tmp_path, block("secrets: [token]"), top=top).finding("3.2")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


@pytest.mark.parametrize(
    ("deploy", "more", "answer"),
    [
        ("deploy: {replicas: 2}", "  ticks: {image: x/ticks:1, build: services/ticks}\n", "as one consumer group"),
        ("deploy: {replicas: 3}", "", "run one replica: what writes it is not all here"),
        ("deploy: {mode: global}", "  ticks: {image: x/ticks:1, build: services/ticks}\n", "one task on every node"),
        (
            "deploy: {replicas: 2}",
            "  ticks: {image: x/ticks:1, build: services/ticks}\n  go: {image: x/go:1, build: services/go}\n",
            "run one replica",
        ),
    ],
)
def test_pub_sub_with_several_tasks_handles_an_event_more_than_once(
    tmp_path: Path, deploy: str, more: str, answer: str
) -> None:
    code = LOOP if more else LOOP.replace('subscribe("ticks")', 'subscribe("prices")')
    found = [
        one for one in reports(tmp_path, block(deploy), code=code, more=more).contradictions if "channel" in one.topic
    ]
    assert len(found) == 1
    assert answer in found[0].message
    assert {place.path for _, place in found[0].says} == {"services/market/service.py", "compose.yaml"}


@pytest.mark.parametrize("deploy", ["deploy: {replicas: 1}", "deploy: {mode: replicated}", "restart: always"])
def test_one_task_handles_each_event_once(tmp_path: Path, deploy: str) -> None:
    report = reports(tmp_path, block(deploy))
    assert not [one for one in report.contradictions if one.topic.startswith("channel")]


def test_each_remark_stands_with_its_line_and_with_what_says_that_it_is_a_swarm(tmp_path: Path) -> None:
    report = reports(tmp_path, block("restart: 'no'", "container_name: m"), more="  proxy: {image: n/n:1, tty: 5}\n")
    own = [one for one in report.contradictions if one.topic == "swarm"]
    assert [one.says[0][0] for one in own] == ["restart of market", "container_name of market"]
    assert all(one.says[1][1].path == ".stack-wizard/stack.yaml" and one.says[1][1].line for one in own)
    assert "docker/cli compose types, UnsupportedProperties" in own[0].message
    whole = stack_report(read(open_stack(tmp_path)))
    assert whole is not None
    assert [one.says[0][0] for one in whole.contradictions] == ["tty of proxy"]
    assert report.finding("3.1").status is Status.BROKEN  # the whole file is refused for it


@pytest.mark.parametrize(
    "more",
    [
        ("restart: always", "container_name: m", "mem_limit: 64m", "profiles: [a]", "tmpfs: [/tmp]"),
        ("deploy: {replicas: 2, resources: {limits: {cpus: '0.5'}}}",),
        ("deploy: {update_config: {order: sideways}, placement: {constraints: [x]}}",),
    ],
)
def test_nothing_of_it_is_said_where_compose_starts_the_stack(tmp_path: Path, more: tuple[str, ...]) -> None:
    report = reports(tmp_path, block(*more, 'ports: ["127.0.0.1:8010:8010"]'), target="compose")
    facts = read(open_stack(tmp_path))
    assert facts.compose.swarm == ()
    assert stack_report(facts) is None
    said = [one.message for one in report.contradictions] + [f.summary + f.hint for f in report.findings]
    assert not [text for text in said if "Swarm" in text or "stack deploy" in text]
