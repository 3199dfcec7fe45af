"""Text from outside (logs, YAML, git, file names) made safe for a terminal."""

from __future__ import annotations

from wizard.values.pattern import lazy_pattern

# CSI and OSC sequences first, whole, so that their payload does not stay behind as litter.
_SEQUENCE = lazy_pattern(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = lazy_pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` without escape sequences, control characters, bidirectional overrides and undecodable bytes."""
    if text.isprintable():
        return text
    return _CONTROL.sub("\ufffd", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def one_line(text: str, limit: int = 200) -> str:
    """`text` cleaned, on one line, at most `limit` characters (an ellipsis shows that some are missing)."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
