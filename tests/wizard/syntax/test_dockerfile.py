"""Dockerfiles as BuildKit reads them."""

from __future__ import annotations

import pytest

from wizard.syntax.dockerfile import parse
from wizard.syntax.dockerfile_values import key_values, substitute
from wizard.syntax.trouble import SyntaxTrouble

ODD = """\
# syntax=docker/dockerfile:1
# escape=\\

# a comment
ARG TAG=3.11-slim
FROM --platform=$BUILDPLATFORM python:${TAG} AS base
RUN apt-get update && \\
    # inside the continuation

    apt-get install -y curl \\
 && true
run <<EOF cat > /x
USER nobody
EOF
COPY <<-"A" <<B /etc/
\tone
\tA
two
B
  healthcheck --interval=30s --timeout=3s \\
  CMD curl -f http://localhost:8005/health || exit 1
CMD ["python", "-m", "x.service"]"""


@pytest.mark.parametrize("text", [ODD, ODD.replace("\n", "\r\n"), "\ufeff" + ODD])
def test_instructions_stand_where_they_say(text: str) -> None:
    document = parse(text)
    assert [i.word for i in document.instructions] == ["ARG", "FROM", "RUN", "RUN", "COPY", "HEALTHCHECK", "CMD"]
    assert document.directives == (("syntax", "docker/dockerfile:1"), ("escape", "\\"))
    arg, base, install, here, copy, health, command = document.instructions
    assert (arg.line, base.flag("platform"), base.value) == (5, "$BUILDPLATFORM", "python:${TAG} AS base")
    assert install.value == "apt-get update &&     apt-get install -y curl  && true"
    assert (install.line, install.end_line) == (7, 11)
    assert [(h.name, h.body) for h in here.heredocs] == [("EOF", "USER nobody\n")]
    assert [(h.name, h.body) for h in copy.heredocs] == [("A", "\tone\n"), ("B", "two\n")]
    assert text[health.start : health.end].replace("\r", "").startswith("healthcheck --interval=30s")
    assert health.flags == (("interval", "30s"), ("timeout", "3s"))
    assert health.value == "CMD curl -f http://localhost:8005/health || exit 1"
    assert command.words == ("python", "-m", "x.service")
    assert text[command.value_start : command.end] == '["python", "-m", "x.service"]'
    assert text[base.value_start : base.end] == "python:${TAG} AS base"
    assert command.end == len(text)


def test_the_escape_directive_changes_the_continuation() -> None:
    document = parse("# escape=`\nFROM x\nRUN dir C:\\\nRUN a `\n  b\n")
    assert document.escape == "`"
    assert [i.value for i in document.instructions] == ["x", "dir C:\\", "a   b"]


def test_a_directive_below_a_comment_is_a_comment() -> None:
    assert parse("# hello\n# escape=`\nFROM x\n").escape == "\\"


def test_a_doubled_escape_does_not_continue() -> None:
    assert [i.word for i in parse("RUN echo a\\\\\nUSER x\n").instructions] == ["RUN", "USER"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("FROM x\nFORM y\n", 2, "FORM"), ("FROM x\nRUN <<EOF\nabc\n", 2, "EOF"), ("RUN a\n---\n", 2, "---")],
)
def test_trouble_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(SyntaxTrouble, match=words) as caught:
        parse(text)
    assert caught.value.line == line


def test_no_heredoc_in_quotes_or_here_strings() -> None:
    assert len(parse("RUN echo '<<EOF' && cat <<< x && a << b\nUSER x\n").instructions) == 2


def test_stages_begin_at_from() -> None:
    stages = parse("ARG A\nFROM a AS x\nUSER 1\nFROM b\n").stages
    assert [[i.word for i in stage] for stage in stages] == [["FROM", "USER"], ["FROM"]]


def test_pairs_of_env_and_arg() -> None:
    assert key_values("A=1 B=\"x y\" C='$z' D=a\\ b") == (("A", "1"), ("B", "x y"), ("C", "$z"), ("D", "a b"))
    assert key_values("A some value") == (("A", "some value"),)
    assert key_values("A B=2", bare=True) == (("A", None), ("B", "2"))


def test_substitution() -> None:
    values = {"A": "1", "E": ""}
    assert substitute("$A-${A}-${N:-x${A}}-${E:-y}-${E-z}-${A:+s}-${N:+s}-$N.", values) == "1-1-x1-y--s--."
    assert substitute("\\$A ${A%x} $ ${", values) == "$A ${A%x} $ ${"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("echo $((1<<10))", []),
        ("echo $(( 1 << 10 ))", []),
        ("a<<EOF", []),
        ("cat <<'E F' x", []),
        ("cat <<'END' >x", ["END"]),
        ('cat 3<<-"E"OF', ["EOF"]),
        ("<<A cat <<B", ["A", "B"]),
        ('echo "a <<A b"', []),
        ("echo \\<<A", []),
        ("cat <<\\EOF", ["EOF"]),
        ("cat <<<EOF", []),
    ],
)
def test_here_documents_are_those_of_buildkit(value: str, names: list[str]) -> None:
    bodies = "".join(f"{name}\n" for name in names)
    (instruction, last) = parse(f"RUN {value}\n{bodies}USER x\n").instructions
    assert [heredoc.name for heredoc in instruction.heredocs] == names
    assert last.word == "USER"
