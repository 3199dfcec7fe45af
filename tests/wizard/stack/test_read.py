"""`read_stack`: services, tests, claims, fingerprints, and everything that can be wrong with files."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.errors import UnreadableError
from wizard.rules.sockets import clash
from wizard.stack.python.source import read_python
from wizard.stack.read import read_stack
from wizard.values.facts.code import PythonFile
from wizard.values.facts.stack import PortClaim, ServiceFacts, StackFacts
from wizard.values.profile import PROFILE
from wizard.values.spec import Manifest, ServiceSpec

Stack = Callable[[dict[str, str]], DiskFiles]

FILES = {
    "infra/base.yml": "services:\n  x_redis:\n    image: redis:7\n",
    "infra/dev.yml": """\
        services:
          x_redis:
            ports: ["127.0.0.1:6379:6379"]
          x_core:
            build: ../services/core
            ports:
              - "127.0.0.1:8001:8001"
          # x_market:
          #   build: ../services/market
          #   ports:
          #     - "127.0.0.1:8005:8005"
        """,
    "infra/extra.yml": """\
        services:
          x_core:
            ports: ["127.0.0.1:9101:8001"]
          other:
            image: y
            ports: ["8002:80"]
        """,
    "services/core/__init__.py": "",
    "services/core/service.py": "from .config import PORT\nfrom flask import Flask\napp = Flask('core')\n",
    "services/core/config.py": """\
        import os
        PORT = int(os.getenv("CORE_PORT", "8001"))
        REDIS = os.getenv("CORE_REDIS_PORT", "6379")
        """,
    "services/core/Dockerfile": 'FROM python:3.11-slim\nEXPOSE 8001\nCMD ["python", "-m", "core.service"]\n',
    "services/core/requirements.txt": "flask==3.0.0\n",
    "services/core/README.md": "# core\n",
    "services/core/notes.txt": "x\n",
    "services/market/Dockerfile": "FROM python:3.11-slim\nHEALTHCHECK CMD curl -f http://localhost:8006/health\n",
    "services/market/app.py": "import config\n",
    "services/market/config.py": "",
    "services/common/util.py": "",
    "tests/conftest.py": "",
    "tests/unit/core/test_core_logic.py": "def test_a(): pass\n",
    "tests/unit/test_market_prices.py": "def test_b(): pass\n",
    "tests/integration/core/test_core_bus.py": "def test_c(): pass\n",
    "services/market/tests/test_own.py": "def test_d(): pass\n",
    "tests/unit/test_other.py": "def test_e(): pass\n",
    "PORTS.md": "- 8001: Core Service\n- 8005: Market Service (planned)\n- 8006: (reserved)\n",
    "README.md": "`docker compose -f infra/base.yml -f infra/dev.yml up`\n",
}


def service(facts: StackFacts, name: str) -> ServiceFacts:
    found = facts.service(name)
    assert found is not None, [s.name for s in facts.services]
    return found


def test_services_come_from_folders_compose_and_comments(stack: Stack) -> None:
    facts = read_stack(stack(FILES), head="abc")
    assert facts.head == "abc"
    assert [(s.name, s.folder, s.entry, s.dotted) for s in facts.services] == [
        ("core", "services/core", "services/core/service.py", True),
        ("market", "services/market", "services/market/app.py", False),
    ]
    core, market = service(facts, "core"), service(facts, "market")
    assert core.compose is not None
    assert core.compose.key == "x_core"
    assert core.requirements is not None
    assert core.readme is not None
    assert core.dockerfile is not None
    assert [f.path for f in core.python] == [f"services/core/{n}.py" for n in ("__init__", "config", "service")]
    assert market.compose is None
    assert [block.key for block in market.commented] == ["x_market"]
    assert "services/core/notes.txt" in core.own_files
    assert facts.problems == ()


def test_tests_are_found_where_people_put_them(stack: Stack) -> None:
    facts = read_stack(stack(FILES))
    found = {s.name: {kind: [f.path for f in files] for kind, files in s.tests.items()} for s in facts.services}
    assert found == {
        "core": {
            "unit": ["tests/unit/core/test_core_logic.py", "tests/conftest.py"],
            "integration": ["tests/integration/core/test_core_bus.py", "tests/conftest.py"],
        },
        "market": {
            "unit": ["services/market/tests/test_own.py", "tests/unit/test_market_prices.py", "tests/conftest.py"],
        },
    }


def test_claims_name_every_holder_and_line(stack: Stack) -> None:
    outside = PortClaim(9999, "listening", "sshd", None)
    facts = read_stack(stack(FILES), claims=(outside,))
    assert [(c.port, c.state, c.holder, str(c.source)) for c in facts.claims] == [
        (6379, "published", "x_redis", "infra/dev.yml:3"),
        (8001, "reserved", "core", "PORTS.md:1"),
        (8001, "published", "core", "infra/dev.yml:7"),
        (8001, "exposed", "core", "services/core/Dockerfile:2"),
        (8001, "exposed", "core", "services/core/config.py:2"),
        (8002, "published", "other", "infra/extra.yml:6"),
        (8005, "reserved", "market", "PORTS.md:2"),
        (8005, "exposed", "market", "infra/dev.yml:11"),
        (8006, "reserved", "", "PORTS.md:3"),
        (8006, "exposed", "market", "services/market/Dockerfile:2"),
        (9101, "published", "core", "infra/extra.yml:3"),
        (9999, "listening", "sshd", "None"),
    ]
    assert [c.detail for c in facts.claims if c.port == 8002] == ["8002:80; in infra/extra.yml"]


def test_host_network_publishes_what_the_code_serves(stack: Stack) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    build: ./a\n    network_mode: host\n  b:\n    build: ./b\n",
        "a/Dockerfile": "FROM python:3.11\nEXPOSE 8001\n",
        "b/Dockerfile": "FROM python:3.11\nEXPOSE 8001\n",
        "a/main.py": "",
    }
    facts = read_stack(stack(files))
    assert [(c.port, c.state, c.holder) for c in facts.claims] == [(8001, "published", "a"), (8001, "exposed", "b")]


def test_texts_hold_what_planning_needs(stack: Stack) -> None:
    facts = read_stack(stack(FILES | {".dockerignore": ".git\n", "services/core/run.sh": "exec python\n"}))
    for path in ("infra/dev.yml", "services/core/Dockerfile", "services/core/run.sh", "PORTS.md", ".dockerignore"):
        assert path in facts.texts
    assert facts.dockerignore == (".dockerignore",)


def test_private_env_files_are_used_but_neither_kept_nor_fingerprinted(stack: Stack) -> None:
    compose = {"infra/dev.yml": FILES["infra/dev.yml"].replace("127.0.0.1:8001:8001", "${P}:8001")}
    before = read_stack(stack(FILES | compose | {".env": "P=8011\nPASSWORD=hunter2\n"}))
    after = read_stack(stack({".env": "P=8012\nPASSWORD=other\n"}))
    held = [(c.port, c.state) for c in before.claims if c.holder == "core"]
    assert (8011, "published") in held
    assert (8001, "exposed") not in held, "compose maps 8001 to 8011: on the host nobody has it"
    assert "hunter2" not in "".join(before.texts.values())
    assert before.fingerprints == after.fingerprints


def test_only_one_service_is_read_whole(stack: Stack) -> None:
    whole, part = read_stack(stack(FILES)), read_stack(stack(FILES), only="core")
    assert service(part, "core") == service(whole, "core")
    assert service(part, "market").python == service(whole, "market").python[:2]
    assert service(part, "market").tests == {}
    assert part.fingerprints == whole.fingerprints
    assert part.claims == whole.claims


@pytest.mark.parametrize("word", ["core", "x_core"])
def test_the_one_that_matters_may_be_named_as_compose_has_it(stack: Stack, word: str) -> None:
    part = read_stack(stack(FILES), only=word)
    assert part.services == read_stack(stack(FILES), only="core").services
    assert next(service for service in part.services if service.name == "core").python


CHANGES = {
    "services/core/service.py": True,
    "services/core/Dockerfile": True,
    "services/core/requirements.txt": True,
    "tests/unit/core/test_core_logic.py": True,
    "tests/conftest.py": True,
    "infra/dev.yml": True,
    "services/core/README.md": False,
    "services/core/notes.txt": False,
    "PORTS.md": False,
    "services/market/app.py": False,
    ".stack-wizard/services/core.yaml": False,
}


@pytest.mark.parametrize(("path", "matters"), CHANGES.items())
def test_the_fingerprint_changes_with_what_matters(stack: Stack, path: str, matters: bool) -> None:
    before = read_stack(stack(FILES)).fingerprints["core"]
    after = read_stack(stack({path: FILES.get(path, "") + "\n# changed\n"})).fingerprints["core"]
    assert (before != after) is matters


def test_workers_share_the_folder_of_the_service_of_its_name(stack: Stack) -> None:
    files = {
        "compose.yaml": """\
            services:
              feed-worker: {build: {context: ., dockerfile: services/feed/Dockerfile}, command: celery -A app worker}
              feed: {build: {context: ., dockerfile: services/feed/Dockerfile}, command: "uvicorn app.main:app"}
              web: {build: ./web}
              nginx: {build: ./nginx}
              db: {image: "postgres:16"}
              lost: {build: ./services/lost}
            """,
        "services/feed/Dockerfile": "FROM python:3.12\n",
        "services/feed/app/main.py": "",
        "web/package.json": "{}",
        "web/Dockerfile": "FROM node:20\n",
        "nginx/Dockerfile": "FROM nginx\n",
    }
    facts = read_stack(stack(files))
    assert [(s.name, s.folder, s.compose.key if s.compose else "", s.entry) for s in facts.services] == [
        ("feed-worker", "services/feed", "feed-worker", ""),
        ("feed", "services/feed", "feed", "services/feed/app/main.py"),
        ("lost", "services/lost", "lost", ""),
    ]


@pytest.mark.parametrize(("context", "folder"), [(".", "."), ("./api", "api")])
def test_a_dockerfile_outside_the_stack_does_not_say_where_the_code_is(stack: Stack, context: str, folder: str) -> None:
    build = f"{{context: {context}, dockerfile: /dev/Dockerfile}}"
    code = {"api/main.py": "", "main.py": ""}
    (found,) = read_stack(stack({"compose.yaml": f"services: {{api: {{build: {build}}}}}\n", **code})).services
    assert found.folder == folder
    assert found.entry == ("main.py" if folder == "." else "api/main.py")


def test_one_service_in_the_root(stack: Stack) -> None:
    files = {"compose.yaml": "services: {shop: {build: .}}\n", "Dockerfile": "FROM python:3.12\nCMD python app.py\n"}
    facts = read_stack(stack(files | {"app.py": "", "tests/test_x.py": "", "requirements.txt": "flask==1.0\n"}))
    [shop] = facts.services
    assert (shop.name, shop.folder, shop.entry) == ("shop", ".", "app.py")
    assert shop.dockerfile is not None
    assert shop.requirements is not None


def test_manifests_are_loaded_and_a_bad_one_is_said(stack: Stack) -> None:
    files = stack(FILES | {".stack-wizard/services/core.yaml": "x", ".stack-wizard/services/new.yaml": "x"})

    def load(name: str) -> Manifest:
        if name == "core":
            raise UnreadableError("bad manifest", where="core.yaml:1", next_step="mend it")
        return Manifest(1, ServiceSpec(name, "p", 8010))

    facts = read_stack(files, manifests=load)
    assert service(facts, "new").manifest == Manifest(1, ServiceSpec("new", "p", 8010))
    assert service(facts, "new").folder == ""
    assert service(facts, "core").manifest is None
    assert [p.message for p in service(facts, "core").problems] == ["bad manifest"]
    with pytest.raises(UnreadableError, match="bad manifest"):
        read_stack(files, manifests=load, only="core")


def test_missing_documents_are_problems(stack: Stack) -> None:
    facts = read_stack(stack({PROFILE: "schema: 1\nregistry: GONE.md\nschema_file: db/gone.sql\n"}))
    assert [(p.message, str(p.source)) for p in facts.problems] == [
        (f"GONE.md does not exist, and {PROFILE}:2 names it as registry", "GONE.md"),
        (f"db/gone.sql does not exist, and {PROFILE}:3 names it as schema_file", "db/gone.sql"),
    ]
    assert facts.registry is None


def test_bad_python_latin1_and_binary_files_are_no_crash(stack: Stack) -> None:
    odd = {
        "services/core/broken.py": "def f(:\n",
        "services/core/latin.py": "# caf\udce9\nX = 1\n",
        "services/core/null.py": "a\0b\n",
        "services/core/Dockerfile": "FRM x\n\udcff\n",
        "services/core/requirements.txt": "!!!\n",
        "infra/extra.yml": "services: [\n",
        "tests/unit/core/test_bad.py": "assert (\n",
    }
    core = service(read_stack(stack(FILES | odd)), "core")
    broken = {file.path: file.problems for file in core.python if file.problems}
    assert broken["services/core/broken.py"][0].source.line == 1
    assert "not UTF-8" in broken["services/core/latin.py"][0].message
    assert "services/core/null.py" in broken


def test_links_that_leave_the_stack_are_not_followed(stack: Stack, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    (outside / "evil").mkdir(parents=True)
    (outside / "evil" / "service.py").write_text("x = 1\n")
    (outside / "secret.txt").write_text("secret")
    files = stack(FILES | {"shared/linked/service.py": "y = 1\n", "shared/linked/Dockerfile": "FROM python:3.11\n"})
    (tmp_path / "services" / "evil").symlink_to(outside / "evil")
    (tmp_path / "services" / "linked").symlink_to(tmp_path / "shared" / "linked")
    (tmp_path / "services" / "core" / "leak.py").symlink_to(outside / "secret.txt")
    facts = read_stack(files)
    assert [s.name for s in facts.services] == ["core", "linked", "market"]
    assert service(facts, "linked").entry == "services/linked/service.py"
    assert "secret" not in "".join(facts.texts.values())


def test_a_folder_with_very_many_files_is_bounded(stack: Stack, tmp_path: Path) -> None:
    files = stack(FILES)
    data = tmp_path / "services" / "core" / "data"
    data.mkdir()
    (tmp_path / "services" / "round").symlink_to(tmp_path / "services")
    for number in range(5100):
        (data / f"{number:05}.json").touch()
    facts = read_stack(files)
    assert [s.name for s in facts.services] == ["core", "market"]
    assert len(service(facts, "core").own_files) <= 5001
    assert "services/core/service.py" in service(facts, "core").own_files
    assert facts.problems or service(facts, "core").problems


def test_garbage_collection_is_left_as_it_was(stack: Stack) -> None:
    assert gc.isenabled()
    read_stack(stack(FILES))
    assert gc.isenabled()


def test_each_file_is_read_once(stack: Stack) -> None:
    files = stack(FILES)
    count: dict[str, int] = {}
    original = files.read

    def counting(path: str) -> str:
        count[path] = count.get(path, 0) + 1
        return original(path)

    files.read = counting  # type: ignore[method-assign]
    read_stack(files)
    assert {path: n for path, n in count.items() if n > 1} == {}


def test_helpers_of_the_stack_belong_to_the_services_that_import_them(stack: Stack) -> None:
    """Their variables, their Redis, their distributions; only what is used of them, and no late imports."""
    files = stack(
        {
            "compose.yaml": """\
                services:
                  redis: {image: redis:7}
                  one: {build: {context: src, dockerfile: one/Dockerfile}}
                """,
            "src/one/Dockerfile": "FROM python:3.11\nCOPY . .\nCMD python -m one.main\n",
            "src/one/__init__.py": "",
            "src/one/main.py": """\
                from common.helper import connect
                client = connect("one")
                def late():
                    from common import rare
                """,
            "src/common/__init__.py": "",
            "src/common/helper.py": """\
                import os
                import redis
                LEVEL = os.environ["LEVEL"]
                def connect(name):
                    return redis.Redis(host=os.environ.get("REDIS_HOST", "localhost"), client_name=name)
                def unused():
                    return os.environ["NEVER_READ"]
                """,
            "src/common/rare.py": "import os\nX = os.environ['RARE']\n",
        }
    )
    service = read_stack(files).service("one")
    assert service is not None
    assert [file.path for file in service.shared] == ["src/common/helper.py"]
    assert [v.name for file in service.code for v in file.variables] == ["LEVEL", "REDIS_HOST"]
    assert {fact.value for file in service.shared for fact in file.imports} == {"redis"}
    assert ("client_name", "one") in {(use.kind, use.value) for file in service.code for use in file.redis}


@pytest.mark.parametrize(
    "build", ["services/mraket", "{context: services/mraket}", "{context: ., dockerfile: services/mraket/Dockerfile}"]
)
def test_a_misspelt_build_context_makes_no_second_service(stack: Stack, build: str) -> None:
    files = stack(
        {
            "compose.yaml": f"services:\n  redis: {{image: redis:7}}\n  market:\n    build: {build}\n",
            "services/market/Dockerfile": "FROM python:3.11\nCOPY . .\nCMD python service.py\n",
            "services/market/service.py": "from flask import Flask\napp = Flask(__name__)\n",
            "services/risk/service.py": "from flask import Flask\napp = Flask(__name__)\n",
        }
    )
    facts = read_stack(files)
    assert sorted(service.name for service in facts.services) == ["market", "risk"]
    market = facts.service("market")
    assert market is not None
    assert (market.folder, market.compose is not None) == ("services/market", True)


WHOLE = {
    "compose.yaml": """\
services:
  a: {image: a, ports: ['127.0.0.1:8001:80']}
  b: {image: b, network_mode: 'service:a'}
""",
    "compose.old.yaml": "services:\n  a: {image: a}\n  b: {image: b}\n  c: {image: c, ports: ['8001:80']}\n",
    "compose.more.yaml": "services:\n  a: {restart: always}\n  d: {image: d, ports: ['8001:80']}\n",
}


LAID = "up:\n\tdocker compose -f compose.yaml -f compose.production.yml up -d\n"


@pytest.mark.parametrize(
    ("name", "more", "apart"),
    [
        ("compose.production.yml", {}, True),
        ("compose.staging.yml", {"README.md": "docker compose -f compose.staging.yml up\n"}, True),
        ("compose.production.yml", {"Makefile": LAID}, False),
        ("compose.dev.yml", {}, False),
        ("compose.override.yml", {}, False),
        ("compose.extra.yml", {}, False),
    ],
)
def test_a_file_for_another_place_is_no_overlay_unless_a_command_lays_it_on(
    stack: Stack, name: str, more: dict[str, str], apart: bool
) -> None:
    files = {"compose.yaml": "services:\n  a: {image: a, ports: ['127.0.0.1:8001:80']}\n  b: {image: b}\n"}
    files |= {name: "services:\n  proxy: {image: p, ports: ['8001:80']}\n", **more}
    claims = [c for c in read_stack(stack(files)).claims if c.state == "published"]
    assert [clash(claims[0], other) for other in claims[1:]] == [not apart]


def test_whose_port_it_is_and_in_which_stack(stack: Stack) -> None:
    """`b` lives in the network of `a`; one file beside is the stack once more, the other is laid on it."""
    claims = {c.holder: c for c in read_stack(stack(WHOLE)).claims if c.state == "published"}
    assert (claims["a"].address, claims["a"].serves) == ("127.0.0.1", ("b",))
    assert {holder: claim.stands_alone for holder, claim in claims.items()} == {"a": False, "c": True, "d": False}


@pytest.mark.parametrize("top", ["src", "backend/src"])
def test_a_worker_below_a_folder_on_the_path_reads_what_it_imports(stack: Stack, top: str) -> None:
    """`arq app.jobs.worker.Settings` with the code in `src/app`: its settings are its own, the API's routes are not."""
    compose = "services:\n" + "".join(
        f"  {name}:\n    build: {top.rpartition('/')[0] or '.'}\n    command: {command}\n"
        for name, command in (("api", "uvicorn app.main:app"), ("jobs", "arq app.jobs.worker.Settings"))
    )
    files = {
        "docker-compose.yml": compose,
        f"{top.rpartition('/')[0] or '.'}/Dockerfile": "FROM python:3.12\nCOPY src ./src\n",
        f"{top}/app/main.py": "import fastapi\napp = fastapi.FastAPI()\n@app.get('/x')\ndef x(): ...\n",
        f"{top}/app/config.py": "import os\nURL = os.environ['REDIS_URL']\n",
        f"{top}/app/jobs/worker.py": "from app.config import URL\nclass Settings: ...\n",
    }
    facts = read_stack(stack(files))
    jobs = service(facts, "jobs")
    assert jobs.entry == f"{top}/app/jobs/worker.py"
    assert [v.name for file in jobs.code for v in file.variables] == ["REDIS_URL"]
    assert not [route for file in jobs.python for route in file.routes]
    assert service(facts, "api").entry == f"{top}/app/main.py"


@pytest.mark.parametrize(
    ("call", "kinds"),
    [("put(r, 'a')", {"xadd"}), ("take(r, 'a')", {"xread"}), ("ping()", set()), ("both(r)", {"xadd", "xread"})],
)
def test_a_shared_helper_does_what_it_is_called_for(stack: Stack, call: str, kinds: set[str]) -> None:
    helper = (
        "import redis\ndef put(r, s):\n    r.xadd(s, {})\ndef take(r, s):\n    r.xread({s: '$'})\n"
        "def ping():\n    redis.Redis().ping()\n"
    )
    name = call.partition("(")[0]
    other = f"from libs.{'calls' if name == 'both' else 'mq'} import {name}\nr = None\n{call}\n"
    files = {
        "docker-compose.yml": "services:\n  one:\n    build: services/one\n",
        "services/one/Dockerfile": "FROM python:3.12\n",
        "services/one/service.py": other,
        "libs/mq.py": helper,
        "libs/calls.py": "from libs.mq import put, take\ndef both(r):\n    put(r, 'b')\n    take(r, 'c')\n",
    }
    uses = [use.kind for file in service(read_stack(stack(files)), "one").code for use in file.redis]
    assert set(uses) & {"xadd", "xread"} == kinds


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("python -m services.feed.main", ["api", "feed-worker", "risk"]),
        ("[uvicorn, 'services.feed.main:app', --port, '8004']", ["api", "feed-worker", "risk"]),
        ("python /app/services/feed/main.py", ["api", "feed-worker", "risk"]),
        ("python -m services.other", ["api", "feed-worker", "feed", "risk"]),
    ],
)
def test_a_folder_that_a_shared_image_runs_is_no_second_service(stack: Stack, command: str, names: list[str]) -> None:
    files = {
        "compose.yaml": f"""\
            services:
              api: {{build: ., command: uvicorn services.api.main:app}}
              feed-worker: {{build: ., command: {command}}}
            """,
        "Dockerfile": "FROM python:3.12\nCOPY . /app\n",
        "services/api/main.py": "from shared import base\n",
        "services/feed/main.py": "from shared import base\n",
        "services/risk/main.py": "",
        "services/risk/Dockerfile": "FROM python:3.12\n",
    }
    assert [service.name for service in read_stack(stack(files)).services] == names


@pytest.mark.parametrize("build", ["build: .", "build: {context: ., target: app}"])
def test_code_that_services_share_is_parsed_once(stack: Stack, monkeypatch: pytest.MonkeyPatch, build: str) -> None:
    read: list[str] = []

    def counted(text: str, path: str, *, package: str, settled: bool) -> PythonFile:
        read.append(path)
        return read_python(text, path, package=package, settled=settled)

    monkeypatch.setattr("wizard.stack.service_python.read_python", counted)
    workers = "\n".join(f"  w{n}: {{{build}, command: python -m app.w{n}}}" for n in range(5))
    files = {f"app/w{n}.py": "from app import core\n" for n in range(5)} | {"app/core.py": "import os\n"}
    docker = "FROM python:3.12 AS app\nCOPY . .\n"
    read_stack(stack({"compose.yaml": f"services:\n{workers}\n", "Dockerfile": docker, **files}))
    assert sorted(read) == sorted(set(read))
    assert "app/core.py" in read


@pytest.mark.parametrize(
    ("first", "second", "many"),
    [
        ("{build: .}", "{build: ., command: celery -A app worker}", True),
        ("{build: {context: ., target: app}}", "{build: {context: ., target: jobs}}", False),
        ("{build: .}", "{build: {context: ., dockerfile: worker.Dockerfile}}", False),
    ],
)
def test_an_image_of_many_is_one_file_and_stage(stack: Stack, first: str, second: str, many: bool) -> None:
    files = {
        "compose.yaml": f"services:\n  web: {first}\n  jobs: {second}\n",
        "Dockerfile": "FROM python:3.12 AS app\nFROM app AS jobs\n",
        "worker.Dockerfile": "FROM python:3.12\n",
        "app/main.py": "",
    }
    assert [service.image_of_many for service in read_stack(stack(files)).services] == [many, many]


def test_a_folder_with_more_files_than_a_stack_has_is_cut_and_said(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.stack.tree.LIMIT", 5)
    monkeypatch.setattr("wizard.stack.tree.MOST", 12)
    files = stack({f"{folder}/{n}.txt": "" for folder in "abcdef" for n in range(4)})
    facts = read_stack(files)
    (said,) = (problem for problem in facts.problems if problem.message.startswith("more than 12 files"))
    assert "d and what comes after it is not read" in said.message
