"""Words for an installer (PEP 508) of what Poetry and pipenv write.

What is no requirement by that grammar is left out: these words end on a command line, and a path or an option among
them would do what nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wizard.values.pattern import lazy_pattern

_NUMBER = lazy_pattern(r"(?P<mark>[\^~]?)(?P<release>\d+(?:\.\d+)*)(?P<rest>[\w.+-]*)\Z")
_OPERATOR = lazy_pattern(r"[<>=!]|~=")
Table = Mapping[str, Any]


def of_table(given: Table) -> Iterator[str]:
    """Yields those of a table of Poetry or pipenv, name -> constraint (https://python-poetry.org/docs/dependency-specification/)."""
    for name, said in given.items():
        entry = said[0] if isinstance(said, list) and said else said
        options = table(entry)
        elsewhere = {"git", "path", "url", "file"} & set(options)
        if name == "python" or elsewhere or options.get("optional") is True:
            continue
        version = str(options.get("version", "*")) if options else str(entry)
        extras = ",".join(of_list(options.get("extras")))
        markers = options.get("markers")
        yield f"{name}{f'[{extras}]' if extras else ''}{_range(version)}{f' ; {markers}' if markers else ''}"


def _range(text: str) -> str:
    """A constraint in Poetry's words as PEP 440 has it: `^1.2` is `>=1.2,<2`; one with `||` is left to the
    installer."""
    if "|" in text:
        return ""
    return ",".join(part for word in text.replace(" ", "").split(",") if (part := _part(word)))


def _part(word: str) -> str:
    if _OPERATOR.match(word):
        return word
    number = _NUMBER.match(word)
    if number is None or not number["mark"]:
        return f"=={word}" if word.strip("*") else ""
    release = [int(part) for part in number["release"].split(".")]
    if number["mark"] == "~":
        fixed = min(len(release), 2) - 1
    else:
        fixed = next((place for place, part in enumerate(release) if part), len(release) - 1)
    upper = [*release[:fixed], release[fixed] + 1]
    return f">={word[1:]},<{'.'.join(map(str, upper))}"


def of_list(value: object) -> Iterator[str]:
    """Yields the words of a list, nothing for what is none."""
    yield from (word for word in value if isinstance(word, str)) if isinstance(value, list) else ()


def table(value: object) -> Table:
    """Returns a table, an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}


def valid(words: Iterable[str]) -> tuple[str, ...]:
    """Returns those that are requirements by name, each once."""
    from packaging.requirements import InvalidRequirement, Requirement

    found: dict[str, None] = {}
    for word in words:
        bare = word.partition("#")[0].strip()
        try:
            if bare and Requirement(bare).url is None:
                found[bare] = None
        except InvalidRequirement:
            continue
    return tuple(found)
