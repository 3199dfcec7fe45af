"""A service that only starts a program of a package has no code to be written."""

from __future__ import annotations

import pytest

from wizard.rules.packages import foreign_start
from wizard.values.facts.code import PythonFile
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.container import DockerfileFacts
from wizard.values.facts.stack import ServiceFacts
from wizard.values.source import Fact, Source

HERE, THERE = Source("Dockerfile", 9), Source("compose.yaml", 3)


@pytest.mark.parametrize(
    ("packages", "image", "compose", "found"),
    [
        (("rq-dashboard",), ("rq-dashboard",), (), ("rq-dashboard", HERE)),
        (("RQ-Dashboard==1.0",), ("/usr/bin/rq-dashboard", "-H", "redis"), (), ("rq-dashboard", HERE)),
        (("mlflow[x]",), (), ("mlflow server",), ("mlflow", THERE)),
        (("mlflow",), ("bash",), ("mlflow", "server"), ("mlflow", THERE)),
        (("flask", "gunicorn"), ("python", "service.py"), (), None),
        ((), ("rq-dashboard",), (), None),
        (("rq-dashboard",), (), (), None),
    ],
)
def test_what_is_started_is_a_program_of_a_package(
    packages: tuple[str, ...], image: tuple[str, ...], compose: tuple[str, ...], found: tuple[str, Source] | None
) -> None:
    file = DockerfileFacts(
        "Dockerfile",
        packages=tuple(Fact(name, HERE) for name in packages),
        command=Fact(image, HERE) if image else None,
    )
    block = ComposeService("dash", (THERE,), command=Fact(compose, THERE) if compose else None)
    service = ServiceFacts("dash", "dash", dockerfile=file, compose=block)
    assert foreign_start(service) == (Fact(*found) if found else None)


def test_a_service_with_code_is_its_own() -> None:
    file = DockerfileFacts("Dockerfile", packages=(Fact("mlflow", HERE),), command=Fact(("mlflow",), HERE))
    assert foreign_start(ServiceFacts("a", "a", dockerfile=file, python=(PythonFile("a/a.py"),))) is None
