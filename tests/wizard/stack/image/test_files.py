"""Which build context a Dockerfile is written for, what it misses there, and which code it leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.read import read_stack
from wizard.values.facts.container import DockerfileFacts

Stack = Callable[[dict[str, str]], DiskFiles]
COMPOSE = "services:\n  redis: {image: redis:7}\n  one:\n    build: {context: CONTEXT, dockerfile: DOCKERFILE}\n"
CODE = {
    "services/one/service.py": "from flask import Flask\nimport config\nfrom core.clock import now\napp = Flask('a')\n",
    "services/one/config.py": "import os\n",
    "services/one/requirements.txt": "flask==3.0.3\n",
    "core/__init__.py": "",
    "core/clock.py": "def now(): return 1\n",
}
WHOLE = (
    "FROM python:3.11-slim\nWORKDIR /app\nCOPY services/one/requirements.txt .\nRUN pip install -r requirements.txt\n"
    'COPY core /app/core\nCOPY services/one/*.py ./\nCMD ["python", "service.py"]\n'
)


@pytest.fixture
def image(stack: Stack) -> Callable[..., DockerfileFacts]:
    """The facts of the Dockerfile of service `one`, changed by `more`; `context`: Compose's, None: not in Compose."""

    def read(more: dict[str, str], context: str | None = ".") -> DockerfileFacts:
        files = CODE | {"services/one/Dockerfile": WHOLE} | more
        relative = "services/one/Dockerfile".removeprefix(f"{context}/") if context else ""
        block = COMPOSE.replace("CONTEXT", context or "").replace("DOCKERFILE", relative)
        files["compose.yaml"] = block if context else "services:\n  redis: {image: redis:7}\n"
        found = read_stack(stack(files)).service("one")
        assert found is not None and found.dockerfile is not None
        return found.dockerfile

    return read


def test_a_complete_image(image: Callable[..., DockerfileFacts]) -> None:
    made = image({})
    assert (made.context, made.absent, made.left_out) == ("", (), ())


def test_outside_compose_the_copy_lines_say_the_context(image: Callable[..., DockerfileFacts]) -> None:
    assert image({}, None).context == ""
    own = WHOLE.replace("services/one/", "").replace("COPY core /app/core\n", "")
    files = {"services/one/Dockerfile": own, "services/one/service.py": "import config\n"}
    assert image(files, None).context == "services/one"


def test_a_wrong_context_of_compose(image: Callable[..., DockerfileFacts]) -> None:
    made = image({}, "services/one")
    assert made.context == ""
    assert [fact.value for fact in made.absent] == ["services/one/requirements.txt", "core"]
    assert made.absent[0].source.line == 3


def test_a_file_that_is_nowhere(image: Callable[..., DockerfileFacts]) -> None:
    made = image({"services/one/Dockerfile": WHOLE.replace("COPY core", "COPY services/one/mail.py .\nCOPY core")})
    assert (made.context, [fact.value for fact in made.absent]) == ("", ["services/one/mail.py"])


@pytest.mark.parametrize(
    "source", ["dist/", "build/app.whl", "$SOURCE", "${A}/x", ".env", "certs/ca.pem", "--from=x a"]
)
def test_what_is_made_before_a_build_or_cannot_be_known_is_no_mistake(
    image: Callable[..., DockerfileFacts], source: str
) -> None:
    assert image({"services/one/Dockerfile": WHOLE.replace("COPY core", f"COPY {source} .\nCOPY core")}).absent == ()


def test_code_that_no_copy_takes_along(image: Callable[..., DockerfileFacts]) -> None:
    text = WHOLE.replace("services/one/*.py", "services/one/service.py").replace("COPY core /app/core\n", "")
    made = image({"services/one/Dockerfile": text})
    assert [(fact.value, fact.source.line) for fact in made.left_out] == [
        ("services/one/config.py", 2),
        ("core/clock.py", 3),
    ]


def test_requirements_that_the_image_does_not_get(image: Callable[..., DockerfileFacts]) -> None:
    made = image({"services/one/Dockerfile": WHOLE.replace("COPY services/one/requirements.txt .\n", "")})
    assert [fact.value for fact in made.left_out] == ["services/one/requirements.txt"]


def test_late_and_optional_imports_are_left_alone(image: Callable[..., DockerfileFacts]) -> None:
    code = "try:\n    import config\nexcept ImportError:\n    pass\ndef f():\n    from core import clock\n"
    text = WHOLE.replace("services/one/*.py", "services/one/service.py").replace("COPY core /app/core\n", "")
    assert image({"services/one/service.py": code, "services/one/Dockerfile": text}).left_out == ()


@pytest.mark.parametrize(
    "line",
    ["COPY . .", "ADD ./services /app/services\nCOPY core core", "COPY --from=build /app /app"],
)
def test_whole_folders_and_earlier_stages_count(image: Callable[..., DockerfileFacts], line: str) -> None:
    text = (
        f"FROM python:3.11 AS build\nCOPY . /app\nRUN pip install -r requirements.txt\nFROM python:3.11-slim\n{line}\n"
    )
    assert image({"services/one/Dockerfile": text}).left_out == ()


def test_a_bind_mount_brings_the_code(image: Callable[..., DockerfileFacts], stack: Stack) -> None:
    text = WHOLE.replace("services/one/*.py", "services/one/service.py")
    compose = COMPOSE.replace("CONTEXT", ".").replace("DOCKERFILE", "services/one/Dockerfile")
    compose += "    volumes: ['./services/one:/app']\n"
    files = CODE | {"services/one/Dockerfile": text, "compose.yaml": compose}
    found = read_stack(stack(files)).service("one")
    assert found is not None and found.dockerfile is not None
    assert found.dockerfile.left_out == ()


@pytest.mark.parametrize(
    ("run", "left"),
    [
        ("pip install -r requirements.txt", []),
        ("python -m pip install --no-cache-dir \\\n    -r services/one/requirements.txt", []),
        ("pip install .", []),
        ("uv sync", []),
        ("pip install flask", ["services/one/requirements.txt"]),
        ("true # requirements", ["services/one/requirements.txt"]),
    ],
)
def test_requirements_must_be_installed_too(image: Callable[..., DockerfileFacts], run: str, left: list[str]) -> None:
    made = image({"services/one/Dockerfile": f"FROM python:3.11\nCOPY . .\nRUN {run}\nCMD python service.py\n"})
    assert [fact.value for fact in made.left_out] == left
