"""Variables in Dockerfiles: what Docker makes of them, and the bounds that no file gets past."""

from __future__ import annotations

import contextlib
import time

import pytest

from wizard.stack.image.dockerfile import read_dockerfile
from wizard.syntax.dockerfile_values import LONGEST, TooLargeError, key_values, substitute


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${N-unset}", "unset"),
        ("${E-unset}", ""),
        ("${E+set}${N+set}", "set"),
        ("${N:-${A:-x}}", "1"),
        ("${N:-{}}", "{}"),
        ("${A:-never ${N", "${A:-never ${N"),
        ("${A", "${A"),
        ("$1 $$ $", "$1 $$ $"),
    ],
)
def test_forms(text: str, filled: str) -> None:
    assert substitute(text, {"A": "1", "E": ""}) == filled


def test_kept_names_stay_as_written() -> None:
    assert substitute("$A $N ${E}/${N:-d}", {"A": "1", "E": ""}, keep=True) == "1 $N ${E}/d"


def test_single_quotes_and_escapes_keep_the_dollar() -> None:
    found = key_values('A=\'$X\' B="$X" C=$X D=\\$X E="\\$X"', values={"X": "v"})
    assert found == (("A", "$X"), ("B", "v"), ("C", "v"), ("D", "$X"), ("E", "$X"))


@pytest.mark.parametrize("text", ["${A:-" * 60 + "}" * 60, "$B" * 3])
def test_too_deep_or_too_large(text: str) -> None:
    with pytest.raises(TooLargeError):
        substitute(text, {"B": "x" * (LONGEST // 2)})


def _bomb(word: str, start: str) -> str:
    lines = [f"{word} A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 60)]
    return f"{word} A0={start}\n" + "".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        _bomb("ARG", "xxxxxxxx") + "FROM python:3.12-slim\nARG A59\nLABEL a=$A59\nUSER 10001\n",
        "FROM python:3.12-slim\n" + _bomb("ENV", "y" * 100) + "USER 10001\n",
        "FROM python:3.12-slim\n" + _bomb("ARG", "z") + "RUN echo $A59$A58\nUSER 10001\n",
    ],
)
def test_values_that_double_end_in_a_finding(text: str) -> None:
    facts = read_dockerfile(text, "Dockerfile")
    assert any("characters" in problem.message for problem in facts.problems)
    assert facts.user is not None and facts.user.value == "10001"


@pytest.mark.parametrize("piece", ["${N:-", "$N ", "${N:-x} ", "\\$", "}"])
def test_the_cost_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text, begin = piece * size, time.process_time()
        for _ in range(3):
            with contextlib.suppress(TooLargeError):
                substitute(text, {"N": "1"})
        return time.process_time() - begin

    assert seconds(40_000) < 12 * seconds(10_000) + 0.1


def test_an_argument_without_a_value_is_not_an_empty_one() -> None:
    text = "ARG V\nARG E=\nFROM python:${V-3.12}-${E:-slim}\nARG V\nENV W=${V:-w}\n"
    facts = read_dockerfile(text, "Dockerfile")
    assert [(base.image, base.tag) for base in facts.bases] == [("python", "3.12-slim")]
    assert [(name, value) for name, value, _ in facts.env] == [("W", "w")]


def test_what_the_build_is_given_comes_first() -> None:
    text = "ARG V=3.9\nFROM python:${V}-slim\nARG PORT=1\nEXPOSE ${PORT}\n"
    facts = read_dockerfile(text, "Dockerfile", given={"V": "3.12", "PORT": "8005"})
    assert facts.bases[0].tag == "3.12-slim"
    assert [fact.value for fact in facts.expose] == [8005]
