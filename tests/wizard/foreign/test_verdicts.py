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
        "met unknown",
        "",
        NO_SUCH,
    ),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=row.title) for row in HOSTS])
def test_a_verdict_is_true(repository: Callable[..., Path], wizard: Callable[..., Any], row: Row) -> None:
    files = {f"{row.service}/Dockerfile": IMAGE} | row.files
    said = wizard("check", row.service, "--format", "json", stack=repository(dict(files)))
    found = {one["item"]: one for one in json.loads(said.out)["services"][0]["findings"]}[row.item]
    words = f"{found['summary']} | {found['hint']}"
    assert found["status"] in row.status.split(), words
    assert row.says in words
    assert not row.lacks or row.lacks not in words
