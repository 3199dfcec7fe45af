"""Phase 2: the image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.audit.container.requirements import provided
from wizard.rules.base_images import known_tools
from wizard.stack.image.dockerfile import read_dockerfile
from wizard.stack.python.third_party import distributions
from wizard.values.facts.code import RequirementsFacts
from wizard.values.facts.compose import HealthCheck
from wizard.values.facts.container import BaseImage
from wizard.values.source import Fact, Problem, Source

PATH = "services/market/Dockerfile"
DIGEST = "sha256:" + "ab" * 32


def line(number: int) -> Source:
    return Source(PATH, number)


def user(name: str, at: int = 8) -> Fact[str]:
    return Fact(name, line(at))


USERS: list[tuple[str, dict[str, Any], str, str]] = [
    ("no Dockerfile user", {"user": None}, "broken", "no USER: it runs as root"),
    ("created, not used", {"user": None, "created_users": (("app", 1000),)}, "broken", "app is created but never"),
    ("root", {"user": user("root")}, "broken", "USER root is root"),
    ("zero", {"user": user("0:0")}, "broken", "USER 0:0 is root"),
    ("named", {"user": user("app"), "created_users": (("app", None),)}, "met", "which the file creates"),
    ("named with group", {"user": user("app:app"), "created_users": (("app", 1001),)}, "met", "uid 1001"),
    ("created as root", {"user": user("app"), "created_users": (("app", 0),)}, "broken", "is root"),
    ("of the base", {"user": user("nobody")}, "met", "a user of the base image"),
    ("not created", {"user": user("trader")}, "unknown", "whether the base image has it"),
    ("argument", {"user": user("$UID")}, "unknown", "build argument"),
    ("after CMD", {"user": user("10001", 12)}, "unmet", "after CMD"),
]


@pytest.mark.parametrize(("change", "status", "words"), [row[1:] for row in USERS], ids=[row[0] for row in USERS])
def test_non_root_user(good: Any, change: dict[str, Any], status: str, words: str) -> None:
    finding = good.dockerfile(**change).finding("2.1")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_compose_can_make_it_root_again(good: Any) -> None:
    here = Source("infrastructure/compose/dev.yml", 13)
    assert good.compose(user=Fact("root", here)).finding("2.1").sources == (here,)
    only = good.compose(user=Fact("1000:1000", here)).dockerfile(user=None)
    assert only.finding("2.1").status == "unmet"


CHECKS: list[tuple[str, HealthCheck | None, str, str]] = [
    ("none", None, "unmet", "no HEALTHCHECK"),
    ("off", HealthCheck(("NONE",), line(9), disabled=True), "broken", "switched off"),
    (
        "another port",
        HealthCheck(("CMD",), line(9), 8006, "/health"),
        "broken",
        "asks port 8006, the registry reserves 8005",
    ),
    ("another path", HealthCheck(("CMD",), line(9), 8005, "/ping"), "broken", "a path the code does not have"),
    ("curl in slim", HealthCheck(("CMD", "curl"), line(9), 8005, "/health", tool="curl"), "broken", "uses curl"),
    ("script", HealthCheck(("CMD", "./probe.sh"), line(9), tool="probe.sh"), "unknown", "cannot be read from here"),
    ("no path", HealthCheck(("CMD", "python"), line(9), 8005, tool="python"), "met", "asks port 8005"),
    ("nc in slim", HealthCheck(("CMD", "nc"), line(9), 8005, tool="nc"), "broken", "does not have"),
]


@pytest.mark.parametrize(("check", "status", "words"), [row[1:] for row in CHECKS], ids=[row[0] for row in CHECKS])
def test_image_health_check(good: Any, check: HealthCheck | None, status: str, words: str) -> None:
    finding = good.dockerfile(healthcheck=check).finding("2.2")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


@pytest.mark.parametrize(
    ("many", "port", "own", "status"),
    [
        (True, 0, False, "unknown"),
        (True, 8005, True, "unknown"),
        (True, 8005, False, "broken"),
        (False, 8005, True, "broken"),
    ],
)
def test_the_check_of_an_image_of_many_may_be_anothers(
    good: Any, many: bool, port: int, own: bool, status: str
) -> None:
    """A worker of the API's image is not healthy because the API would be, nor is the image wrong for the API."""
    case = good.market(image_of_many=many).wants(port=port)
    case = case if own else case.compose(healthcheck=None)
    case = case.file("service.py", served_ports=(), routes=()) if not port else case
    case = case.compose(ports=(), environment=()) if not port else case
    case = case.dockerfile(healthcheck=HealthCheck(("CMD",), line(9), 8006, "/health"))
    assert case.finding("2.2").status == status, case.finding("2.2").summary
    if status == "unknown" and not own:
        assert case.finding("3.4").status == "unknown"


def test_curl_is_fine_where_it_is(good: Any) -> None:
    check = HealthCheck(("CMD", "curl"), line(9), 8005, "/health", tool="curl")
    assert good.dockerfile(healthcheck=check, tools=("python", "curl")).finding("2.2").status == "met"
    for tag, tool, status in (
        ("3.11", "curl", "met"),
        ("3.11-alpine", "wget", "met"),
        ("3.11-alpine", "curl", "broken"),
    ):
        base = BaseImage("x", "python", tag, DIGEST, "", True, line(1))
        tools, known = known_tools("python", tag)
        changed = {"bases": (base,), "tools": tuple(tools), "tools_known": known}
        case = good.dockerfile(healthcheck=replace(check, tool=tool), **changed)
        assert case.finding("2.2").status == status, (tag, tool)


def test_the_last_stages_own_base_decides_about_tools(good: Any) -> None:
    check = HealthCheck(("CMD", "curl"), line(9), 8005, "/health", tool="curl")
    slim = BaseImage("x", "python", "3.11-slim", DIGEST, "base", True, line(1))
    last = BaseImage("base", "base", "", "", "", False, line(5))
    finding = good.dockerfile(healthcheck=check, bases=(slim, last)).finding("2.2")
    assert finding.sources == (line(9), line(1))


def base(digest: str = "", tag: str = "3.11-slim", external: bool = True, image: str = "python") -> BaseImage:
    return BaseImage("raw", image, tag, digest, "", external, line(1))


PINS: list[tuple[str, tuple[BaseImage, ...], str, str]] = [
    ("pinned", (base(DIGEST),), "met", "1 base image pinned"),
    ("stage", (base(DIGEST), base(external=False, tag="", image="build")), "met", "1 base image"),
    ("tag only", (base(),), "unmet", "no digest: python:3.11-slim"),
    ("one of two", (base(DIGEST), base(image="node", tag="22")), "unmet", "no digest: node:22"),
    ("latest", (base(tag=""),), "unmet", "no digest: python:latest"),
    ("short", (base("sha256:abc"),), "broken", "64 hex digits"),
    ("no tag", (base(DIGEST, tag=""),), "unmet", "no tag for the reader"),
    ("argument", (base(image="$BASE", tag=""),), "unknown", "build argument"),
    ("scratch", (base(external=False, image="scratch"),), "met", "no external image"),
    ("nothing", (), "unknown", "no FROM"),
]


@pytest.mark.parametrize(("bases", "status", "words"), [row[1:] for row in PINS], ids=[row[0] for row in PINS])
def test_base_image_digest(good: Any, bases: tuple[BaseImage, ...], status: str, words: str) -> None:
    finding = good.dockerfile(bases=bases).finding("2.3")
    assert (finding.status, words in finding.summary) == (status, True), finding.summary


def test_the_hint_says_how_to_resolve_a_digest(good: Any) -> None:
    hint = good.dockerfile(bases=(base(),)).finding("2.3").hint
    assert "docker buildx imagetools inspect python:3.11-slim" in hint
    assert "--base-image python:3.11-slim@sha256:" in hint


def test_no_dockerfile_leaves_three_items_open(good: Any) -> None:
    case = good.market(dockerfile=None)
    assert [case.finding(item).status for item in ("2.1", "2.2", "2.3")] == ["unmet"] * 3


def test_requirements(good: Any) -> None:
    wanted = good.service.requirements
    assert good.market(requirements=None).finding("2.4").status == "unmet"
    other = good.market(requirements=None, own_files=("services/market/pyproject.toml",)).finding("2.4")
    assert "declared in services/market/pyproject.toml" in other.summary
    bad = replace(wanted, problems=(Problem("cannot be parsed: ===", Source(wanted.path, 2)),))
    assert good.market(requirements=bad).finding("2.4").status == "broken"
    loose = replace(wanted, requirements=(replace(wanted.requirements[0], pinned=False), *wanted.requirements[1:]))
    assert good.market(requirements=loose).finding("2.4").summary == "not pinned: flask"
    toml = RequirementsFacts("services/market/pyproject.toml", wanted.requirements)
    assert "the document asks for requirements.txt" in good.market(requirements=toml).finding("2.4").summary


def test_imports_of_the_stack_itself_are_no_requirements(good: Any) -> None:
    imports = tuple(
        Fact(n, Source("services/market/bus.py", 2)) for n in ("redis", "json", "risk", "services", "logic")
    )
    assert good.file("bus.py", imports=imports).finding("2.4").status == "met"
    missing = good.file("bus.py", imports=(*imports, Fact("numpy.linalg", Source("services/market/bus.py", 9))))
    assert missing.finding("2.4").summary == "imported but not required: numpy"


@pytest.mark.parametrize(
    ("requirement", "module", "right"),
    [
        ("pyyaml", "yaml", True),
        ("psycopg2-binary", "psycopg2", True),
        ("python-telegram-bot", "telegram", True),
        ("prometheus-client", "prometheus_client", True),
        ("pydantic-settings", "pydantic", True),
        ("flask", "werkzeug", True),
        ("flask-cors", "flask_cors", True),
        ("redis", "flask", False),
        ("aioredis", "redis", False),
    ],
)
def test_package_names_are_not_module_names(requirement: str, module: str, right: bool) -> None:
    assert provided(frozenset({requirement}), module, distributions(module)) is right


@pytest.mark.parametrize("name", ["python:3", "docker.io/library/python:3", "ghcr.io/o/x:1"])
@pytest.mark.parametrize(
    ("digest", "status"), [(DIGEST, "met"), ("", "unmet"), ("sha256:" + "0" * 63, "broken"), ("0" * 64, "broken")]
)
def test_a_digest_is_a_digest_however_the_image_is_spelled(good: Any, name: str, digest: str, status: str) -> None:
    reference = f"{name}@{digest}" if digest else name
    bases = read_dockerfile(f"FROM {reference}\n", PATH).bases
    assert good.dockerfile(bases=bases).finding("2.3").status == status
