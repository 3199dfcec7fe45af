"""The same image references put to every room that reads them: Dockerfile reader, digests, audit, plan, the form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wizard.plan.splice.dockerfile import pin_from
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.base_images import asks_ipv6_first, known_users, python_of
from wizard.rules.images import is_digest, is_official, is_pinned, parse_image, pinned_problem, same_image, split_image
from wizard.stack.image.dockerfile import read_dockerfile

DIGEST = "sha256:" + "0123456789abcdef" * 4
# reference, familiar name, tag as written, digest, official
ROWS: list[tuple[str, str, str, str, bool]] = [
    ("python", "python:latest", "", "", True),
    ("python:3.12-slim", "python:3.12-slim", "3.12-slim", "", True),
    (f"python:3.12@{DIGEST}", "python:3.12", "3.12", DIGEST, True),
    (f"python@{DIGEST}", "python:latest", "", DIGEST, True),
    ("library/python:3", "python:3", "3", "", True),
    ("docker.io/python:3", "python:3", "3", "", True),
    ("docker.io/library/python:3", "python:3", "3", "", True),
    ("index.docker.io/library/python:3", "python:3", "3", "", True),
    ("registry-1.docker.io/library/python:3", "python:3", "3", "", True),
    ("grafana/grafana:11", "grafana/grafana:11", "11", "", False),
    ("localhost/x:1", "localhost/x:1", "1", "", False),
    ("localhost:5000/a/b", "localhost:5000/a/b:latest", "", "", False),
    ("registry:5000/python:3.9", "registry:5000/python:3.9", "3.9", "", False),
    (f"ghcr.io/o/x:2@{DIGEST}", "ghcr.io/o/x:2", "2", DIGEST, False),
    ("quay.io/a/b.c-d_e:1.0_rc", "quay.io/a/b.c-d_e:1.0_rc", "1.0_rc", "", False),
    ("[::1]:5000/x:1", "[::1]:5000/x:1", "1", "", False),
]


@pytest.mark.parametrize(("reference", "familiar", "tag", "digest", "official"), ROWS, ids=[row[0] for row in ROWS])
def test_every_room_reads_the_same(reference: str, familiar: str, tag: str, digest: str, official: bool) -> None:
    name = parse_image(reference)
    written, written_tag, written_digest = split_image(reference)
    base = read_dockerfile(f"FROM {reference}\n", "Dockerfile").bases[0]
    assert (name.familiar, name.digest) == (familiar, digest)
    assert (base.image, base.tag, base.digest) == (written, written_tag, written_digest) == (written, tag, digest)
    assert is_official(written) is official
    assert same_image(reference, familiar)
    assert is_digest(digest) is bool(digest)


@pytest.mark.parametrize("bad", ["", "sha256:", "sha256:" + "0" * 63, "sha256:" + "G" * 64, "sha512:0", "0" * 64])
def test_what_is_no_digest_is_none_anywhere(bad: str) -> None:
    assert not is_digest(bad)
    assert not is_pinned(f"python:3@{bad}")
    assert pinned_problem(f"python:3@{bad}")
    with pytest.raises(SpliceRefused):
        pin_from("FROM python:3\n", 1, bad)


def _base(reference: str) -> Any:
    return read_dockerfile(f"FROM {reference}\n", "services/market/Dockerfile").bases[0]


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("python:3.9", (3, 9)),
        ("python:3.13.1-alpine3.20", (3, 13)),
        ("docker.io/library/python:3.10-slim-bookworm", (3, 10)),
        ("public.ecr.aws/lambda/python:3.11", (3, 11)),
        ("mcr.microsoft.com/devcontainers/python:1-3.12-bullseye", (3, 12)),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", (3, 12)),
        ("ghcr.io/astral-sh/uv:0.5-python3.9-alpine", (3, 9)),
        ("tiangolo/uvicorn-gunicorn:python3.8-slim", (3, 8)),
        ("gcr.io/distroless/python3-debian12", (3, 11)),
        ("pypy:3.10-slim", (3, 10)),
        ("x/y:py39", (3, 9)),
        ("python:3", None),
        ("python:alpine3.20", None),
        ("python:latest", None),
        ("python:slim", None),
        ("python:${V}", None),
        ("debian:12", None),
        ("node:18", None),
    ],
)
def test_the_python_of_an_image(reference: str, version: tuple[int, int] | None) -> None:
    base = _base(reference)
    assert python_of(base.image, base.tag) == version


@pytest.mark.parametrize(
    ("image", "tag", "user", "known"),
    [
        ("python", "3.12-slim", "www-data", True),
        ("python", "3.12-alpine", "www-data", False),
        ("python", "3.12-alpine", "nobody", True),
        ("python", "3.12-slim", "node", False),
        ("node", "20-alpine", "node", True),
        ("gcr.io/distroless/python3-debian12", "", "nonroot", True),
        ("example.org/own", "1", "nobody", False),
    ],
)
def test_users_of_base_images(image: str, tag: str, user: str, known: bool) -> None:
    assert (user in known_users(image, tag)) is known


@pytest.mark.parametrize(
    ("text", "tool", "first"),
    [
        ("FROM python:3.12-alpine\n", "wget", True),
        ("FROM alpine:3.20\n", "nc", True),
        ("FROM alpine\nRUN apk add --no-cache wget\n", "wget", False),
        ("FROM python:3.12-alpine\n", "python", False),
        ("FROM python:3.12\n", "wget", False),
    ],
)
def test_who_asks_ipv6_first(text: str, tool: str, first: bool) -> None:
    facts = read_dockerfile(text, "Dockerfile")
    assert asks_ipv6_first(replace(facts), tool) is first
