"""Finds secrets that a single line does not show: keys, block scalars, long quoted texts, maps of secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.rules.secrets import is_secret, is_value, secret_spans
from wizard.values.pattern import lazy_pattern

Span = tuple[int, int]
Found = Iterator[tuple[int, Span]]
MOST_LINES = 200
"""Lines that one quoted text is followed over: a quote that nobody closes hides no whole file."""
_BEGIN = lazy_pattern(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_END = "-----END "
# A line of a key: base64 or a header (`Proc-Type: 4,ENCRYPTED`), in quotes, comments or a string that is joined.
_OF_KEY = lazy_pattern(r"[\s#>|\"'*]*+(?P<key>[A-Za-z0-9+/=]*|[A-Z][\w-]*: [^\n]*?)(?:\\n|[\"',\\\s])*+(?:\+\s*)?\Z")
_PAIR = lazy_pattern(r"(?P<indent>\s*(?:-\s+)*)[\"']?(?P<name>[A-Za-z_.][\w.-]*)[\"']?\s*:(?P<value>\s.*|)\Z")
_BLOCK = lazy_pattern(r"\s*(?:[&!]\S+\s+)*[|>][-+0-9]*\s*(?:#.*)?\Z")
_HELD = frozenset({"content", "value", "data", "text", "plain", "default"})
"""Keys below one that names a secret: `redis_password: {content: …}`."""
_KIND = lazy_pattern(r"kind:\s*[\"']?\w*Secret\b")
_OPENS = lazy_pattern(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]*)[\"']?(?:\s*\])?\s*(?::|=)\s*[rbfu]*(?P<quote>\"\"\"|'''|\"|')(?P<rest>.*)\Z"
)
_JOINED = lazy_pattern(r"\s*(?P<name>[A-Za-z_]\w*)\s*(?::[^=]*)?=\s*\(\s*\Z")
_PIECE = lazy_pattern(r"\s*[rbfu]*(?P<quote>[\"'])(?P<text>.*)(?P=quote)\s*\)?,?\s*\Z")
_NAMED = lazy_pattern(
    r"[\s{\[-]*+[\"']?(?:name|key|Name|Key)[\"']?\s*[:=]\s*[\"']?(?P<name>[A-Za-z_][\w.-]*)[\"']?\s*(?:,|\Z)"
)
_VALUED = lazy_pattern(
    r"(?:^|[\s{,\"'-])(?:value|Value)[\"']?\s*[:=]\s*(?P<quote>[\"']?)(?P<text>[^\"'\s,}][^\"'\n}]*)"
)


def file_spans(lines: Sequence[str], *, code: bool = False) -> tuple[tuple[Span, ...], ...]:
    """Returns for each line of a file where secrets stand in it. `code`: it is Python."""
    spans = [set(secret_spans(line, code=code)) for line in lines]
    readers = (_keys, _quoted, _joined) if code else (_keys, _quoted, _values, _pairs, _broken)
    for reader in readers:
        for number, (start, end) in reader(lines):
            if is_value(lines[number][start:end]):
                spans[number].add((start, end))
    return tuple(tuple(sorted(row)) for row in spans)


def _keys(lines: Sequence[str]) -> Found:
    """Everything between the first and the last line of a private key, on one line or many."""
    inside = False
    for number, line in enumerate(lines):
        start = 0
        if not inside:
            begin = _BEGIN.search(line)
            if begin is None:
                continue
            inside, start = True, begin.end()
        end = line.find(_END, start)
        if end < 0 and start == 0 and not _OF_KEY.match(line.rstrip("\n")):
            inside = False  # the key was cut off
            continue
        yield number, _stripped(line, start, end if end >= 0 else len(line))
        inside = end < 0


def _values(lines: Sequence[str]) -> Found:
    """The values of YAML keys that name secrets, as far as they go on below their key, and those of `kind: Secret`."""
    above: list[tuple[int, str]] = []
    whole, covered = False, 0
    for number, line in enumerate(lines):
        if line.startswith("---") or number == 0:
            whole, above = _is_secret_kind(lines, number), []
        if number < covered:
            continue
        pair = _PAIR.match(line.rstrip("\n"))
        if pair is None:
            continue
        column = len(pair["indent"])
        while above and above[-1][0] >= column:
            above.pop()
        parents = [name for _, name in above]
        above.append((column, pair["name"]))
        by_kind = whole and parents[:1] in (["data"], ["stringData"])
        by_parent = bool(parents) and pair["name"] in _HELD and _names(parents[-1])
        if not (by_kind or by_parent or _names(pair["name"])):
            continue
        if by_kind or by_parent:
            yield number, _stripped(line, pair.start("value"), pair.end("value"))
        for covered, span in _below(lines, number, column, pair["value"]):
            yield covered, span


def _below(lines: Sequence[str], number: int, column: int, value: str) -> Found:
    """The lines that belong to a value: of a block scalar, or of a plain one that is folded."""
    block = bool(_BLOCK.match(value))
    if value.strip()[:1] in ("'", '"', "{", "["):
        return
    for following in range(number + 1, len(lines)):
        line = lines[following]
        text = line.strip()
        if text and len(line) - len(line.lstrip()) <= column:
            return
        if not block and (not text or text.startswith(("- ", "#")) or _PAIR.match(line.rstrip("\n"))):
            return
        if text:
            yield following, _stripped(line, 0, len(line))


def _quoted(lines: Sequence[str]) -> Found:
    """A quoted text that is closed on a later line."""
    number = 0
    while number < len(lines):
        opened = _OPENS.search(lines[number].rstrip("\n"))
        last = _closed_on(lines, number, opened["quote"]) if opened is not None else None
        if opened is None or last is None or not _names(opened["name"]) or _has(opened["rest"], opened["quote"]) >= 0:
            number += 1
            continue
        yield number, _stripped(lines[number], opened.start("rest"), len(lines[number]))
        for between in range(number + 1, last):
            yield between, _stripped(lines[between], 0, len(lines[between]))
        yield last, _stripped(lines[last], 0, _has(lines[last], opened["quote"]))
        number = last + 1


def _closed_on(lines: Sequence[str], number: int, quote: str) -> int | None:
    following = range(number + 1, min(len(lines), number + MOST_LINES))
    return next((n for n in following if _has(lines[n], quote) >= 0), None)


def _has(line: str, quote: str) -> int:
    """Where a quote closes; -1: not on this line."""
    at = line.find(quote)
    while at > 0 and line[at - 1] == "\\":
        at = line.find(quote, at + 1)
    return at


def _joined(lines: Sequence[str]) -> Found:
    """Python's `PASSWORD = (` and the texts that it joins."""
    inside = False
    for number, line in enumerate(lines):
        opened = _JOINED.match(line.rstrip("\n"))
        if opened is not None:
            inside = _names(opened["name"])
            continue
        piece = _PIECE.match(line.rstrip("\n")) if inside else None
        inside = piece is not None
        if piece is not None:
            yield number, piece.span("text")


def _pairs(lines: Sequence[str]) -> Found:
    """`name: DB_PASSWORD` beside `value: …`, on one line or on two that follow each other."""
    for number, line in enumerate(lines):
        named = _NAMED.match(line.rstrip("\n"))
        if named is None or not _names(named["name"]):
            continue
        for near in _neighbours(lines, number):
            valued = _VALUED.search(lines[near])
            if valued is not None:
                yield near, _stripped(lines[near], *valued.span("text"))
                break


def _neighbours(lines: Sequence[str], number: int) -> Iterator[int]:
    """The line itself, then those beside it, as far as they belong to the same item of a list."""
    yield number
    if number + 1 < len(lines) and not lines[number + 1].lstrip().startswith("-"):
        yield number + 1
    if number and not lines[number].lstrip().startswith("-"):
        yield number - 1


def _broken(lines: Sequence[str]) -> Found:
    """A value that a backslash at the end of its line breaks in two."""
    for number, line in enumerate(lines[:-1]):
        body = line.rstrip("\n")
        if body.endswith("\\") and any(end >= len(body) - 1 for _, end in secret_spans(body)):
            yield number + 1, _stripped(lines[number + 1], 0, len(lines[number + 1]))


def _names(name: str) -> bool:
    return is_secret(name.replace(".", "_"))


def _is_secret_kind(lines: Sequence[str], first: int) -> bool:
    """Tells whether the YAML document that begins here is a Kubernetes secret."""
    for number in range(first, len(lines)):
        if number > first and lines[number].startswith("---"):
            return False
        if _KIND.match(lines[number]):
            return True
    return False


def _stripped(line: str, start: int, end: int) -> Span:
    """The span without the blanks and quotes around it."""
    text = line[start:end]
    left = len(text) - len(text.lstrip(" \t\"'"))
    return start + left, start + max(left, len(text.rstrip(" \t\r\n\"'")))
