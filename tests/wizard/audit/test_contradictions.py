"""What disagrees between files: one contradiction a topic, with every line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.values.facts.compose import ComposeService, EnvEntry, PublishedPort
from wizard.values.source import Fact, Source
from wizard.values.spec import Channel, Manifest

DEV = "infrastructure/compose/dev.yml"
AT = Source("tools.yml", 2)
DOC = "FUTURE_SERVICES.md"


def test_three_ports_in_three_files_are_one_contradiction(good: Any) -> None:
    entries = tuple(replace(e, port=8007) if e.service == "market" else e for e in good.facts.registry.entries)
    case = good.stack(registry=replace(good.facts.registry, entries=entries))
    case = case.market(readme=None, python=()).stack(runbook=None)
    check = replace(good.service.dockerfile.healthcheck, port=8005)
    case = case.dockerfile(healthcheck=check, expose=())
    port = PublishedPort("127.0.0.1", 8006, 8006, "127.0.0.1:8006:8006", Source(DEV, 30))
    case = case.compose(ports=(port,), environment=(), healthcheck=None).wants(port=8006)
    (found,) = case.report().contradictions
    assert found.topic == "port"
    assert found.says == (
        ("8005", Source("services/market/Dockerfile", 9)),
        ("8006", Source(DEV, 30)),
        ("8007", Source(DOC, 3)),
    )
    assert "the Dockerfile's HEALTHCHECK probes 8005 (services/market/Dockerfile:9)" in found.message
    assert "the registry reserves 8007 (FUTURE_SERVICES.md:3)" in found.message


def test_every_place_is_named_in_order(good: Any) -> None:
    case = good.market(manifest=Manifest(1, replace(good.spec, port=8009)))
    (found,) = case.report().contradictions
    assert [value for value, _ in found.says][:2] == ["8009", "8005"]
    paths = list(dict.fromkeys(source.path for _, source in found.says))
    assert paths == [
        ".stack-wizard/services/market.yaml",
        "services/market/config.py",
        "services/market/service.py",
        "services/market/Dockerfile",
        DEV,
        "services/market/README.md",
        "DOCKER_STACK_RUNBOOK.md",
        DOC,
    ]


def test_a_mapped_port_is_no_contradiction(good: Any) -> None:
    port = replace(good.service.compose.ports[0], target=8000)
    inside = replace(good.service.dockerfile.healthcheck, port=8000)
    case = good.compose(ports=(port,), healthcheck=replace(inside, source=Source(DEV, 22)), environment=())
    case = (
        case.dockerfile(healthcheck=inside, expose=())
        .file("service.py", served_ports=())
        .file("config.py", variables=())
    )
    assert case.report().contradictions == ()


def test_channels(good: Any) -> None:
    spec = replace(good.spec, inputs=(Channel("quotez"),))
    case = replace(good, spec=spec).market(manifest=Manifest(1, spec))
    (found,) = [c for c in case.report().contradictions if c.topic == "channel"]
    assert ("quotez", Source(".stack-wizard/services/market.yaml")) in found.says
    assert ("quotes", Source("services/market/bus.py", 14)) in found.says
    (documented,) = good.readme("`market_data`", "`market_dat`").report().contradictions
    assert [value for value, _ in documented.says] == ["market_data", "market_dat"]


def test_a_misspelt_variable(good: Any) -> None:
    env = (good.service.compose.environment[1], EnvEntry("MARKET_PROT", "8005", "8005", Source(DEV, 14)))
    (found,) = good.compose(environment=env).report().contradictions
    assert found.topic == "variable"
    assert [value for value, _ in found.says] == ["MARKET_PORT", "MARKET_PROT", "MARKET_PORT"]


def test_a_stale_container_name(good: Any) -> None:
    (found,) = good.runbook("stack_market", "old_market").report().contradictions
    assert (found.topic, found.says) == (
        "container",
        (("stack_market", Source(DEV, 12)), ("old_market", Source("DOCKER_STACK_RUNBOOK.md", 8))),
    )


@pytest.mark.parametrize(
    "block", [ComposeService("old_market", (AT,)), ComposeService("m", (AT,), container_name=Fact("old_market", AT))]
)
def test_a_container_of_a_file_that_a_command_names_is_not_stale(good: Any, block: ComposeService) -> None:
    case = good.runbook("stack_market", "old_market")
    case = case.stack(compose=replace(case.facts.compose, beside=(block,)))
    assert case.report().contradictions == ()
