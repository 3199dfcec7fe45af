"""A new block shares what its siblings share: their anchors, their restart policy, the file of their limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.plan.compose.planner import plan
from wizard.plan.context import PlanContext
from wizard.syntax.yaml import parse
from wizard.syntax.yaml_data import data
from wizard.values.spec import Channel

ReadContext = Callable[..., PlanContext]
APP = "from flask import Flask\napp = Flask(__name__)\n"
HARD = "  init: true\n  read_only: true\n  tmpfs: [/tmp]\n  cap_drop: [ALL]\n  security_opt: [no-new-privileges:true]\n"
NETWORKS = "networks:\n  stack_net: {}\n"


def stack(head: str, body: str, more: str = "", count: int = 2, tail: str = NETWORKS) -> dict[str, str]:
    """A compose file with `count` built services, each with the same body; and the folders of those services."""
    names = [f"svc{number}" for number in range(count)]
    blocks = "".join(f"  {name}:\n    build: ./services/{name}\n{body}" for name in names)
    files = {"compose.yml": f"{head}services:\n  redis:\n    image: redis:7\n    networks: [stack_net]\n{blocks}{tail}"}
    files |= {f"services/{name}/service.py": APP for name in names}
    files |= {f"services/{name}/Dockerfile": "FROM python:3.12-slim\nUSER 1000\n" for name in names}
    return files | ({"limits.yml": more} if more else {})


def planned(tmp_path: Path, context_in: ReadContext, files: dict[str, str]) -> dict[str, str]:
    spec: dict[str, Any] = {"port": 8005, "inputs": (Channel("market_data"),)}
    changes = plan(context_in(tmp_path, "market", files, **spec))
    assert changes.refusals == ()
    return {edit.path: edit.after or "" for edit in changes.edits}


def block(text: str, key: str = "market") -> dict[str, Any]:
    """The block as Compose reads it, merges resolved."""
    whole: Any = data(parse(text).root)
    return dict(whole["services"][key])


def own_keys(text: str) -> list[str]:
    lines = text.partition("\n  market:\n")[2].split("\n\n")[0].splitlines()
    return [line.strip().partition(":")[0] for line in lines if line.startswith("    ") and line[4] not in " -"]


def test_a_merged_anchor_is_merged_and_not_repeated(tmp_path: Path, context_in: ReadContext) -> None:
    head = "x-service: &service\n  restart: always\n" + HARD + "  networks: [stack_net]\n\n"
    after = planned(tmp_path, context_in, stack(head, "    <<: *service\n"))["compose.yml"]
    keys = own_keys(after)
    assert keys[0] == "<<"
    assert not {"restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "networks"} & set(keys)
    found = block(after)
    assert (found["restart"], found["cap_drop"], found["networks"]) == ("always", ["ALL"], ["stack_net"])
    assert found["read_only"] is True


def test_what_an_anchor_says_less_of_is_said_in_the_block(tmp_path: Path, context_in: ReadContext) -> None:
    """Sharing never takes away: fewer capabilities dropped, another network."""
    head = "x-base: &base\n  cap_drop: [NET_RAW]\n  networks: [other]\n  environment: {TZ: UTC}\n\n"
    tail = "networks:\n  stack_net: {}\n  other: {}\n"
    after = planned(tmp_path, context_in, stack(head, "    <<: *base\n", tail=tail))["compose.yml"]
    found = block(after)
    assert found["cap_drop"] == ["ALL"]
    assert found["environment"]["MARKET_PORT"] == "8005"
    assert "cap_drop" in own_keys(after)


@pytest.mark.parametrize(("with_it", "shares"), [(1, False), (2, True)])
def test_an_anchor_that_only_some_merge_is_left_to_them(
    tmp_path: Path, context_in: ReadContext, with_it: int, shares: bool
) -> None:
    files = stack("x-a: &a\n  restart: always\n\n", "    <<: *a\n", count=with_it)
    files["compose.yml"] = files["compose.yml"].replace(NETWORKS, "  plain:\n    build: ./services/plain\n" + NETWORKS)
    files["services/plain/service.py"] = APP
    assert ("<<" in own_keys(planned(tmp_path, context_in, files)["compose.yml"])) is shares


def test_an_alias_as_a_value_and_one_in_the_environment(tmp_path: Path, context_in: ReadContext) -> None:
    head = "x-log: &log\n  driver: local\nx-env: &env\n  TZ: UTC\n\n"
    body = "    logging: *log\n    environment:\n      <<: *env\n      A: b\n"
    after = planned(tmp_path, context_in, stack(head, body))["compose.yml"]
    found = block(after)
    assert found["logging"] == {"driver": "local"}
    assert found["environment"]["TZ"] == "UTC"
    assert found["environment"]["MARKET_PORT"] == "8005"
    assert after.count("*log") == 3


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [("always", "always"), ("on-failure:5", "on-failure:5"), ('"no"', "no"), ("", "unless-stopped")],
)
def test_the_restart_policy_is_the_siblings(tmp_path: Path, context_in: ReadContext, policy: str, wanted: str) -> None:
    body = f"    restart: {policy}\n" if policy else ""
    assert block(planned(tmp_path, context_in, stack("", body))["compose.yml"])["restart"] == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (("${LOG_LEVEL:-INFO}", "${LOG_LEVEL:-INFO}"), "${LOG_LEVEL:-INFO}"),
        (("${LOG_LEVEL:-info}", "${LOG_LEVEL:-info}"), "INFO"),  # no word that the service knows
        (("${SVC0_LEVEL:-INFO}", "${SVC1_LEVEL:-INFO}"), "INFO"),
        (("DEBUG", "DEBUG"), "INFO"),
    ],
)
def test_the_log_level_comes_from_where_theirs_does(
    tmp_path: Path, context_in: ReadContext, values: tuple[str, str], wanted: str
) -> None:
    files = stack("", "")
    for number, value in enumerate(values):
        old = f"    build: ./services/svc{number}\n"
        new = f'{old}    environment:\n      SVC{number}_LOG_LEVEL: "{value}"\n'
        files["compose.yml"] = files["compose.yml"].replace(old, new)
    assert block(planned(tmp_path, context_in, files)["compose.yml"])["environment"]["MARKET_LOG_LEVEL"] == wanted


LIMITS = """\
x-log: &log {driver: local}
services:
   svc0:
      mem_limit: 96m
      logging: *log
   svc1:
      mem_limit: 96m
      logging: *log
"""


def test_limits_stand_where_the_siblings_limits_stand(tmp_path: Path, context_in: ReadContext) -> None:
    after = planned(tmp_path, context_in, stack("", "", LIMITS))
    assert block(after["limits.yml"]) == {"mem_limit": "96m", "logging": {"driver": "local"}}
    assert after["limits.yml"].startswith(LIMITS)
    assert not {"mem_limit", "logging"} & set(own_keys(after["compose.yml"]))
    assert {"cpus", "pids_limit"} <= set(own_keys(after["compose.yml"]))


def test_a_file_that_limits_one_of_them_is_no_habit(tmp_path: Path, context_in: ReadContext) -> None:
    one = LIMITS.partition("   svc1")[0]
    after = planned(tmp_path, context_in, stack("", "", one))
    assert "limits.yml" not in after
    assert "mem_limit" in own_keys(after["compose.yml"])


def test_limits_by_deploy_are_not_said_twice(tmp_path: Path, context_in: ReadContext) -> None:
    """Compose refuses `mem_limit` beside another `deploy.resources.limits.memory`."""
    head = "x-small: &small\n  resources: {limits: {memory: 128M}}\n\n"
    after = planned(tmp_path, context_in, stack(head, "    deploy: *small\n"))["compose.yml"]
    assert block(after)["deploy"] == {"resources": {"limits": {"memory": "128M"}}}
    assert not {"mem_limit", "cpus", "pids_limit"} & set(own_keys(after))


def test_without_siblings_the_block_is_the_wizards_own(tmp_path: Path, context_in: ReadContext) -> None:
    found = block(planned(tmp_path, context_in, stack("", "", count=0))["compose.yml"])
    assert (found["restart"], found["read_only"], found["mem_limit"]) == ("unless-stopped", True, "256m")


def test_a_flow_style_file_gets_the_block_as_far_as_it_takes_one(tmp_path: Path, context_in: ReadContext) -> None:
    """An anchor that can't be shared safely costs nothing: the block is written out."""
    limits = "services: {svc0: {mem_limit: 9m}, svc1: {mem_limit: 9m}}\n"
    after = planned(tmp_path, context_in, stack("", "", limits))
    assert block(after["compose.yml"])["mem_limit"] == "256m"
