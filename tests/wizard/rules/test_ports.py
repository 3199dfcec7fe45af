"""What says a service's port, and which further ports it has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wizard.rules.ports import PortMention, further_ports, mapped_ports, port_mentions, served_ports
from wizard.values.facts.code import PythonFile, SettingVar
from wizard.values.facts.compose import ComposeService, EnvEntry, HealthCheck, PublishedPort
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Fact, Source


def at(line: int) -> Source:
    return Source("compose.yaml", line)


CODE = Source("services/shop/service.py", 4)
PORT = SettingVar("SHOP_PORT", required=False, default="8005", secret=False, source=CODE)
SHOP = ServiceFacts("shop", "services/shop", python=(PythonFile(CODE.path, variables=(PORT,)),))
BLOCK = ComposeService("shop", (at(1),))


def kinds(service: ServiceFacts) -> list[tuple[str, int]]:
    return [(mention.kind, mention.port) for mention in port_mentions(service)]


def test_every_place_in_order_of_trust() -> None:
    check = HealthCheck(("CMD", "true"), at(9), port=8009)
    image = DockerfileFacts(
        "Dockerfile",
        expose=(Fact(8001, at(2)),),
        env=(("SHOP_PORT", "8002", at(3)), ("SHOP_REDIS_PORT", "6380", at(4))),
        command=Fact(("gunicorn", "--bind", "0.0.0.0:8003"), at(5)),
        healthcheck=replace(check, port=8004),
    )
    block = replace(
        BLOCK,
        ports=(PublishedPort("", 8006, 8005, "8006:8005", at(10)),),
        expose=(Fact(8007, at(11)),),
        environment=(EnvEntry("SHOP_PORT", "8008", "8008", at(12)), EnvEntry("LOG_LEVEL", "1", "1", at(13))),
        healthcheck=check,
    )
    draft = replace(BLOCK, commented=True, healthcheck=replace(check, port=8010))
    service = replace(SHOP, dockerfile=image, compose=block, commented=(draft,))
    assert kinds(service) == [
        ("given", 8008),
        ("expose", 8001),
        ("command", 8003),
        ("image_env", 8002),
        ("image_check", 8004),
        ("published", 8006),
        ("compose_expose", 8007),
        ("compose_env", 8008),
        ("compose_check", 8009),
        ("draft_compose_check", 8010),
    ]
    assert mapped_ports(service) == {8005: 8006}


def test_a_check_that_is_switched_off_says_nothing() -> None:
    check = HealthCheck(("NONE",), at(9), port=8009, disabled=True)
    assert kinds(replace(SHOP, compose=replace(BLOCK, healthcheck=check))) == [("default", 8005)]


def test_what_is_set_moves_what_the_code_serves() -> None:
    code = PythonFile(CODE.path, variables=(PORT,), served_ports=(Fact(8005, CODE), Fact(9100, CODE)))
    block = replace(BLOCK, environment=(EnvEntry("SHOP_PORT", "8011", "8011", at(12)),))
    moved = replace(SHOP, python=(code,), compose=block)
    assert [fact.value for fact in served_ports(moved)] == [8011, 9100]
    assert [fact.value for fact in served_ports(replace(moved, compose=None))] == [8005, 9100]


def test_a_start_command_is_asked_before_the_code() -> None:
    code = PythonFile(CODE.path, served_ports=(Fact(5000, CODE),))
    service = replace(SHOP, python=(code,), listens=Fact(8000, at(3)))
    assert [fact.value for fact in served_ports(service)] == [8000]


def test_further_ports_stand_beside_the_own_one() -> None:
    both = [PortMention("expose", "", port, at(port)) for port in (8005, 9100)]
    assert further_ports(both, {8005}) == {9100}
    assert further_ports(both[1:], {8005}) == frozenset(), "another port alone is a contradiction, not a further one"
    checks = [PortMention("image_check", "", 8005, at(1)), PortMention("compose_check", "", 9100, at(2))]
    assert further_ports(checks, {8005}) == frozenset(), "a probe asks one port"


@pytest.mark.parametrize(
    ("many", "listens", "published", "left"),
    [
        (True, None, None, []),
        (True, 8004, None, ["start"]),
        (True, 8001, None, ["start", "expose"]),
        (True, None, 8005, ["default", "published"]),
        (False, None, None, ["default", "expose", "image_check"]),
    ],
)
def test_what_an_image_of_many_says_is_one_services_only_if_that_one_says_it_too(
    many: bool, listens: int | None, published: int | None, left: list[str]
) -> None:
    """EXPOSE, HEALTHCHECK and a setting's default of ten services that share an image are one service's at most."""
    check = HealthCheck(("CMD", "true"), at(9), port=8002)
    image = DockerfileFacts("Dockerfile", expose=(Fact(8001, at(2)),), healthcheck=check)
    base = PythonFile("core/settings.py", variables=(replace(PORT, name="PORT", source=Source("core/settings.py", 3)),))
    ports = (PublishedPort("", published, published, "", at(10)),) if published else ()
    service = ServiceFacts(
        "shop",
        ".",
        shared=(base,),
        dockerfile=image,
        compose=replace(BLOCK, ports=ports),
        listens=Fact(listens, at(4)) if listens else None,
        image_of_many=many,
    )
    assert [kind for kind, _ in kinds(service)] == left
