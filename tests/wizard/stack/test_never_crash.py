"""Readers answer for any text: facts, problems, or the one error they promise."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import UnreadableError
from wizard.stack.compose.env_file import env_lines
from wizard.stack.compose.interpolation import interpolate
from wizard.stack.compose.model import read_compose
from wizard.stack.detect.profile_file import read_profile
from wizard.stack.documents.markdown import read_document
from wizard.stack.documents.port_registry import read_registry
from wizard.stack.image.probe import probe

LINES = """
services:|  a:|    build: .|    image: x:1|    ports:|      - "8000:80"|      - 1-2:3|    environment:|      A: 1
      - A=${B:-c}|    extends: a|    <<: *x|x-y: &x {k: v}|include: [b.yml]|# a:|#   image: x|  # c:|  #   build: .
schema: 1|redis: {port: 1}|- 8001: core|8001 – x|# T|```|    x|---|>-|?
"""
TOKENS = "\t { ] ' &a *a !reset !override ${ } $$ : \r \x00 \ufeff \udc80 é \u2028 " + '" # -'
SCRAPS = st.sampled_from(
    [line + "\n" for line in LINES.replace("\n", "|").split("|")]
    + TOKENS.split(" ")
    + ["| a | b |\n|---|---|\n| c |\n"]
)
TEXTS = st.lists(SCRAPS | st.text(max_size=8), max_size=25).map("".join)


@given(TEXTS, TEXTS)
def test_compose(first: str, second: str) -> None:
    model = read_compose(["a.yml", "b.yml"], {"a.yml": first, "b.yml": second, ".env": second}.get)
    lines = {"a.yml": first.count("\n") + 1, "b.yml": second.count("\n") + 1}
    for service in (*model.services, *model.commented):
        for source in service.declared:
            assert 1 <= source.line <= lines[source.path]
            assert service.end_line >= 1


@given(TEXTS)
def test_variables(text: str) -> None:
    interpolate(text, {"A": text})
    env_lines(text)
    probe(["CMD-SHELL", text], {"PORT": text})


@given(TEXTS)
def test_documents(text: str) -> None:
    lines = text.count("\n") + 1
    for section in read_document(text, "x.md").sections:
        assert 1 <= section.source.line <= section.end_line <= lines
    for entry in read_registry(text, "x.md", ("core",)).entries:
        assert 1 <= entry.source.line <= lines


@given(TEXTS)
def test_profile(text: str) -> None:
    with suppress(UnreadableError):
        read_profile(text)
    with suppress(UnreadableError):
        read_profile("schema: 1\n" + text)
