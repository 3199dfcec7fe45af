"""The rules for names and ports, used by the form while typing and by the headless door alike.

Each function returns the problem as a sentence, or an empty string.
"""

from __future__ import annotations

import keyword
import re
import sys

MAX_NAME = 63
LOWEST_PORT = 1024
HIGHEST_PORT = 65535
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]*\Z")
_NUMBER = re.compile(r"-?[0-9]{1,9}\Z")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:\-]*@sha256:[0-9a-f]{64}\Z")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*\Z")
THIRD_PARTY = frozenset(
    {
        "flask",
        "redis",
        "waitress",
        "pydantic",
        "psycopg",
        "prometheus_client",
        "pydantic_settings",
        "tests",
        "services",
        "templates",
        "wizard",
        "screens",
        "pytest",
        "conftest",
    }
)


def service_name(text: str) -> str:
    """A service's name is its Python package, compose key and DNS label: what is wrong with `text` as such, or ''."""
    if not text:
        return "a service needs a name"
    if len(text) > MAX_NAME:
        return f"the name has {len(text)} characters; a DNS label holds {MAX_NAME}"
    if not _NAME.match(text):
        return "use lower-case letters, digits and underscores, starting with a letter"
    if keyword.iskeyword(text) or keyword.issoftkeyword(text):
        return f"{text!r} is a Python keyword"
    if text in sys.stdlib_module_names:
        return f"{text!r} is a module of Python's standard library and would hide it"
    if text in THIRD_PARTY:
        return f"{text!r} is a package the service imports and would be hidden"
    return ""


def identifier(text: str) -> str:
    """A field, column, table or handler name: what is wrong with it, or ''."""
    if not text:
        return "a name is missing"
    if len(text) > MAX_NAME:
        return f"{text!r} is longer than {MAX_NAME} characters"
    if not _NAME.match(text):
        return f"{text!r}: use lower-case letters, digits and underscores, starting with a letter"
    return f"{text!r} is a Python keyword" if keyword.iskeyword(text) else ""


def channel(text: str) -> str:
    """A Redis channel name: what is wrong with it, or ''."""
    if not text:
        return "a channel needs a name"
    return "" if _CHANNEL.match(text) else f"{text!r}: use letters, digits, '_', '-', '.' and ':'"


def variable(text: str) -> str:
    """An environment variable's name: what is wrong with it, or ''."""
    return "" if _VARIABLE.match(text) else f"{text!r}: use capital letters, digits and underscores"


def port(value: int | str) -> str:
    """A published port as such (who holds it is the registry's matter): what is wrong with it, or ''."""
    if not _NUMBER.match(str(value)):
        return f"{value!r} is not a number"
    number = int(value)
    if not LOWEST_PORT <= number <= HIGHEST_PORT:
        return f"{number} is outside {LOWEST_PORT} to {HIGHEST_PORT}"
    return ""


def base_image(text: str) -> str:
    """A pinned base image: what is wrong with it, or '' (empty text is left to the wizard)."""
    if not text or _IMAGE.match(text):
        return ""
    return f"{text!r}: give NAME:TAG@sha256: and 64 hex digits, as `docker buildx imagetools inspect` shows them"
