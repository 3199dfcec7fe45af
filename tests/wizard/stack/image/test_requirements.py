"""Requirements files as pip reads them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed

from wizard.stack.image.requirements import read_requirements
from wizard.stack.python.third_party import distributions, is_stdlib, normalise
from wizard.values.facts.code import RequirementsFacts


def read(text: str, **files: str) -> RequirementsFacts:
    known = {
        "s/requirements.txt": text,
        **{name.replace("__", "/") + ".txt": content for name, content in files.items()},
    }
    return read_requirements("s/requirements.txt", known.get)


def lines(facts: RequirementsFacts) -> list[tuple[str, str, bool, int]]:
    return [(r.name, r.specifier, r.pinned, r.source.line) for r in facts.requirements]


@pytest.mark.parametrize(
    ("line", "name", "pinned"),
    [
        ("flask==3.1.0", "flask", True),
        ("Flask_Cors == 4.0", "flask-cors", True),
        ("flask", "flask", False),
        ("flask>=3", "flask", False),
        ("flask~=3.1.0", "flask", False),
        ("flask==3.*", "flask", False),
        ("flask===3.1", "flask", True),
        ("psycopg[binary,pool]==3.2.1", "psycopg", True),
        ("uvloop==0.19; sys_platform != 'win32'", "uvloop", True),
        ("flask==3.1.0  # web", "flask", True),
        ("flask>=3,<4", "flask", False),
        ("pip @ https://x.org/pip-24.tar.gz", "pip", True),
        ("git+https://github.com/a/some-lib.git@v1#egg=some_lib", "some-lib", True),
        ("git+ssh://git@github.com/a/some-lib.git@v1", "some-lib", True),
        ("https://x.org/some_lib-1.2-py3-none-any.whl", "some-lib", True),
        ("-e ../libs/shared", "shared", True),
        ("./libs/shared", "shared", True),
    ],
)
def test_one_line(line: str, name: str, pinned: bool) -> None:
    facts = read(line + "\n")
    assert [(r.name, r.pinned) for r in facts.requirements] == [(name, pinned)]
    assert facts.problems == ()


_NUMBER = st.sampled_from(
    ["0", "1", "01", "2.0", "3.11.4", "1.*", "2.1.*", "1.0a1", "1.0.post2", "2rc1", "x", "1.0+local.1", ""]
)
_OPERATOR = st.sampled_from(["==", ">=", "<=", "<", ">", "!=", "~=", "===", "=", "=>"])
_BLANK = st.sampled_from(["", "", " ", "  "])
_CLAUSE = st.builds(lambda *parts: "".join(parts), _BLANK, _OPERATOR, _BLANK, _NUMBER, _BLANK)
_EXTRAS = st.sampled_from(["", "", "[a]", "[a,b-c]", " [ a , b ] ", "[]", "[a,]", "[-a]", "[a"])
_NAMES = st.sampled_from(["flask", "Flask_Cors", "a.b", "x", "x-", "é", "9"])


@given(_NAMES, _EXTRAS, st.lists(_CLAUSE, max_size=3))
def test_what_is_read_without_packaging_is_what_packaging_reads(name: str, extras: str, clauses: list[str]) -> None:
    line = f"{name}{extras}{','.join(clauses)}"
    facts = read(line)
    try:
        parsed = Parsed(line)
    except InvalidRequirement:
        assert not facts.requirements
        assert facts.problems
        return
    exact = any(s.operator in ("==", "===") and not s.version.endswith("*") for s in parsed.specifier)
    (found,) = facts.requirements
    assert (found.name, found.specifier, found.pinned) == (normalise(parsed.name), str(parsed.specifier), exact)


def test_most_lines_need_no_packaging() -> None:
    code = (
        "import sys; from wizard.stack.image.requirements import read_requirements as read; "
        "text = 'flask\\nredis>=5,<6\\nuvicorn[standard] ~= 0.30.1\\npsycopg==3.2.1\\nnumpy != 2.0.*\\n'; "
        "assert len(read('r.txt', {'r.txt': text}.get).requirements) == 5; print('packaging' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_hashes_continuations_comments_and_options() -> None:
    flask = "flask==3.1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    facts = read(f"\ufeff--index-url https://x\n# comment\n\n{flask}redis>=5 --hash=sha256:cc\n")
    assert lines(facts) == [("flask", "==3.1.0", True, 4), ("redis", ">=5", True, 7)]


def test_includes_and_constraints() -> None:
    facts = read(
        "-r base.txt\n--constraint=../constraints.txt\nredis\nflask\n",
        s__base="pydantic==2.1\n-r requirements.txt\n",
        constraints="redis==5.0\nnever==1\n",
    )
    assert [(r.name, r.pinned, str(r.source)) for r in facts.requirements] == [
        ("pydantic", True, "s/base.txt:1"),
        ("redis", True, "s/requirements.txt:3"),
        ("flask", False, "s/requirements.txt:4"),
    ]


def test_a_missing_include_and_a_missing_file() -> None:
    facts = read("flask==3.1\n-r gone.txt\n")
    assert [(p.message, p.source.line) for p in facts.problems] == [("s/gone.txt does not exist", 2)]
    assert read_requirements("no.txt", lambda path: None).problems[0].source.path == "no.txt"


@pytest.mark.parametrize("line", ["flask=3.1", "this is not one", "flask==", "==3.1", "fla$k", "flask;;"])
def test_an_unparsable_line_is_a_problem(line: str) -> None:
    facts = read(f"redis==5.0\n{line}\n")
    assert [p.source.line for p in facts.problems] == [2]
    assert [r.name for r in facts.requirements] == ["redis"]


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    read(text)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("yaml", "pyyaml"),
        ("dotenv", "python-dotenv"),
        ("psycopg2", "psycopg2-binary"),
        ("cv2", "opencv-python"),
        ("PIL", "pillow"),
        ("sklearn", "scikit-learn"),
        ("jwt", "pyjwt"),
        ("dateutil", "python-dateutil"),
        ("redis.asyncio", "redis"),
        ("prometheus_client", "prometheus-client"),
        ("flask_socketio", "flask-socketio"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("some_lib", "some-lib"),
        ("bs4", "beautifulsoup4"),
        ("jose", "python-jose"),
        ("magic", "python-magic"),
        ("serial", "pyserial"),
        ("googleapiclient.discovery", "google-api-python-client"),
        ("google.protobuf", "protobuf"),
        ("google.cloud.bigquery", "google-cloud-bigquery"),
        ("corsheaders", "django-cors-headers"),
        ("rest_framework_simplejwt.views", "djangorestframework-simplejwt"),
        ("sqlalchemy.orm", "flask-sqlalchemy"),
        ("wtforms", "flask-wtf"),
        ("win32com.client", "pywin32"),
    ],
)
def test_what_an_import_needs(module: str, name: str) -> None:
    assert name in distributions(module)


def test_installed_distributions_help_only_when_nothing_else_explains_the_import() -> None:
    assert "pytest-timeout" not in distributions("pytest_timeout_x", frozenset({"flask"}))
    assert "google-cloud-weird" in distributions("google.other", frozenset({"google-cloud-weird"}))


@pytest.mark.parametrize(
    "module", ["yaml", "docker", "git", "redis", "pydantic", "typing_extensions", "_pytest", "jinja2"]
)
def test_what_is_installed_is_found_as_its_metadata_says(module: str) -> None:
    says = {normalise(name) for name in packages_distributions().get(module, ())}
    own = set(distributions(module))
    assert {*distributions(module, frozenset({"no-such-distribution"}))} == own | says


def test_standard_library_of_any_version() -> None:
    assert is_stdlib("distutils.core") and is_stdlib("tomllib") and is_stdlib("os.path")
    assert not is_stdlib("flask")
    assert normalise("Flask._Cors") == "flask-cors"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_with_a_byte_order_mark_are_read_as_pip_reads_them(encoding: str, newline: str) -> None:
    """`pip freeze > requirements.txt` in Windows PowerShell writes UTF-16 (pip: `auto_decode` goes by the mark)."""
    text = "\ufeff" + newline.join(("blinker==1.9.0", "# web", "Flask==3.1.0", "café-Ü # no name", ""))
    found = read(text.encode(encoding).decode("utf-8", "surrogateescape"))
    assert lines(found) == [("blinker", "==1.9.0", True, 1), ("flask", "==3.1.0", True, 3)]
    assert [problem.source.line for problem in found.problems] == [4]
