"""Answers whether outside text (names, YAML, git, logs) is safe to show, how wide it is, what it says in UTF-16: the
one door for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wizard.values.pattern import lazy_pattern

# Whole sequences go first, so that their payload does not stay behind as litter: CSI; strings (OSC, DCS, SOS, PM, APC)
# up to their end or the end of the line, since an unfinished one must not hide the lines below; two-character escapes.
# Each in its 7-bit and its 8-bit form (ECMA-48, sections 5.4 and 8.3).
_SEQUENCE = lazy_pattern(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
# Controls but tab and newline, surrogates of undecodable bytes, line separators, and everything invisible that changes
# how a line reads: zero-width characters, bidirectional marks, overrides and isolates, tags (CVE-2021-42574).
# A joiner stays between two non-ASCII characters, where Persian, Indic scripts and emoji need it.
_HIDDEN = lazy_pattern(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
# Latin letters and the signs this program prints itself: one column each, so that `wcwidth` need not be imported.
_NARROW = lazy_pattern(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u257f✓✗○]*\Z")
MOST_OUTPUT = 20_000
"""Characters shown of a foreign program's output: more than a screen holds, and bounded."""


def clean(text: str) -> str:
    """Returns `text` without escape sequences; every other hidden character and undecodable byte becomes U+FFFD.

    Tabs and newlines stay. Printable text is returned as it is.
    """
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _HIDDEN.sub("\ufffd", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def uncoloured(text: str) -> str:
    """Returns `text` without escape sequences, all else as it is: what a log line says is the same in any colour."""
    return text if text.isprintable() else _SEQUENCE.sub("", text)


def of_utf16(text: str) -> str | None:
    """Returns what a file in UTF-16 says; None for any other. Files are decoded as UTF-8, bytes that are none kept as
    surrogates; a mark of UTF-16 at the start is two of them. Windows PowerShell writes such files (`pip freeze > …`).
    """
    if not text.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return None
    return text.encode("utf-8", "surrogateescape").decode("utf-16", "replace")


def undecoded(text: str) -> int | None:
    """Returns where the first byte stands that was no UTF-8, and was kept as a surrogate; None when all was decoded.

    Encoding costs less than compiling an expression for these characters, which most stacks have none of.
    """
    try:
        _ = text.isascii() or text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def why_no_utf8(text: str) -> str:
    """Returns why a file cannot be read, or a line put into it, as UTF-8 text; `''` when it can."""
    if of_utf16(text) is not None:
        return "it is UTF-16: save it as UTF-8"
    return "it has NUL bytes, and is no text" if "\0" in text else ""


def is_safe(text: str) -> bool:
    """Tells whether `text` holds nothing that `clean` would take out; newlines and tabs are safe."""
    return text.isprintable() or not (_SEQUENCE.search(text) or _HIDDEN.search(text))


def one_line(text: str, limit: int = 200) -> str:
    """Returns `text` cleaned, on one line, at most `limit` characters (an ellipsis shows that some are missing)."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def plural(count: int, word: str) -> str:
    """Returns `1 file`, `2 files`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def program_output(text: str) -> str:
    r"""Returns a foreign program's output, cleaned, as a terminal would end up showing it: of a line that was written
    over (`\\r`, progress bars) the last version. At most `MOST_OUTPUT` characters, the end of it."""
    lines = text[-2 * MOST_OUTPUT :].replace("\r\n", "\n").split("\n")
    ends = (_SEQUENCE.sub("", line).rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    shown = "\n".join(_HIDDEN.sub("", line).rstrip() for line in ends)
    return shown.strip("\n")[-MOST_OUTPUT:]


def width(text: str) -> int:
    """Returns the columns that `text` takes in a terminal: East Asian wide characters and emoji two, marks none."""
    if _NARROW.match(text):
        return len(text)
    from wcwidth import wcswidth  # its tables cost more than most runs need

    return max(wcswidth(clean(text).replace("\n", " ").replace("\t", " ")), 0)


def column(names: Iterable[str], least: int = 20) -> Callable[[str], str]:
    """Returns what pads a name to the width of a table's first column: that of the longest of them, in cells."""
    room = max((width(one_line(name)) for name in names), default=0)
    room = max(least, room)
    return lambda name: (line := one_line(name)) + " " * (room - width(line))
