"""Verdicts on the stacks of strangers: each row a small stack as people write them, an item, and what is true of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Row(NamedTuple):
    """`says`: in summary or hint; `lacks`: in neither. `status`: one, or several that are right, a blank between."""

    title: str
    files: dict[str, str]
    service: str
    item: str
    status: str
    says: str = ""
    lacks: str = ""


IMAGE = 'FROM python:3.12-slim\nWORKDIR /srv\nCOPY . .\nCMD ["python", "main.py"]\n'


def stack(blocks: str, **files: str) -> dict[str, str]:
    """A stack of these blocks, with the files of its folder `ferry`."""
    return {"compose.yaml": f"services:\n{blocks}"} | {
        f"ferry/{name.replace('__', '.')}": text for name, text in files.items()
    }


FERRY = "  ferry:\n    build: ./ferry\n"
MONGO = "  tidesDB: {image: 'mongo:7'}\n"
HARBOUR = "  harbour: {image: 'nginx:1.27'}\n"
READS = 'import os\n\nimport pymongo\n\n\ndef sail(crew):\n    return pymongo.MongoClient(os.environ["TIDES_URL"])\n'
CALLS = 'import requests\n\n\ndef dock(ship):\n    return requests.get("http://Harbour:80/berths")\n'
GIVEN = FERRY + "    environment: {TIDES_URL: 'mongodb://tidesDB:27017'}\n"
FROM_FILE = FERRY + "    env_file: .env\n"
ROOT = "  ferry:\n    build: {context: ., dockerfile: images/ferry.Dockerfile}\n"
NO_SUCH = "which is no service of the stack"

HOSTS = [
    Row("a URL spells the service as it is", stack(GIVEN + MONGO, main__py=READS), "ferry", "3.2", "met", "", NO_SUCH),
    Row("and it is a service to wait for", stack(GIVEN + MONGO, main__py=READS), "ferry", "3.3", "unmet", "tidesDB"),
    Row(
        "waited for under its own spelling",
        stack(GIVEN + "    depends_on: [tidesDB]\n" + MONGO, main__py=READS),
        "ferry",
        "3.3",
        "met",
    ),
    Row("the code spells it in capitals", stack(FERRY + HARBOUR, main__py=CALLS), "ferry", "3.3", "unmet", "harbour"),
    Row(
        "an env file that others read, too",
        stack(FROM_FILE + HARBOUR, main__py=READS)
        | {".env": "HARBOUR_URL=http://harbour\nTIDES_URL=mongodb://192.0.2.7\n"},
        "ferry",
        "3.3",
        "met",
    ),
    Row(
        "an env file names a host nobody has, which this code does not read",
        stack(FROM_FILE, main__py=READS) | {".env": "QUAY_HOST=quay\nTIDES_URL=mongodb://192.0.2.7\n"},
        "ferry",
        "3.2",
        "met",
        "",
        NO_SUCH,
    ),
    Row(
        "an env file names a host nobody has, which this code reads",
        stack(FROM_FILE, main__py=READS) | {".env": "TIDES_URL=mongodb://quay:27017\n"},
        "ferry",
        "3.2",
        "broken",
        "TIDES_URL is quay",
    ),
    Row(
        "an example in the place of an env file that git ignores",
        stack(FROM_FILE, main__py=READS) | {".env.example": "TIDES_URL=mongodb://quay:27017\n"},
        "ferry",
        "3.2",
        "unknown",
        "only an example sets TIDES_URL",
        NO_SUCH,
    ),
]
ASKS = "import os\n\n\ndef sail(crew):\n    return crew, os.environ.get({0})\n"
EXAMPLE = {".env.example": "TIDES_URL=mongodb://quay:27017\n"}
SETTINGS = [
    Row(title, stack(block, main__py=code) | more, "ferry", "1.5", status, says)
    for title, block, code, more, status, says in (
        ("an example sets what is required", FROM_FILE, READS, EXAMPLE, "unknown", "only an example sets TIDES_URL"),
        ("an example sets what has a default", FROM_FILE, ASKS.format('"TIDES_URL", "x"'), EXAMPLE, "met", ""),
        ("asked for, with a default", FERRY, ASKS.format('"QUAY_HOST", "quay"'), {}, "met", ""),
        ("asked for, and set", GIVEN, ASKS.format('"TIDES_URL"'), {}, "met", ""),
        ("required, set by nobody", FERRY, READS, {}, "broken", "nobody sets"),
    )
]


FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


def installed(lines: str, required: str = "flask==3.1.0\n", **files: str) -> dict[str, str]:
    """A service that is built from the stack's root, where its requirements lie."""
    image = f'FROM python:3.12-slim\nWORKDIR /srv\n{lines}COPY ferry/main.py .\nCMD ["python", "main.py"]\n'
    block = "  ferry:\n    build: {context: ., dockerfile: ferry/Dockerfile}\n"
    return stack(block, main__py=FLASK, **files) | {"ferry/Dockerfile": image, "requirements.txt": required}


REQUIREMENTS = [
    Row(title, installed(lines), "ferry", "2.4", "met")
    for title, lines in (
        ("of the root", "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"),
        ("under another folder", "COPY ./requirements.txt /code/\nRUN pip install -r /code/requirements.txt\n"),
        (
            "to a folder without a slash",
            "RUN mkdir /opt/x\nCOPY requirements.txt /opt/x\nRUN pip install -r /opt/x/requirements.txt\n",
        ),
        (
            "under another name",
            "COPY requirements.txt /tmp/r.txt\nRUN python -m pip install --requirement=/tmp/r.txt\n",
        ),
        ("with cd", "COPY requirements.txt /opt/\nRUN cd /opt && pip3 install -rrequirements.txt\n"),
        ("with uv", "COPY requirements.txt ./\nRUN uv pip install --system -r requirements.txt\n"),
    )
]
REQUIREMENTS += [
    Row(
        "imports under the names of their packages",
        stack(FERRY, main__py="import bs4\nimport cv2\nimport yaml\n", requirements__txt="flask==3.1.0\n"),
        "ferry",
        "2.4",
        "broken",
        "Add beautifulsoup4, opencv-python and pyyaml with `==`",
    ),
    Row(
        "of the root lack one",
        installed("COPY requirements.txt .\nRUN pip install -r requirements.txt\n", "requests==2.32.3\n"),
        "ferry",
        "2.4",
        "broken",
        "imported but not required: flask",
    ),
    Row(
        "of the root are not what this image installs",
        installed("COPY other.txt .\nRUN pip install -r other.txt\n"),
        "ferry",
        "2.4",
        "unmet",
        "there is no requirements.txt",
    ),
    Row(
        "those that the image installs come before its own, which it does not",
        installed(
            "COPY requirements.txt .\nRUN pip install -r requirements.txt\n", requirements__txt="# see the root\n"
        ),
        "ferry",
        "2.4",
        "met",
    ),
    Row(
        "its own come first where the image installs both",
        installed(
            "COPY requirements.txt ferry/requirements.txt ./\nRUN pip install -r requirements.txt\n",
            requirements__txt="flask\n",
        ),
        "ferry",
        "2.4",
        "unmet",
        "not pinned: flask",
    ),
    Row(
        "and where it says nothing of any that is there",
        installed("ARG WHICH\nCOPY ${WHICH} .\nRUN pip install -r ${WHICH}\n", requirements__txt="flask\n"),
        "ferry",
        "2.4",
        "unmet",
        "not pinned: flask",
    ),
]
SEARCHES = (
    "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parents[1] / 'shared' / 'lib'))\n"
)
LIBRARY = {"shared/lib/charts/__init__.py": "import os\n\nTIDE = os.environ['TIDE_TABLE']\n"}


def searching(begins: str, copies: str = "COPY . .\n", library: dict[str, str] = LIBRARY) -> dict[str, str]:
    """A service that imports `charts`, perhaps from a folder that it adds to its search path."""
    start = 'RUN pip install -r ferry/requirements.txt\nCMD ["python", "ferry/main.py"]\n'
    image = f"FROM python:3.12-slim\nWORKDIR /srv\n{copies}{start}"
    block = "  ferry:\n    build: {context: ., dockerfile: ferry/Dockerfile}\n"
    code = f"{begins}from charts import TIDE\nimport flask\n"
    return stack(block, main__py=code, requirements__txt="flask==3.1.0\n") | {"ferry/Dockerfile": image} | library


ON_PATH = "COPY shared/ ./shared/\nCOPY ferry/ ./ferry/\nENV PYTHONPATH=/srv:/srv/shared/lib\n"


def overridden(value: str) -> dict[str, str]:
    """The same with PYTHONPATH in Compose, which has the last word."""
    files = searching("", ON_PATH)
    block = files["compose.yaml"].rstrip("\n") + f"\n    environment: {{PYTHONPATH: '{value}'}}\n"
    return files | {"compose.yaml": block}


REQUIREMENTS += [
    Row("PYTHONPATH below what COPY brings", searching("", ON_PATH), "ferry", "2.4", "met"),
    Row("Compose sets it to another folder", overridden("/srv"), "ferry", "2.4", "broken", "charts"),
    Row("Compose sets it to the same", overridden("/opt:/srv/shared/lib"), "ferry", "2.4", "met"),
    Row("a folder on the search path", searching(SEARCHES), "ferry", "2.4", "met"),
    Row("no folder on it", searching(""), "ferry", "2.4", "broken", "imported but not required: charts"),
    Row("nothing in the folder", searching(SEARCHES, library={}), "ferry", "2.4", "broken", "charts"),
    Row("what is read there is this service's", searching(SEARCHES), "ferry", "1.5", "broken", "TIDE_TABLE"),
    Row("and is not where it is not imported", searching(""), "ferry", "1.5", "unmet"),
    Row(
        "a port that the library sets for whoever takes it",
        stack(
            "  ferry:\n    build: {context: ., dockerfile: ferry/Dockerfile}\n    ports: ['127.0.0.1:8005:8005']\n",
            main__py=f"{SEARCHES}import charts\nimport flask\nflask.Flask(__name__).run(port=8005)\n",
        )
        | {
            "ferry/Dockerfile": IMAGE.replace("COPY . .", "COPY . ./").replace("main.py", "ferry/main.py"),
            "shared/lib/charts/__init__.py": "import os\n\nPORT = int(os.environ.get('PORT', '8000'))\n",
        },
        "ferry",
        "3.5",
        "met",
    ),
    Row(
        "a folder on it that the image lacks",
        searching(SEARCHES, "COPY ferry ferry\nUSER 1000:1000\n"),
        "ferry",
        "2.1",
        "broken",
        "charts",
    ),
]
REQUIREMENTS += [
    Row(
        title,
        stack(ROOT)
        | {"main.py": FLASK, "requirements.txt": "requests\n", "other.txt": "flask==3.1.0\n"}
        | more
        | {"images/ferry.Dockerfile": f"FROM python:3.12-slim\nWORKDIR /srv\n{lines}COPY main.py .\n"},
        "ferry",
        "2.4",
        status,
        says,
        lacks,
    )
    for title, lines, more, status, says, lacks in (
        (
            "of the root, where the image names packages",
            "RUN pip install flask\n",
            {},
            "unmet",
            "does not install requirements.txt",
            "pinned",
        ),
        (
            "of the root, another one",
            "COPY other.txt .\nRUN pip install -r other.txt\n",
            {},
            "met",
            "cover the imports",
            "requests",
        ),
        (
            "of the root, forgotten",
            "",
            {"main.py": "import requests\n", "requirements.txt": "requests==2.32.3\n"},
            "broken",
            "does not install it",
            "itself",
        ),
        (
            "of the root, and more packages",
            "COPY requirements.txt .\nRUN pip install -r requirements.txt && pip install flask==3.1.0\n",
            {"main.py": "import requests\n"},
            "unmet",
            "not pinned: requests",
            "itself",
        ),
    )
]
FAST = 'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("{path}")\ndef answer():\n    return {{}}\n'
LOOP = "import time\n\nwhile True:\n    print(time.time())\n    time.sleep(1)\n"
CASTS = 'import redis\nfrom flask import Flask\n\napp = Flask(__name__)\nclient = redis.Redis(host="cache")\n\n\n'
CASTS += '@app.post("/")\ndef cast():\n    client.rpush("votes", "x")\n    return ""\n'
SHOWS = 'import streamlit as st\n\nst.title("Tides")\n'
SHOWN = "FROM python:3.12-slim\nCOPY . .\nEXPOSE 8501\nHEALTHCHECK CMD curl -f http://localhost:8501/_stcore/health\n"
SHOWN += 'CMD ["streamlit", "run", "main.py"]\n'
RUNS = 'import uvicorn\n\nif __name__ == "__main__":\n    uvicorn.run("app.main:app", port=8000)\n'
CACHE = "  cache: {image: 'redis:7'}\n"

LOGIC = [
    Row(
        "a loop and nothing else",
        stack(FERRY, main__py=LOOP),
        "ferry",
        "1.2",
        "unmet",
        "no function of the code",
        "handle()",
    ),
    Row(
        "one route that casts events",
        stack(FERRY + CACHE, main__py=CASTS),
        "ferry",
        "1.2",
        "unmet unknown",
        "the function that decides as `handler`",
        "handle()",
    ),
    Row(
        "a loop answers nothing",
        stack(FERRY, main__py=LOOP),
        "ferry",
        "1.1",
        "unmet",
        "beside what ferry/main.py does",
        "Write it",
    ),
    Row(
        "a loop reads no setting",
        stack(FERRY, main__py=LOOP),
        "ferry",
        "1.5",
        "unmet",
        "Read in config.py",
        "Give the variable",
    ),
    Row(
        "FastAPI has the route",
        stack(FERRY, main__py=FAST.format(path="/health")),
        "ferry",
        "1.1",
        "unmet",
        "Waive it",
        "Write it",
    ),
    Row(
        "the file with the application is named",
        stack(FERRY, main__py=RUNS) | {"ferry/app/main.py": FAST.format(path="/tides"), "ferry/app/__init__.py": ""},
        "ferry",
        "1.1",
        "unmet",
        "to ferry/app/main.py",
    ),
    Row(
        "Streamlit",
        stack(FERRY, main__py=SHOWS) | {"ferry/Dockerfile": SHOWN},
        "ferry",
        "1.1",
        "unmet",
        "_stcore/health",
        "Flask route",
    ),
    Row(
        "Streamlit's own route is the one to ask",
        stack(FERRY, main__py=SHOWS) | {"ferry/Dockerfile": SHOWN},
        "ferry",
        "2.2",
        "broken",
        "127.0.0.1:8501/_stcore/health",
    ),
]
KAFKA = "  broker: {image: 'apache/kafka:3.9.0'}\n"
TOPICS = "import os\n\nfrom kafka import KafkaConsumer\n\n\n"
TOPICS += 'def read(seen):\n    return KafkaConsumer("t", bootstrap_servers={0})\n'
BROKERS = [
    Row(title, stack(FERRY + more, main__py=TOPICS.format(where)), "ferry", "3.3", status, says)
    for title, more, where, status, says in (
        ("an address that nobody sets", KAFKA, 'os.environ.get("SERVERS")', "unknown", "looks for broker"),
        ("waited for", "    depends_on: [broker]\n" + KAFKA, 'os.environ.get("SERVERS")', "met", "waits for broker"),
        (
            "an address outside",
            "    environment: {KAFKA_SERVERS: 'k.example.org:9092'}\n" + KAFKA,
            'os.environ["KAFKA_SERVERS"]',
            "met",
            "",
        ),
        ("an address outside, in the code", KAFKA, '"kafka.example.org:9092"', "met", ""),
        ("no broker in the stack", CACHE, 'os.environ.get("SERVERS")', "met", "no other service"),
        ("an address inside, in the code", KAFKA, '"broker:9092"', "unmet", "it uses broker"),
    )
]
SHELLED = 'FROM python:3.12-slim\nWORKDIR /srv\nCOPY . .\nRUN python make.py\nCMD ["/srv/row.sh"]\n'
SCRIPTS = [
    Row(title, stack(FERRY, **{name: LOOP}, row__sh=text) | {"ferry/Dockerfile": SHELLED}, "ferry", item, status, says)
    for title, name, text, item, status, says in (
        ("a script that rows", "make__py", "#!/bin/sh\nab -n 9 http://quay/\n", "1.3", "unknown", "ferry/row.sh"),
        ("and its health", "make__py", "#!/bin/sh\nab -n 9 http://quay/\n", "1.1", "unknown", "no Python"),
        ("a script that starts Python", "make__py", "#!/bin/sh\npython make.py\n", "1.3", "na", "Redis"),
        ("a script that starts its words", "make__py", '#!/bin/sh\nexec "$@"\n', "1.3", "na", "Redis"),
        ("a script beside what serves", "main__py", "#!/bin/sh\nab -n 9 http://quay/\n", "1.3", "na", "Redis"),
    )
]
ABOVE = "  ferry:\n    build: {{context: ., dockerfile: ferry/Dockerfile}}\n    command: {0}\n    volumes: ['{1}']\n"
MOUNTS = [
    Row(title, stack(ABOVE.format(command, mount), row="") | {"main.py": LOOP}, "ferry", item, status, says)
    for title, command, mount, item, status, says in (
        *(("the root is mounted", "/start", ".:/srv", f"1.{n}", "unknown", "./:/srv") for n in range(1, 6)),
        ("its folder is mounted", "/start", "./ferry:/srv", "1.3", "unmet", "no code yet"),
        ("a store is mounted", "/start", "./logs:/srv/logs", "1.3", "unmet", "no code yet"),
        ("what is not there starts", "python -m ferry.service", ".:/srv", "1.3", "unmet", "no code yet"),
    )
]
README = "# Ferry\n\nCarries people over the river.\n\n## Troubleshooting\n\n{0}"
DOCUMENTS = [
    Row(title, stack(FERRY, main__py=LOOP) | {"ferry/README.md": README.format(text)}, "ferry", "6.3", status, says)
    for title, text, status, says in (
        ("commands without a symptom", "```bash\n# state\ndocker compose ps\n```\n", "unmet", "no symptom"),
        ("a symptom with a command", "### It sinks\n\n```bash\ndocker compose ps\n```\n", "met", "1 symptom"),
    )
]
IMAGES = [
    Row(
        f"{item} of a Dockerfile that is not there, beside one of others",
        stack(ROOT) | {"main.py": LOOP, "Dockerfile.dev": IMAGE},
        "ferry",
        item,
        "unmet",
        "images/ferry.Dockerfile",
        "Dockerfile.dev",
    )
    for item in ("2.1", "2.2", "2.3")
]
BOAT = "  boat:\n    build: ./boat\n"
SAILS = "def sail(crew):\n    return crew\n"
TESTED = {"boat/main.py": SAILS, "boat/Dockerfile": IMAGE, "ferry/rudder.py": "TILLER = 1\n"}
SAILED = "from main import sail\n\n\ndef test_sail():\n    assert sail(1) == 1\n"
TESTS = [
    Row(title, stack(FERRY + BOAT, main__py=SAILS) | TESTED | {path: text}, service, "5.1", status, says)
    for title, path, text, service, status, says in (
        ("a module that two have", "tests/test_sail.py", SAILED, "ferry", "unknown", "tests/test_sail.py"),
        ("and for the other one", "tests/test_sail.py", SAILED, "boat", "unknown", "cannot be read"),
        (
            "the path says it",
            "tests/test_sail.py",
            "import sys\nsys.path.append('../boat')\n" + SAILED,
            "boat",
            "unknown",
            "not observed",
        ),
        (
            "and that it is no other's",
            "tests/test_sail.py",
            "import sys\nsys.path.append('../boat')\n" + SAILED,
            "ferry",
            "unmet",
            "no test",
        ),
        (
            "another module says it",
            "tests/test_sail.py",
            "import rudder\n" + SAILED,
            "ferry",
            "unknown",
            "not observed",
        ),
        ("the file's name says it", "tests/test_ferry.py", SAILED, "boat", "unmet", "no test files"),
    )
]
KINDS = [
    Row(f"{path} is {kind}", stack(FERRY, main__py=SAILS) | {path: SAILED}, "ferry", item, "unknown", "not observed")
    for path, kind, item in (
        ("ferry/tests/test_it.py", "a unit test", "5.1"),
        ("ferry/tests/test_split_it.py", "a unit test", "5.1"),
        ("ferry/tests/it/test_sail.py", "an integration test", "5.2"),
        ("ferry/tests/integration/test_it.py", "an integration test", "5.2"),
        ("ferry/tests/test_contract.py", "an integration test", "5.2"),
    )
]
SHELL = 'FROM python:3.12-slim\nWORKDIR /app\n{0}CMD ["uvicorn", "main:app"]\n'
DOCKS = {
    "main.py": FAST.format(path="/quay"),
    "ferry/app/main.py": FAST.format(path="/tides"),
    "ferry/app/__init__.py": "",
}
SPREADS = [
    Row(title, stack(ROOT) | DOCKS | {"images/ferry.Dockerfile": SHELL.format(lines)}, "ferry", "1.1", "unmet", says)
    for title, lines, says in (
        ("a folder's content in the place of the root's", "COPY ferry/app /app\n", "to ferry/app/main.py"),
        ("beside a module of the root", "COPY boats /app/boats\nCOPY ferry/app/ ./\n", "to ferry/app/main.py"),
        ("under the whole root", "COPY ferry/app .\nCOPY . .\n", "to main.py"),
    )
]
MAPPED = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\n"
MAPPED += 'class Trip(Base):\n    __tablename__ = "trips"\n'
KEEPS = "import psycopg2\n\nfrom logbook.trips import Trip\n\n\ndef keep(trip):\n    return Trip(trip)\n"
SHARES = 'FROM python:3.12-slim\nWORKDIR /srv\nCOPY logbook logbook\nCOPY ferry/main.py .\nCMD ["python", "main.py"]\n'
SHARING = "  ferry:\n    build: {context: ., dockerfile: ferry/Dockerfile}\n  db: {image: 'postgres:16'}\n"
LOGBOOK = {"logbook/__init__.py": "", "logbook/trips.py": MAPPED, "ferry/Dockerfile": SHARES}
OWN = MAPPED + "\n\ndef keep(db):\n    import psycopg2\n\n    return psycopg2.connect(db)\n"
TABLES = [
    Row(
        "tables of a shared module", stack(SHARING, main__py=KEEPS) | LOGBOOK, "ferry", "4.1", "unknown", "write trips"
    ),
    Row(
        "tables of a shared module, and no database",
        stack(SHARING, main__py=KEEPS.replace("psycopg2", "httpx"))
        | LOGBOOK
        | {"logbook/trips.py": MAPPED.split("\n\n\n")[0]},
        "ferry",
        "4.1",
        "na",
    ),
    Row(
        "migrations in the place of a schema",
        stack(FERRY + "  db: {image: 'postgres:16'}\n", main__py=OWN) | {"ferry/alembic/env.py": ""},
        "ferry",
        "4.1",
        "unknown",
        "trips: there is no schema file; whether its migrations create it",
    ),
    Row(
        "no schema", stack(FERRY + "  db: {image: 'postgres:16'}\n", main__py=OWN), "ferry", "4.1", "unmet", "no schema"
    ),
]
ROWS = [
    *MOUNTS,
    *SCRIPTS,
    *SETTINGS,
    *KINDS,
    *SPREADS,
    *TABLES,
    *TESTS,
    *IMAGES,
    *HOSTS,
    *REQUIREMENTS,
    *LOGIC,
    *BROKERS,
    *DOCUMENTS,
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.title) for row in ROWS])
def test_a_verdict_is_true(repository: Callable[..., Path], wizard: Callable[..., Any], row: Row) -> None:
    own = {} if "images/ferry" in row.files["compose.yaml"] else {f"{row.service}/Dockerfile": IMAGE}
    files = own | row.files
    said = wizard("check", row.service, "--format", "json", stack=repository(dict(files)))
    found = {one["item"]: one for one in json.loads(said.out)["services"][0]["findings"]}[row.item]
    words = f"{found['summary']} | {found['hint']}"
    assert found["status"] in row.status.split(), words
    assert row.says in words
    assert not row.lacks or row.lacks not in words
