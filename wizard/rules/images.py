"""Answers what an image reference names: registry, repository, tag and digest, and whether two name the same image."""

from __future__ import annotations

import re

from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

HUB = "docker.io"
_HUBS = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})
_DIGEST = lazy_pattern(r"sha256:[0-9a-f]{64}\Z")
_REFERENCE = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9._/:\-]*\Z")


@dataclass(frozen=True, slots=True)
class ImageName:
    """`REGISTRY/REPOSITORY:TAG@DIGEST` in its parts, as the engine reads it (`python` is
    `docker.io/library/python:latest`)."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    @property
    def familiar(self) -> str:
        """The name as people write it: without `docker.io/library/`."""
        repository = (
            self.repository.removeprefix("library/") if self.registry == HUB else f"{self.registry}/{self.repository}"
        )
        return f"{repository}:{self.tag}"


def split_image(reference: str) -> tuple[str, str, str]:
    """Returns (name, tag, digest) of `registry:5000/name:tag@sha256:…` as written, each '' when absent. A colon inside
    `${…}` separates nothing."""
    rest, _, digest = reference.partition("@")
    folder, slash, last = rest.rpartition("/") if "${" not in rest else _split_outside(rest)
    match = re.match(r"((?:\$\{[^}]*\}?|[^:$]|\$(?!\{))*):?(.*)\Z", last, re.DOTALL)
    name, tag = (match[1], match[2]) if match else (last, "")
    return f"{folder}{slash}{name}", tag, digest


def _split_outside(text: str) -> tuple[str, str, str]:
    """The text before and after its last slash outside `${…}`."""
    bare = re.sub(r"\$\{[^}]*\}", lambda match: "_" * len(match[0]), text)
    at = bare.rfind("/")
    return (text[:at], "/", text[at + 1 :]) if at >= 0 else ("", "", text)


def parse_image(text: str) -> ImageName:
    """Returns the parts of an image reference. Raises `ValueError` for one without a repository."""
    rest, _, digest = text.strip().partition("@")
    first, slash, more = rest.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first, more) if is_host else (HUB, rest)
    repository, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = path, "latest"
    if not repository:
        raise ValueError(f"{text!r} names no image")
    if registry in _HUBS:
        registry, repository = HUB, repository if "/" in repository else f"library/{repository}"
    return ImageName(registry, repository, tag, digest)


def same_image(one: str, other: str) -> bool:
    """Tells whether two references name one image: `python`, `docker.io/library/python:latest` and
    `python:latest@sha256:…` do."""
    try:
        first, second = parse_image(one), parse_image(other)
    except ValueError:
        return False
    return (first.registry, first.repository, first.tag) == (second.registry, second.repository, second.tag)


def is_official(name: str) -> bool:
    """Tells whether a name (without a tag) is one of Docker's own images, on the Hub or on Amazon's copy of it."""
    if name.startswith("public.ecr.aws/docker/library/"):
        return True
    try:
        found = parse_image(name)
    except ValueError:
        return False
    return found.registry == HUB and found.repository.startswith("library/")


def is_digest(text: str) -> bool:
    """Tells whether a text is a digest as registries give it: `sha256:` and 64 hexadecimal digits."""
    return bool(_DIGEST.match(text))


def is_pinned(reference: str) -> bool:
    """Tells whether a reference names an image and its digest."""
    name, _, digest = reference.partition("@")
    return bool(_REFERENCE.match(name)) and is_digest(digest)


def pinned_problem(text: str) -> str:
    """Returns what is wrong with a pinned base image as a sentence, or '' (empty text is left to the wizard)."""
    if not text or is_pinned(text):
        return ""
    return f"{text!r}: give NAME:TAG@sha256: and 64 hex digits, as `docker buildx imagetools inspect` shows them"
