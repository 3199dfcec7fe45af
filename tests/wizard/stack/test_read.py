"""`read_stack`: services, tests, claims, fingerprints, and everything that can be wrong with files."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files import DiskFiles
from wizard.errors import UnreadableError
from wizard.stack.profile_file import PROFILE
from wizard.stack.read import read_stack
from wizard.values.facts import PortClaim, ServiceFacts, StackFacts
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
        "compose.yaml": "services:\n  a:\n    build: ./a\n    network_mode: host\n  b:\n    build: ./a\n",
        "a/Dockerfile": "FROM python:3.11\nEXPOSE 8001\n",
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
    assert [(c.port, c.state) for c in before.claims if c.holder == "core"][1] == (8001, "exposed")
    assert (8011, "published") in [(c.port, c.state) for c in before.claims]
    assert "hunter2" not in "".join(before.texts.values())
    assert before.fingerprints == after.fingerprints


def test_only_one_service_is_read_whole(stack: Stack) -> None:
    whole, part = read_stack(stack(FILES)), read_stack(stack(FILES), only="core")
    assert service(part, "core") == service(whole, "core")
    assert service(part, "market").python == service(whole, "market").python[:2]
    assert service(part, "market").tests == {}
    assert part.fingerprints == whole.fingerprints
    assert part.claims == whole.claims


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
