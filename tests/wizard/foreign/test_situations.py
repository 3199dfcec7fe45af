"""Small stacks with one thing about them, each judged right: what is started, what is copied, what is tested."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DIGEST = "sha256:" + "0123456789abcdef" * 4
CHECK = 'HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8010/health\')"]\n'
HEAD = f"FROM python:3.12-slim@{DIGEST}\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
SERVICE = """from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return {"status": "ok", "service": "parcels"}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8010)
"""
WORKER = """import redis

client = redis.Redis(host="redis")


def weigh(parcel):
    return client.incr(parcel)


while True:
    _, parcel = client.blpop("parcels")
    weigh(parcel)
"""


def image(copies: str = "COPY . .\n", start: str = '["python", "service.py"]', check: str = CHECK) -> str:
    return f"{HEAD}{copies}USER 10001\nEXPOSE 8010\n{check}CMD {start}\n"


def compose(more: str = "", worker: str = "") -> str:
    block = f"  parcels:\n    build: {{context: ./parcels{more}}}\n    ports: ['127.0.0.1:8010:8010']\n"
    return f"services:\n{block}{worker}"


def worker(check: str) -> str:
    """A second service of the same image, with a health check of its own."""
    return f"  scales:\n    build: ./parcels\n    command: python scales.py\n    healthcheck: {check}\n"


STACK: dict[str, str | bytes] = {
    "compose.yaml": compose(),
    "parcels/service.py": SERVICE,
    "parcels/requirements.txt": "flask==3.0.3\nredis==5.1.1\n",
    "parcels/Dockerfile": image(),
}
Judged = Callable[..., dict[str, Any]]


@pytest.fixture
def judged(repository: Callable[..., Path], wizard: Callable[..., Any]) -> Judged:
    """The findings of a service of the stack, changed by files; a text of None takes a file away."""

    def judge(changes: dict[str, str | None], service: str = "parcels") -> dict[str, Any]:
        files = {path: text for path, text in (STACK | changes).items() if text is not None}
        said = wizard("check", service, "--format", "json", stack=repository(files))
        found = json.loads(said.out)["services"][0]["findings"]
        return {one["item"]: one for one in found}

    return judge


def started(start: str, **more: str) -> dict[str, str | None]:
    return {"parcels/Dockerfile": image(start=start), **{f"parcels/{name}.py": text for name, text in more.items()}}


STARTS: list[tuple[str, dict[str, str | None], str]] = [
    ("a module that is not there", started('["python", "-m", "post.office"]'), "unknown"),
    ("by the entrypoint's python", started('["-m", "post.office"]'), "unknown"),
    ("an application that is not there", started('["uvicorn", "post.office:app", "--port", "8010"]'), "unknown"),
    ("a file that is not there", started("python /opt/post.py"), "unknown"),
    ("the package by its name in the image", started('["python", "-m", "parcels.service"]'), "met"),
    ("an address is no module", started('["python", "service.py", "--redis", "redis:6379"]'), "met"),
    (
        "a file under another name",
        {"parcels/Dockerfile": image("COPY service.py ./main.py\n", '["python", "main.py"]')},
        "met",
    ),
    (
        "a file under the name of another",
        {
            "parcels/Dockerfile": image("COPY service.py /app/main.py\n", '["gunicorn", "main:app"]'),
            "parcels/main.py": "print('only for people')\n",
        },
        "met",
    ),
    (
        "a folder under another name",
        {
            "compose.yaml": compose().replace("./parcels", "., dockerfile: parcels/Dockerfile"),
            "parcels/Dockerfile": image("COPY parcels /app/post\n", '["python", "-m", "post.service"]').replace(
                "COPY requirements", "COPY parcels/requirements"
            ),
        },
        "met",
    ),
]


@pytest.mark.parametrize(("changes", "status"), [row[1:] for row in STARTS], ids=[row[0] for row in STARTS])
def test_what_is_started_decides_what_is_served(judged: Judged, changes: dict[str, str | None], status: str) -> None:
    found = judged(changes)
    assert found["1.1"]["status"] == status, found["1.1"]
    assert (found["1.3"]["status"] == "unknown") is (status == "unknown"), found["1.3"]


LIBRARY = {"libs/rates/rates/__init__.py": "VAT = 1\n", "libs/rates/rates/eu.py": "import yaml\n"}
IMPORTS = {"parcels/service.py": "from rates.eu import yaml\n" + SERVICE}
RENAMED = {"parcels/lib/__init__.py": "VAT = 1\n", "parcels/service.py": "from rates import VAT\n" + SERVICE}
IMPORTED: list[tuple[str, dict[str, str | None], str, str]] = [
    ("renamed", {**RENAMED, "parcels/Dockerfile": image("COPY lib /app/rates\nCOPY service.py .\n")}, "2.4", "met"),
    (
        "renamed into PYTHONPATH",
        {**RENAMED, "parcels/Dockerfile": image("ENV PYTHONPATH=/opt\nCOPY lib /opt/rates\nCOPY service.py .\n")},
        "2.4",
        "met",
    ),
    (
        "renamed where nothing is imported from",
        {**RENAMED, "parcels/Dockerfile": image("COPY lib /opt/rates\nCOPY service.py .\n")},
        "2.4",
        "broken",
    ),
    (
        "another context",
        {
            **LIBRARY,
            "parcels/service.py": "from rates import VAT\n" + SERVICE,
            "compose.yaml": compose(", additional_contexts: {Lib: libs/rates}"),
            "parcels/Dockerfile": image("COPY --from=lib rates rates\nCOPY service.py .\n"),
        },
        "2.4",
        "met",
    ),
    (
        "the whole of another context",
        {
            **LIBRARY,
            "parcels/service.py": "from rates import VAT\n" + SERVICE,
            "compose.yaml": compose(", additional_contexts: ['lib=./libs/rates']"),
            "parcels/Dockerfile": image("COPY --from=lib . .\nCOPY service.py .\n"),
        },
        "2.4",
        "met",
    ),
    (
        "what a module of another context imports",
        {
            **LIBRARY,
            **IMPORTS,
            "compose.yaml": compose(", additional_contexts: {lib: libs/rates}"),
            "parcels/Dockerfile": image("COPY --from=lib rates rates\nCOPY service.py .\n"),
        },
        "2.4",
        "broken",
    ),
    (
        "another context that is an image",
        {
            **LIBRARY,
            "parcels/service.py": "from rates import VAT\n" + SERVICE,
            "compose.yaml": compose(", additional_contexts: {lib: 'docker-image://busybox'}"),
            "parcels/Dockerfile": image("COPY --from=lib rates rates\nCOPY service.py .\n"),
        },
        "2.1",
        "met",
    ),
]


@pytest.mark.parametrize(("changes", "item", "status"), [row[1:] for row in IMPORTED], ids=[row[0] for row in IMPORTED])
def test_a_module_is_where_the_image_has_it(
    judged: Judged, changes: dict[str, str | None], item: str, status: str
) -> None:
    found = judged(changes)
    assert found[item]["status"] == status, found[item]


@pytest.mark.parametrize("check", ["{disable: true}", "{test: [NONE]}", "{test: [NONE], disable: false}"])
def test_a_check_that_is_switched_off_is_none(judged: Judged, check: str) -> None:
    files: dict[str, str | None] = {"compose.yaml": compose(worker=worker(check)), "parcels/scales.py": WORKER}
    found = judged(files, "scales")
    assert found["3.4"]["status"] == "unmet", found["3.4"]
    assert found["2.2"]["status"] == "unknown", found["2.2"]


LOGIC = "def weigh(parcel):\n    return parcel * 2\n"
HANDLERS: list[tuple[str, dict[str, str | None], str]] = [
    (
        "a notifier's handle",
        {"parcels/notifier.py": "def handle(text):\n    print(text)\n", "parcels/logic.py": LOGIC},
        "weigh()",
    ),
    (
        "alembic's callback",
        {"parcels/db.py": "def process_revision_directives(a, b, c):\n    c.clear()\n", "parcels/logic.py": LOGIC},
        "weigh()",
    ),
    (
        "a handler of records that logging calls",
        {
            "parcels/out.py": "import logging\nclass Out(logging.Handler):\n"
            "    def handle(self, record):\n        send(record)\n",
            "parcels/logic.py": LOGIC,
        },
        "weigh()",
    ),
    (
        "two that are equally likely",
        {
            "parcels/work.py": "def process_in(a):\n    return a\ndef process_out(a):\n    return a\n",
            "parcels/service.py": SERVICE + "    process_in(1)\n    process_out(1)\n",
        },
        "which function is its logic is not known",
    ),
    (
        "the one that is used",
        {
            "parcels/work.py": "def handle_unused(a):\n    return a\ndef process_out(a):\n    return a\n",
            "parcels/service.py": "from work import process_out\n" + SERVICE + "    process_out(1)\n",
        },
        "process_out()",
    ),
    (
        "a service that notifies",
        {
            "parcels/notifier.py": "def handle(text):\n    return text\n",
            "parcels/service.py": "from notifier import handle\n" + SERVICE + "    handle(1)\n",
            "compose.yaml": compose().replace("  parcels:", "  notifier:"),
        },
        "handle()",
    ),
]


@pytest.mark.parametrize(("changes", "words"), [row[1:] for row in HANDLERS], ids=[row[0] for row in HANDLERS])
def test_the_handler_is_what_the_code_uses_as_its_logic(
    judged: Judged, changes: dict[str, str | None], words: str
) -> None:
    found = judged(changes, "notifier" if "  notifier:" in (changes.get("compose.yaml") or "") else "parcels")
    assert words in found["1.2"]["summary"], found["1.2"]


MARKED = "import pytest\n{}\n@pytest.mark.{}\ndef test_it():\n    assert True\n"
FOUND: list[tuple[str, dict[str, str | None], dict[str, str]]] = [
    ("by the package", {"test/test_sums.py": MARKED.format("from parcels.service import app", "unit")}, {"5.1": ""}),
    ("by the folder", {"tests/sums_test.py": MARKED.format("FILE = 'parcels/service.py'", "unit")}, {}),
    ("by the only service with the module", {"tests/test_a.py": MARKED.format("import service", "unit")}, {"5.1": ""}),
    (
        "a pattern of pytest's, beside the code",
        {
            "parcels/check_sums.py": MARKED.format("import service", "unit"),
            "pytest.ini": "[pytest]\npython_files = check_*.py\n",
        },
        {"5.1": "", "2.4": "met"},
    ),
    (
        "a folder of pytest's",
        {
            "qa/test_sums.py": MARKED.format("import parcels.service", "unit"),
            "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["qa"]\n',
        },
        {"5.1": ""},
    ),
    ("by its marker", {"tests/test_sums.py": MARKED.format("import service", "integration")}, {"5.2": ""}),
    ("no import of it", {"tests/test_sums.py": MARKED.format("import os", "unit")}, {"5.1": "unmet"}),
    (
        "a module that two services have",
        {
            "letters/service.py": SERVICE,
            "compose.yaml": compose(worker="  letters:\n    build: letters\n"),
            "tests/test_sums.py": MARKED.format("import service", "unit"),
        },
        {"5.1": "unknown"},
    ),
    (
        "a name that pytest does not collect",
        {"tests/sums.py": MARKED.format("import service", "unit")},
        {"5.1": "unmet"},
    ),
]


@pytest.mark.parametrize(("changes", "wanted"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_tests_are_found_by_what_they_import_and_by_pytests_own_words(
    judged: Judged, changes: dict[str, str | None], wanted: dict[str, str]
) -> None:
    found = judged(changes)
    for item, status in wanted.items():
        assert found[item]["status"] == (status or "unknown"), found[item]
        assert status or "not observed" in found[item]["summary"]


QUEUE = """import redis
from lists import WORK

client = redis.Redis(host="redis")
while True:
    try:
        client.{}(WORK, timeout=5)
    except redis.ConnectionError:
        continue
"""
TAKEN = [
    ("blpop", 'WORK = ("parcels.high", "parcels.low")\n', "met", "parcels.high and parcels.low"),
    ("brpop", 'HIGH = "parcels.high"\nWORK = [HIGH]\n', "met", "parcels.high"),
    ("bzpopmin", 'WORK = "parcels.by.weight"\n', "unknown", "a sorted set"),
    ("zpopmax", 'WORK = "parcels.by.weight"\n', "unknown", "a sorted set"),
]


@pytest.mark.parametrize(("method", "lists", "status", "words"), TAKEN, ids=[row[0] for row in TAKEN])
def test_what_is_taken_out_of_redis(judged: Judged, method: str, lists: str, status: str, words: str) -> None:
    found = judged({"parcels/service.py": SERVICE + QUEUE.format(method), "parcels/lists.py": lists})
    assert found["1.3"]["status"] == status, found["1.3"]
    assert words in found["1.3"]["summary"], found["1.3"]


def test_an_image_of_several_gets_no_user_without_a_word(repository: Callable[..., Path], wizard: Any) -> None:
    files = STACK | {"parcels/scales.py": WORKER, "parcels/Dockerfile": image().replace("USER 10001\n", "")}
    files |= {"compose.yaml": compose(worker=worker("{disable: true}"))}
    said = wizard("run", "parcels", "--phase", "2", "--yes", "--no-live", stack=repository(files))
    assert "scales run as 10001:10001 then, too" in said.out


def test_a_move_that_the_phases_leave_out_is_refused(repository: Callable[..., Path], wizard: Any) -> None:
    folder = repository(STACK)
    said = wizard("run", "parcels", "--port", "8055", "--phase", "1..2", "--yes", "--no-live", stack=folder)
    assert said.code == 2
    assert "moves to 8055 in one commit of phase 3 compose" in said.err
    assert "8055" not in wizard("run", "parcels", "--phase", "1..2", "--dry-run", stack=folder).out


PYTHONS = [
    ("FROM debian:12-slim\nRUN uv python install 3.13\n", "python:3.13-slim"),
    ("FROM ubuntu:24.04\nENV UV_PYTHON=3.12\nRUN uv sync\n", "python:3.12-slim"),
    ("FROM ubuntu:24.04\nRUN uv venv --python 3.14 /venv\n", "python:3.14-slim"),
    ("FROM ghcr.io/astral-sh/uv:python3.13-bookworm-slim\nRUN uv sync\n", "python:3.13-slim"),
    ("FROM debian:12-slim\nRUN apt-get install -y python3\n", "python:3.11-slim"),
    ("FROM python:3.10-slim\nRUN uv venv --python 3.13\n", "python:3.10-slim"),
]


@pytest.mark.parametrize(("head", "wanted"), PYTHONS)
def test_a_new_service_is_built_on_the_python_that_the_stack_installs(
    repository: Callable[..., Path], wizard: Any, head: str, wanted: str
) -> None:
    files = STACK | {"parcels/Dockerfile": head + "COPY . .\nCMD python service.py\n"}
    shown = wizard("init", "--dry-run", stack=repository(files)).out
    assert wanted in next(line for line in shown.splitlines() if line.startswith("base_image"))


SILENT = "import time\n\n\ndef weigh(parcel):\n    return parcel\n\n\nwhile True:\n    time.sleep(weigh(1))\n"
NO_HEALTH = SERVICE.replace('"/health"', '"/parcels"').replace("def health", "def parcels")
BARE = f"{HEAD}COPY . .\nUSER 10001\nCMD "
HINTS = [
    ("a worker", SILENT, '["python", "service.py"]', "2.2", "Nothing in its code answers"),
    ("a worker", SILENT, '["python", "service.py"]', "3.4", "Nothing in its code answers"),
    (
        "no route about its health",
        NO_HEALTH,
        '["python", "service.py"]',
        "2.2",
        "Give parcels/service.py a health",
    ),
    (
        "one of another name",
        SERVICE.replace('"/health"', '"/healthz"'),
        '["python", "service.py"]',
        "2.2",
        "8010/healthz",
    ),
    ("the port of its start", SERVICE, '["gunicorn", "-b", "0.0.0.0:9100", "service:app"]', "2.2", "9100/health"),
]


@pytest.mark.parametrize(
    ("code", "start", "item", "hint"), [r[1:] for r in HINTS], ids=[f"{r[0]} {r[3]}" for r in HINTS]
)
def test_a_hint_rests_on_what_this_service_answers(judged: Judged, code: str, start: str, item: str, hint: str) -> None:
    compose_file = "services:\n  parcels:\n    build: parcels\n"
    found = judged(
        {"parcels/service.py": code, "parcels/Dockerfile": BARE + start + "\n", "compose.yaml": compose_file}
    )
    assert hint in found[item]["hint"], found[item]


ASKS = "urllib.request.urlopen('http://127.0.0.1:8010/health')"
SHELLS = [
    ("python -c pass && wget -qO- http://127.0.0.1:8010/health", "broken"),
    ("true; curl -f http://127.0.0.1:8010/health || exit 1", "broken"),
    (f'python -c "import urllib.request; {ASKS}" || curl -f http://127.0.0.1:8010/health', "met"),
    (f'curl -f http://127.0.0.1:8010/health || python -c "import urllib.request; {ASKS}"', "met"),
]


@pytest.mark.parametrize(("text", "status"), SHELLS)
def test_every_program_of_a_check_has_to_be_in_the_image(judged: Judged, text: str, status: str) -> None:
    block = f"    healthcheck: {{test: {json.dumps(text)}}}\n"
    found = judged({"compose.yaml": compose() + block})
    assert found["3.4"]["status"] == status, found["3.4"]


PACKAGE = {
    "parcels/service.py": "from flask import Flask\n\nfrom {} import {}\n\napp = Flask(__name__)\n"
    "app.register_blueprint({}.pages)\napp.run(host='0.0.0.0', port=8010)\n",
    "parcels/doors/__init__.py": "",
    "parcels/doors/health.py": "from flask import Blueprint\n\npages = Blueprint('h', __name__)\n\n\n"
    "@pages.get('/health')\ndef health():\n    return {}\n",
}


@pytest.mark.parametrize("form", [("doors", "health", "health"), ("doors", "health as door", "door")])
def test_a_module_that_is_taken_from_a_package_is_read_in_a_shared_folder(
    judged: Judged, form: tuple[str, ...]
) -> None:
    files: dict[str, str | None] = {**PACKAGE, "parcels/scales.py": WORKER}
    files["parcels/service.py"] = PACKAGE["parcels/service.py"].format(*form)
    files["compose.yaml"] = compose(worker=worker("{disable: true}"))
    found = judged(files)
    assert found["1.1"]["status"] == "met", found["1.1"]


CALLED = 'ORIGINS = ["http://post_office:8501"]\n'
OFFICE = "  office:\n    image: office\n    container_name: post_office\n    depends_on: [parcels]\n"


def test_a_service_that_waits_for_this_one_is_not_waited_for_by_its_other_name(judged: Judged) -> None:
    found = judged({"compose.yaml": compose(worker=OFFICE), "parcels/service.py": CALLED + SERVICE})
    assert found["3.3"]["status"] == "met", found["3.3"]


RUN_TESTS = "# Testing\n" + "\n## parcels\n```\ndocker compose run test a\n```\n" * 8


@pytest.mark.parametrize("path", ["tests/TESTING.md", "docs/testing.md", "TESTS.md"])
def test_a_document_about_tests_is_no_runbook(judged: Judged, path: str) -> None:
    assert "the stack has no runbook" in judged({path: RUN_TESTS})["6.4"]["summary"]
    assert "the stack has no runbook" not in judged({"docs/RUNBOOK.md": RUN_TESTS})["6.4"]["summary"]


DSN = "import os\n\nDSN = os.getenv('{}', 'postgresql://app:hunter2@db/app')\n"


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"parcels/service.py": DSN.format("DATABASE_URL") + SERVICE}, "1.5"),
        ({"compose.yaml": compose(", args: {DB_PASSWORD: '${PW:-hunter2}'}")}, "3.2"),
        ({"compose.yaml": compose(", args: ['API_TOKEN=${TOKEN}']")}, "3.2"),
        ({"compose.yaml": compose(", args: {DSN: 'postgresql://app:hunter2@db/app'}")}, "3.2"),
    ],
)
def test_a_secret_in_a_default_url_or_a_build_argument_is_broken(
    judged: Judged, changes: dict[str, str | None], item: str
) -> None:
    found = judged(changes)
    assert found[item]["status"] == "broken", found[item]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services:\n  a: {image: a}\n  - b\n", "compose.yaml:3 cannot be used"),
        ("services: {}\n", "compose.yaml has no services"),
        ("services: {cache: {image: redis}}\n", "no service in it is Python code"),
        ("services: {a: {image: '${X'}}\n", ""),
    ],
)
def test_a_compose_file_that_cannot_be_used_is_not_said_to_be_absent(
    repository: Callable[..., Path], wizard: Any, text: str, words: str
) -> None:
    said = wizard("status", stack=repository({"compose.yaml": text}))
    assert words in said.err
    assert "it has no compose file" not in said.err


CONSUMER = "from kafka import KafkaConsumer\n\nfor parcel in KafkaConsumer('parcels'):\n    print(parcel)\n"


@pytest.mark.parametrize(
    ("code", "words", "models"), [(SERVICE, "answers HTTP only", "na"), (CONSUMER, "go through kafka", "unmet")]
)
def test_a_consumer_of_another_broker_is_not_said_to_answer_http(
    judged: Judged, code: str, words: str, models: str
) -> None:
    found = judged({"parcels/service.py": code, "parcels/requirements.txt": "flask==3.0.3\nkafka-python==2.0.2\n"})
    assert (found["1.3"]["status"], words in found["1.3"]["summary"]) == ("na", True), found["1.3"]
    assert found["1.4"]["status"] == models, found["1.4"]


WITH_PASSWORD = "  store:\n    image: postgres:16\n    environment: {POSTGRES_PASSWORD: hunter2}\n"
LITERAL = "import psycopg2\n\n\ndef rows():\n    return psycopg2.connect(host='store', password='hunter2')\n"
HANDED = LITERAL.replace("'hunter2'", "os.environ['PGPASSWORD']").replace(
    "import psycopg2", "import os\n\nimport psycopg2"
)


@pytest.mark.parametrize(
    ("code", "environment", "words"),
    [
        (LITERAL, "", "the password for PostgreSQL stands in the code"),
        (LITERAL, "    environment: {PGPASSWORD: '${PGPASSWORD}'}\n", "the password for PostgreSQL stands in the code"),
        (HANDED, "", "PGPASSWORD"),
    ],
)
def test_a_password_in_the_code_is_said_where_it_stands(
    judged: Judged, code: str, environment: str, words: str
) -> None:
    block = f"services:\n  parcels:\n    build: parcels\n{environment}"
    found = judged({"parcels/service.py": SERVICE + code, "compose.yaml": block + WITH_PASSWORD})["3.2"]
    assert (found["status"], words in found["summary"]) == ("broken", True), found
    assert "hunter2" not in str(found)


CACHED = (
    'import redis\nfrom flask import Flask\n\napp = Flask(__name__)\ncache = redis.Redis(host="store")\n\n\n'
    '@app.get("/parcels/<name>")\ndef parcel(name):\n    return {"parcel": cache.get(name)}\n'
)
ONLY_HEALTH = (
    'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/health")\ndef health():\n    return {}\n'
)
LISTENS = CACHED + "\n\ncache.pubsub().subscribe('parcels')\n"


@pytest.mark.parametrize(
    ("code", "status"), [(CACHED, "unknown"), (NO_HEALTH, "unmet"), (ONLY_HEALTH, "unmet"), (LISTENS, "unmet")]
)
def test_what_answers_requests_may_be_the_logic_where_no_event_passes(judged: Judged, code: str, status: str) -> None:
    found = judged({"parcels/service.py": code})["1.2"]
    assert found["status"] == status, found
    if status == "unknown":
        assert "it has parcel()" in found["summary"]
