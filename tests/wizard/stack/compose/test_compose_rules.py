"""What Compose itself decides: documents, includes, implicit dependencies, the project's name, refused files."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.compose.files import ComposeFiles
from wizard.stack.compose.model import read_compose
from wizard.values.facts.compose import ComposeModel, ComposeService


def read(files: dict[str, str], *paths: str) -> ComposeModel:
    texts = {path: dedent(text) for path, text in files.items()}
    return read_compose(paths or tuple(texts)[:1], texts.get, ComposeFiles(texts.get, folder="My.Shop"))


def service(model: ComposeModel, key: str) -> ComposeService:
    found = model.service(key)
    assert found is not None, (model.services, model.problems)
    return found


@pytest.mark.parametrize(
    "more",
    [
        'services:\n  api:\n    environment: {A: "1"}\n  mail:\n    image: mail\n',
        'services: {mail: {image: mail}}\n---\nservices: {api: {environment: ["A=1"]}}\n...\n',
    ],
)
def test_documents_of_one_file_are_merged(more: str) -> None:
    model = read({"c.yml": f"%YAML 1.2\n---\nservices:\n  api:\n    image: api\n---\n{more}"})
    assert model.problems == ()
    assert service(model, "api").image is not None
    assert [entry.value for entry in service(model, "api").environment] == ["1"]
    assert service(model, "mail").declared[0].line > 6


@pytest.mark.parametrize("more", ["- a\n", "", "# nothing\n---\nservices: {}\n", "text\n"])
def test_a_document_that_is_no_mapping_is_refused(more: str) -> None:
    model = read({"c.yml": f"services:\n  api:\n    image: api\n---\n{more}"})
    assert [problem.refused for problem in model.problems] == [True]
    assert model.files == ("c.yml",)


def test_an_anchor_ends_with_its_document() -> None:
    model = read({"c.yml": "x-a: &a {image: x}\nservices: {}\n---\nservices: {api: *a}\n"})
    assert "names no anchor" in model.problems[0].message


def test_a_file_says_more_of_what_it_includes_and_the_first_include_wins() -> None:
    model = read(
        {
            "compose.yaml": "include: [infra/a.yml, infra/b.yml]\nservices:\n  cache:\n    volumes: ['data:/data']\n",
            "infra/a.yml": "services:\n  cache: {image: redis, container_name: a}\n  db: {image: first}\n",
            "infra/b.yml": "services:\n  db: {image: second, user: postgres}\n",
        }
    )
    assert model.problems == ()
    cache, db = service(model, "cache"), service(model, "db")
    assert (cache.image and cache.image.value, [v.value for v in cache.volumes]) == ("redis", ["data:/data"])
    assert (db.image and db.image.value, db.user and db.user.value) == ("first", "postgres")


def test_an_overlay_takes_a_service_away_or_writes_it_anew() -> None:
    base = "services:\n  a: {image: a, user: root}\n  b: {image: b, user: root}\n  c: {image: c}\n"
    over = "services:\n  a: !reset null\n  b: !override\n    image: bb\n  c: {user: '5'}\n"
    model = read({"compose.yaml": base, "compose.override.yaml": over}, "compose.yaml", "compose.override.yaml")
    assert model.service("a") is None
    assert (service(model, "b").image, service(model, "b").user) != (None, None)
    assert service(model, "b").user is None
    assert service(model, "c").image is not None


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("links: [billing, 'mail:post']", ["billing", "mail"]),
        ("volumes_from: ['store:ro', 'container:old']", ["store"]),
        ("network_mode: service:vpn", ["vpn"]),
        ("network_mode: container:vpn", []),
        ("pid: service:a\nipc: service:b\nuts: service:c", ["a", "b", "c"]),
        ("external_links: [other]", []),
    ],
)
def test_what_is_shared_or_linked_is_waited_for(lines: str, names: list[str]) -> None:
    block = "".join(f"    {line}\n" for line in ("image: x", *lines.split("\n")))
    found = service(read({"c.yml": f"services:\n  api:\n{block}"}), "api").depends_on
    assert sorted(entry.service for entry in found) == names
    assert {entry.condition for entry in found} <= {"service_started"}
    assert all(entry.source.line > 3 for entry in found)


def test_depends_on_says_more_than_a_link() -> None:
    text = "services:\n  api:\n    links: [db]\n    depends_on: {db: {condition: service_healthy}}\n"
    assert [entry.condition for entry in service(read({"c.yml": text}), "api").depends_on] == ["service_healthy"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"compose.yaml": ""}, "myshop"),
        ({"compose.yaml": "name: Shop\n"}, "shop"),
        ({"compose.yaml": "name: ${N:-zoo}\n"}, "zoo"),
        ({"compose.yaml": "name: shop\n", ".env": "COMPOSE_PROJECT_NAME=zoo\n"}, "zoo"),
        ({"compose.yaml": "name: shop\n", ".env": "COMPOSE_PROJECT_NAME=\n"}, "shop"),
        ({"deploy.d/compose.yaml": ""}, "deployd"),
    ],
)
def test_the_project_s_name_is_a_variable(files: dict[str, str], name: str) -> None:
    path = next(iter(files))
    files[path] += "services:\n  api:\n    container_name: ${COMPOSE_PROJECT_NAME}-api\n"
    container = service(read(files), "api").container_name
    assert container is not None
    assert container.value == f"{name}-api"


def test_a_later_file_names_the_project() -> None:
    files = {"a.yml": "name: one\nservices: {x: {container_name: $COMPOSE_PROJECT_NAME}}\n", "b.yml": "name: two\n"}
    container = service(read(files, "a.yml", "b.yml"), "x").container_name
    assert container is not None
    assert container.value == "two"


@pytest.mark.parametrize("written", ["''", "${UNSET}", "${UNSET:-}", ""])
def test_an_empty_dockerfile_is_the_context_s_own(written: str) -> None:
    found = service(
        read({"c.yml": f"services:\n  a:\n    build:\n      context: app\n      dockerfile: {written}\n"}), "a"
    )
    assert found.dockerfile is not None
    assert found.dockerfile.value == "app/Dockerfile"


@pytest.mark.parametrize("place", ["labels: {x: '${A,,}'}", "command: ['${A/b/c}']", "mem_limit: ${A:}"])
def test_compose_refuses_a_file_for_an_expression_anywhere_in_it(place: str) -> None:
    (problem,) = read({"c.yml": f"services:\n  a:\n    image: a\n    {place}\n"}).problems
    assert problem.refused
    assert (problem.source.line, "${A" in problem.message) == (4, True)
    (other,) = read({"c.yml": "services: {}\nx-more:\n  deep: [a, '${}']\n"}).problems
    assert other.source.line == 3


def test_keys_and_shell_dollars_are_no_interpolation() -> None:
    text = "services:\n  a:\n    image: a\n    labels:\n      '${B,,}': x\n    command: echo $${B,,} $$(date) $1\n"
    assert read({"c.yml": text}).problems == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS pointer"),
        ("services:\n  caf\udce9: {image: x}\n", "not UTF-8"),
        ("services:\n\ta: {image: x}\n", "a tab indents this line"),
        ("services: [unclosed\n", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_belongs_to_the_model(text: str, words: str) -> None:
    model = read({"base.yml": text, "dev.yml": "services: {a: {image: a}}\n"}, "base.yml", "dev.yml")
    (problem,) = model.problems
    assert problem.refused
    assert words in problem.message
    assert problem.source.path == "base.yml"
    assert model.files == ("base.yml", "dev.yml")


def test_thousands_of_services_that_extend_one_are_read_in_linear_time() -> None:
    body = "".join(f"  s{n}:\n    extends: base\n    links: [base]\n" for n in range(4000))
    model = read({"c.yml": f"services:\n  base:\n    image: x\n{body}"})
    assert len(model.services) == 4001


ENV_FILES: list[tuple[str, bool]] = [
    ("A='x\nB=1\n", True),
    ('# first\n\nA="x\n', True),
    ('A="x\ny"\nB=1\n', False),
    ("A B=1\n", True),
    ("some words\n", True),
    ("<<<<<<< HEAD\nA=1\n", True),
    ("A+=1\n", True),
    ('"A"=1\n', True),
    ("A=${X\n", True),
    ('A="${1x}"\n', True),
    ("A='${X'\n", False),
    ("A=${X:-y}\nB=$\n", False),
    ('A=x"y\nexport B=2\nC: 3\nA-B=1\nA[0]=1\nD\n', False),
    ("A=`x\nA='x' # more\nA='x'y\n", False),
]
"""Env files, and whether docker-compose 5 refuses them (`failed to read …/.env`)."""


@pytest.mark.parametrize(("text", "refused"), ENV_FILES)
@pytest.mark.parametrize("place", ["", "infra/"])
def test_compose_refuses_a_project_with_an_env_file_that_it_cannot_read(place: str, text: str, refused: bool) -> None:
    model = read({f"{place}compose.yaml": "services: {api: {image: x}}\n", f"{place}.env": text})
    assert [problem.refused for problem in model.problems] == [True] * refused
    assert all(problem.source.path == f"{place}.env" for problem in model.problems)


def test_compose_refuses_an_env_file_of_any_service() -> None:
    files = {"c.yml": "services: {api: {image: x}, mail: {image: x, env_file: mail.env}}\n", "mail.env": "A='x\n"}
    (problem,) = read(files).problems
    assert (problem.refused, str(problem.source)) == (True, "mail.env:1")


def test_nothing_of_an_env_file_is_quoted_when_it_is_refused() -> None:
    files = {"compose.yaml": "services: {api: {image: x}}\n", ".env": "KEY=1\nMIIEvQIBADANBg kqhki=\n"}
    (problem,) = read(files).problems
    assert "MII" not in problem.message


@pytest.mark.parametrize(
    ("entry", "unset", "published"),
    [
        ("127.0.0.1:${P}:80", "P", None),
        ("127.0.0.1:${P:-8010}:80", "", 8010),
        ("${IP}:8010:80", "IP", 8010),
        ("127.0.0.1:${P:?say one}:80", "P", None),
        ("127.0.0.1:${Q}:80", "", 8012),
        ("127.0.0.1:${A:-${P}}:80", "P", None),
        ("127.0.0.1::80", "", None),
    ],
)
def test_an_example_beside_the_env_file_sets_nothing(entry: str, unset: str, published: int | None) -> None:
    files = {
        "compose.yaml": f"services: {{api: {{image: x, ports: ['{entry}', '${{P}}:${{T}}']}}}}\n",
        ".env.example": "P=9999\nIP=127.0.0.1\nT=1\n",
        ".env": "Q=8012\n",
    }
    api = service(read(files), "api")
    assert [(port.unset, port.published) for port in api.ports] == [(unset, published)]
    assert [fact.value for fact in api.unread_ports] == ["P"]


def test_an_env_file_of_format_raw_is_taken_as_it_stands() -> None:
    block = "services: {api: {image: x, env_file: [{path: a.env, format: raw}, b.env]}}\n"
    model = read({"c.yml": block, "a.env": 'A=\'open\n# no\nB="$X" # all of it\nC\n', "b.env": "D='x'\n"})
    assert model.problems == ()
    assert {entry.name: entry.value for entry in service(model, "api").environment} == {
        "A": "'open",
        "B": '"$X" # all of it',
        "C": None,
        "D": "x",
    }
