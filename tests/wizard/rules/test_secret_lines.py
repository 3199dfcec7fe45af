"""Secrets over several lines and in the files that tools keep them in: each shape with a canary, and what is none."""

from __future__ import annotations

import time

import pytest

from tests.phases import COMPOSE
from wizard.plan.diff import file_diff, unified_diff
from wizard.rules.secret_lines import file_spans
from wizard.rules.secrets import mask_spans
from wizard.values.edit import ChangeSet, FileEdit

KEY = "c4naryMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"
# Name of the file -> shape -> text; every line of a secret has `c4nary` in it, what must stay to be read has `seen`.
SHAPES: dict[str, tuple[str, str]] = {
    "block scalar": (
        "compose.yaml",
        "a:\n  environment:\n    TLS_PRIVATE_KEY: |\n      c4nary one\n\n      c4nary two\n    SEEN: seen\n",
    ),
    "folded scalar with indent": ("a.yml", "db_password: >2-  # why\n    c4nary\n    c4nary\nseen: seen\n"),
    "anchored scalar": ("a.yml", "db_password: &pw |\n  c4nary\nother: seen\n"),
    "scalar on the next line": ("a.yml", "db_password:\n  c4nary\nother: seen\n"),
    "folded plain scalar": ("a.yml", "db_password: c4nary\n  c4nary\nother: seen\n"),
    "in a list": ("a.yml", "- name: seen\n  token: |-\n    c4nary\n- name: seen too\n"),
    "quoted over lines": ("a.yml", 'db_password: "c4nary\n  c4nary"\nother: "seen"\n'),
    "env file over lines": (".env", "API_TOKEN='c4nary\nc4nary\nc4nary'\nOTHER=seen\n"),
    "Python, three quotes": ("a.py", 'API_TOKEN = """c4nary\nc4nary\n"""\nother = "seen"\n'),
    "Python, joined": ("a.py", 'API_TOKEN = (\n    "c4nary"\n    f"c4nary"\n)\nother = ("seen")\n'),
    "broken by a backslash": ("Dockerfile", "ENV API_TOKEN=c4nary\\\nc4nary\nRUN seen\n"),
    "TOML": ("a.toml", "api_token = '''\nc4nary\n'''\nother = 'seen'\n"),
    "Kubernetes data": ("a.yaml", "kind: Secret\nmetadata:\n  name: seen\ndata:\n  any: YzRuYXJ5c2VjcmV0c2VjcmV0\n"),
    "Kubernetes stringData": (
        "a.yaml",
        "kind: Secret\nstringData:\n  config.ini: |\n    c4nary\n---\nkind: X\ndata:\n  a: seen\n",
    ),
    "Kubernetes kind below": ("a.yaml", "data:\n  user: c4nary\nkind: Secret\nname: seen\n"),
    "a map named so": ("a.yaml", "configs:\n  redis_password:\n    content: c4nary\n  other:\n    content: seen\n"),
    "name and value": ("a.yaml", "env:\n  - name: DB_PASSWORD\n    value: c4nary\n  - name: SEEN\n    value: seen\n"),
    "value and name": ("a.yaml", "env:\n  - value: c4nary\n    name: DB_PASSWORD\n  - value: seen\n    name: SEEN\n"),
    "name and value, JSON": (
        "a.json",
        '[{"name": "DB_PASSWORD", "value": "c4nary"},\n {"name": "A", "value": "seen"}]\n',
    ),
    "npmrc": (".npmrc", "registry=https://seen/\n//seen/:_authToken=c4nary\n_auth=c4nary\n//seen/:_password=c4nary\n"),
    "netrc": (".netrc", "machine seen login seen password c4nary\nmachine seen\n  login seen\n  password c4nary\n"),
    "pgpass": (".pgpass", "seen:5432:orders:app:c4nary\n*:*:*:seen:c4nary\n"),
    "htpasswd": ("htpasswd", "seen:$apr1$c4naryc4$naryc4nary\nseen:$2y$05$c4naryc4naryc4nary\n"),
    "htpasswd in Compose": ("a.yml", 'labels:\n  - "traefik.users=seen:$$2y$$05$$c4naryc4naryc4nary"\n'),
    "private key": ("a.pem", f"-----BEGIN PRIVATE KEY-----\n{KEY}\nc4nary==\n-----END PRIVATE KEY-----\nseen\n"),
    "encrypted key": (
        "a.pem",
        f"-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES,c4nary\n\n{KEY}\n-----END RSA PRIVATE KEY-----\nseen\n",
    ),
    "key in YAML": (
        "a.yml",
        f"cert: |\n  -----BEGIN EC PRIVATE KEY-----\n  {KEY}\n  -----END EC PRIVATE KEY-----\nb: seen\n",
    ),
    "key on one line": (
        "a.env",
        f'X="-----BEGIN PRIVATE KEY-----\\n{KEY}\\nc4nary==\\n-----END PRIVATE KEY-----\\n"\nY=seen\n',
    ),
    "key in code": (
        "a.py",
        f'x = ("-----BEGIN PRIVATE KEY-----\\n"\n  "{KEY}\\n" +\n  "-----END PRIVATE KEY-----\\n")\ny = "seen"\n',
    ),
    "key in a comment": (
        "a.sh",
        f"# -----BEGIN OPENSSH PRIVATE KEY-----\n# {KEY}\n# -----END OPENSSH PRIVATE KEY-----\nseen\n",
    ),
    "key that is cut off": ("a.md", f"-----BEGIN PRIVATE KEY-----\n{KEY}\n\nseen, a sentence follows\n"),
    "tokens of makers": ("a.md", "seen\nnpm_c4nary" + "a" * 34 + "\nhf_c4nary" + "b" * 34 + "\n"),
}
INNOCENT = {
    "a.yml": "a:\n  ports:\n    - 127.0.0.1:8005:8005\n  environment:\n    TOKEN_TTL: |\n      60\n",
    "b.yml": "passwords_are: fine\ntext: |\n  how it is set\ndb_password: ${DB_PASSWORD}\nsecrets:\n  - db_password\n",
    "c.yml": "secrets:\n  db_password:\n    file: ./secrets/db.txt\n  r_password:\n    environment: R_PASSWORD\n",
    "d.yaml": "kind: ConfigMap\ndata:\n  level: info\n",
    "README.md": "Password handling\n\nThe password is read from a file.\n\n    redis:6379:0:a b\n",
    "a.py": 'PASSWORD_FILE = """/run/secrets/x\n"""\nNAMES = (\n    "a",\n)\n',
    "b.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "c.sh": "export DB_PASSWORD=$(cat /run/secrets/db_password)\nTOKEN=${TOKEN}\n",
}


def _shown(path: str, text: str) -> str:
    """The diff of an edit at the end, with the whole file around it."""
    lines = "\n".join(line.text for line in file_diff(FileEdit(path, text, text + "# more\n", "")))
    first = "\n".join(line.text for line in file_diff(FileEdit(path, text, "# more\n" + text, "")))
    gone = "\n".join(line.text for line in file_diff(FileEdit(path, text, None, "")))
    return "\n".join((lines, first, gone))


@pytest.mark.parametrize("name", SHAPES)
def test_a_secret_is_masked_wherever_its_lines_are_shown(name: str) -> None:
    path, text = SHAPES[name]
    shown = _shown(path, text)
    assert "c4nary" not in shown and "YzRuYXJ5" not in shown, shown
    assert "***" in shown
    assert "seen" in shown.partition("# more")[2], shown


@pytest.mark.parametrize("path", INNOCENT)
def test_what_is_no_secret_is_shown(path: str) -> None:
    text = INNOCENT[path]
    lines = text.split("\n")
    shown = [
        mask_spans(line, row) for line, row in zip(lines, file_spans(lines, code=path.endswith(".py")), strict=True)
    ]
    assert shown == lines


def test_a_change_next_to_a_secret_and_of_it() -> None:
    before = "db_password: |\n  c4nary one\na: 1\n"
    edit = FileEdit("a.yml", before, "db_password: |\n  c4nary one\n  the wizard's\na: 2\n", "")
    shown = [line.text for line in unified_diff(ChangeSet("market", COMPOSE, (edit,)))]
    assert shown[3:] == [" db_password: |", "   ***", "-a: 1", "+  the wizard's", "+a: 2"]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(" " * n + "db_password: |" for n in range(2000)),
        "-----BEGIN PRIVATE KEY-----\n" + ("+" * 5000 + "x$\n") * 40 + (" " * 5000 + "$\n") * 40,
        "db_password: 'x\n" * 20_000,
        'name: DB_PASSWORD\n"value' * 20_000,
        "kind: X\n---\n" * 20_000,
        "password " * 40_000,
        "x: a://b:" + "${x}" * 5_000,
        "x: a://b:" + "${x:-" * 20_000,
        "a." * 50_000,
    ],
    ids=["deep", "key", "quotes", "pairs", "documents", "words", "variables", "open variables", "a long word"],
)
def test_it_takes_no_longer_than_the_text_is_long(text: str) -> None:
    begun = time.process_time()
    file_spans(text.split("\n"))
    assert time.process_time() - begun < 5
