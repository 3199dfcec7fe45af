"""A sample of `make test-fuzz` for every day, and the control: every kind of fault is found when it is there."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.bounded import EscapeError, Result, fuzz
from tests.fuzz.inputs import TEXTS
from tests.fuzz.parsers import PARSERS


@pytest.mark.parametrize("name", PARSERS)
def test_every_parser_answers_or_refuses(name: str) -> None:
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def answers(text: str) -> None:
        PARSERS[name](text)

    answers()


def _bad(kind: str) -> Result:
    """In a process of its own: its hook and its limit stay."""

    def parser(text: str) -> object:
        if kind == "traceback":
            return [][1]
        if kind == "hang":
            while True:
                pass
        if kind == "memory":
            return bytearray(2**30)
        if kind == "escape":
            raise EscapeError(text)
        return Path("/dev/full").open("w")

    return fuzz(parser, st.just("x"), 2.5 if kind == "hang" else 0.2)


@pytest.mark.parametrize("kind", ["traceback", "hang", "memory", "outside", "escape"])
def test_what_is_wrong_is_found(kind: str) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        result = pool.submit(_bad, kind).result()
    assert set(result.faults) == {kind}
    assert result.inputs > 0
