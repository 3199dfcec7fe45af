"""What a person meant by a word: the nearest known one, a phase or an item in another spelling."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.values.pattern import lazy_pattern

_RANGE = lazy_pattern(r"(?P<first>.*?)\s*(?:\.{2,}|…|(?<=\d)\s*[-–—]\s*(?=\d))\s*(?P<last>.*)")
_ITEM = lazy_pattern(r"(?:item)?[\s_-]*0*(?P<phase>[1-9]\d*|0|x)[.,]0*(?P<number>[1-9]\d*|0)")
_PHASE = lazy_pattern(r"(?:phase)?[\s_-]*(?P<word>.*?)(?:\s*/\s*(?P<total>\d+))?")


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Returns the known word that is most like `word`, in any case; '' where none is like it."""
    from difflib import get_close_matches  # only a word that is wrong needs it

    words = {one.lower(): one for one in known}
    found = get_close_matches(word.strip().lower(), words, n=1, cutoff=cutoff)
    return words[found[0]] if found else ""


def meant(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Returns `did you mean compose? ` for the beginning of a next step, or ''."""
    near = nearest(word, known, cutoff)
    return f"did you mean {near}? " if near else ""


def item_word(text: str) -> str:
    """Returns an item as the checklist writes it: `3.5` for `03.5`, `3,5` and `Item 3.5`; other text as it is."""
    found = _ITEM.fullmatch(text.strip().lower())
    return f"{found['phase']}.{found['number']}" if found else text


def phase_word(text: str, phases: int) -> str:
    """Returns a phase as the checklist writes it, its name or number: `3` for `Phase-3`, `03` and, of seven `phases`,
    `3/7`; other text as it is, in lower case."""
    found = _PHASE.fullmatch(text.strip().lower())
    if found is None or (found["total"] and int(found["total"]) != phases):
        return text
    word = found["word"].strip()
    return word.lstrip("0") or word if word.isascii() and word.isdigit() else word


def range_words(text: str) -> tuple[str, str | None]:
    """Returns both ends of `3..5`, `3-5` or `..5`, '' for an open one; the second None for what is no range."""
    found = _RANGE.fullmatch(text.strip())
    return (found["first"], found["last"]) if found else (text, None)
