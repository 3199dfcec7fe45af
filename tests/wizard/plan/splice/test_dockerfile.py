"""Dockerfile edits: examples of each, and law 5 on files in many styles."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.container.probes import health_check_source
from wizard.plan.splice.dockerfile import (
    add_healthcheck,
    pin_from,
    replace_healthcheck,
    replace_healthcheck_port,
    set_user,
)
from wizard.plan.splice.text import Splice, SpliceRefused
from wizard.syntax.dockerfile import parse

DIGEST = "sha256:" + "ab" * 32
CHECK = health_check_source(8005)


def _added(splice: Splice) -> list[str]:
    """The lines that are new, provided that none is gone."""
    delta = list(difflib.ndiff(splice.before.splitlines(), splice.after.splitlines()))
    assert not [line for line in delta if line.startswith("- ")]
    return [line[2:] for line in delta if line.startswith("+ ")]


def test_user_goes_before_the_command_and_its_comments() -> None:
    text = 'FROM a\nRUN x\n\n# start it\nCMD ["x"]\n'
    assert set_user(text, "10001:10001").after == 'FROM a\nRUN x\n\nUSER 10001:10001\n\n# start it\nCMD ["x"]\n'


def test_a_last_root_user_is_replaced_in_place() -> None:
    text = "FROM a\nRUN x\nuser root  \nEXPOSE 1\nCMD y\n"
    assert set_user(text, "app").after == "FROM a\nRUN x\nuser app\nEXPOSE 1\nCMD y\n"


def test_a_root_user_that_something_is_built_as_stays() -> None:
    text = "FROM a\nUSER root\nRUN apt-get install x\nCMD y"
    assert set_user(text, "app").after == "FROM a\nUSER root\nRUN apt-get install x\nUSER app\nCMD y"


def test_the_style_of_the_file_is_followed() -> None:
    assert set_user("from a\r\nrun x\r\ncmd y\r\n", "app").after == "from a\r\nrun x\r\nuser app\r\ncmd y\r\n"
    assert set_user("FROM a\nRUN x", "app").after == "FROM a\nRUN x\nUSER app"
    windows = "# escape=`\nFROM a\nCMD y\n"
    assert "retries=3 `\n    CMD [" in add_healthcheck(windows, CHECK).after


def test_only_the_last_stage_is_edited() -> None:
    text = 'FROM a AS b\nUSER root\nCMD z\nFROM c\nCOPY --from=b x y\nENTRYPOINT ["e"]\nCMD ["f"]\n'
    assert _added(set_user(text, "1")) == ["USER 1"]
    assert set_user(text, "1").after.endswith('x y\nUSER 1\nENTRYPOINT ["e"]\nCMD ["f"]\n')


def test_an_image_built_after_its_command_is_refused() -> None:
    with pytest.raises(SpliceRefused) as caught:
        set_user("FROM a\nCMD x\nRUN y\n", "app")
    assert (caught.value.line, caught.value.paste) == (2, "USER app\n")


def test_health_checks() -> None:
    text = "FROM a\nHEALTHCHECK NONE\nCMD x\n"
    assert add_healthcheck(text, CHECK).after == f"FROM a\n{CHECK}\nCMD x\n"
    curl = "FROM a\nHEALTHCHECK --interval=8006s \\\n  CMD curl -f http://localhost:8006/health || exit 1\nCMD x\n"
    ported = replace_healthcheck_port(curl, 8006, 8005)
    assert ported.after == curl.replace(":8006", ":8005")
    assert replace_healthcheck(curl, CHECK).after == f"FROM a\n{CHECK}\nCMD x\n"
    with pytest.raises(SpliceRefused, match="literally"):
        replace_healthcheck_port(curl.replace(":8006", ":$PORT"), 8006, 8005)
    with pytest.raises(SpliceRefused, match="comments"):
        replace_healthcheck(curl.replace("\\\n", "\\\n  # why\n"), CHECK)


def test_digests_keep_the_tag() -> None:
    text = "ARG V=1\nFROM --platform=linux/amd64 python:3.11-slim AS base # no comment\nFROM base\n"
    assert pin_from(text, 2, DIGEST).after == text.replace("slim AS", f"slim@{DIGEST} AS")
    again = pin_from(text, 2, DIGEST).after
    other = "sha256:" + "cd" * 32
    assert pin_from(again, 2, other).after == again.replace(DIGEST, other)
    for bad, line in ((text.replace("3.11", "${V}"), 2), (text, 1), (text, 9)):
        with pytest.raises(SpliceRefused):
            pin_from(bad, line, DIGEST)
    with pytest.raises(SpliceRefused):
        pin_from(text, 2, "sha256:abc")


def test_a_file_that_is_no_dockerfile_is_refused_with_its_line() -> None:
    with pytest.raises(SpliceRefused, match="unknown instruction") as caught:
        set_user("FROM a\nNONSENSE\n", "app")
    assert caught.value.line == 2


PIECES = [
    "RUN a && \\\n    # inside\n\n    b",
    'ENV A=1 \\\n  B="x y"',
    "RUN <<EOF\nUSER root\nCMD nothing\nEOF",
    "COPY <<A <<-B /x/\none\nA\n\tHEALTHCHECK\n\tB",
    "EXPOSE 8006",
    'LABEL ü="日本 🎉"',
    "# USER commented",
    "",
    "WORKDIR /app",
    "USER root",
    "USER build",
    "   ARG X=${Y:-z}",
    'SHELL ["/bin/sh", "-c"]',
    'RUN echo "HEALTHCHECK NONE"',
]
STARTS = [
    'CMD ["python", "-m", "x"]',
    'ENTRYPOINT ["./run"]\nCMD ["a"]',
    "# start\ncmd python x.py",
    "",
    "\n\nCMD \\\n  python",
]


@st.composite
def dockerfiles(draw: Any) -> str:
    parts: list[str] = list(draw(st.sampled_from([[], ["# syntax=docker/dockerfile:1"], ["# about this file", ""]])))
    for stage in range(draw(st.integers(1, 3))):
        parts.append(
            draw(st.sampled_from([f"FROM python:3.11-slim AS s{stage}", "FROM --platform=$P alpine:3", "from scratch"]))
        )
        parts += draw(st.lists(st.sampled_from(PIECES), max_size=5))
    parts += draw(st.sampled_from([[], ["HEALTHCHECK --timeout=3s CMD curl -f http://localhost:8006/ || exit 1"]]))
    parts.append(draw(st.sampled_from(STARTS)))
    text = "\n".join(parts) + str(draw(st.sampled_from(["\n", "", "\n\n", "\n# end\n"])))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return str(draw(st.sampled_from(["", "\ufeff"]))) + text.replace("\n", str(newline))


def _essence(text: str, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """What BuildKit would see, without the instructions that were meant to change."""
    return [(i.word, i.value) for i in parse(text).instructions if i.word not in words]


@given(dockerfiles())
def test_every_file_ends_as_the_wanted_user(text: str) -> None:
    splice = set_user(text, "10001:10001")
    assert _essence(splice.after, ("USER",)) == _essence(text, ("USER",))
    users = [i for i in parse(splice.after).stages[-1] if i.word == "USER"]
    assert users[-1].value == "10001:10001"
    assert splice.after.replace("\r\n", "").count("\n") == 0 or "\r\n" not in text
    assert len(splice.after.splitlines()) - len(text.splitlines()) in (0, 1, 2)


@given(dockerfiles())
def test_every_file_gets_its_health_check(text: str) -> None:
    try:
        splice = add_healthcheck(text, CHECK)
    except SpliceRefused as refused:
        assert refused.paste == CHECK + "\n"
        return
    assert _essence(splice.after, ("HEALTHCHECK",)) == _essence(text, ("HEALTHCHECK",))
    checks = [i for i in parse(splice.after).stages[-1] if i.word == "HEALTHCHECK"]
    assert checks[-1].flag("interval") == "15s"
    assert "127.0.0.1:8005/health" in checks[-1].value


@given(dockerfiles())
def test_every_from_can_be_pinned(text: str) -> None:
    for instruction in [i for i in parse(text).instructions if i.word == "FROM"]:
        splice = pin_from(text, instruction.line, DIGEST)
        assert splice.after.replace(f"@{DIGEST}", "") == text


@given(dockerfiles())
def test_ports_change_in_the_check_alone(text: str) -> None:
    if "HEALTHCHECK --timeout" not in text:
        return
    splice = replace_healthcheck_port(text, 8006, 8005)
    assert splice.after.count("8005") == 1
    assert splice.after.replace("8005", "8006") == text
