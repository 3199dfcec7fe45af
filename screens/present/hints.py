"""The core's hints as the app says them: what a command line does there is a key, a phase or an answer here."""

from __future__ import annotations

import re

_WAYS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), here)
    for pattern, here in (
        (r"or give it: `stack-wizard run \S+ --phase \w+ --base-image ([^`]+)`", r"and give \1 as the base image (a)"),
        (r":? `?stack-wizard run \S+ --phase \w+ --base-image ([^\s`]+)`?", r" give \1 as the base image (a)"),
        (r"\(`--base-image [^`]+`\)", "(the answer Base image, a)"),
        (r"take it with `stack-wizard run \S+ --only [^`]+`", "Space in the changes (d) takes it"),
        (r"`stack-wizard run \S+ --phase (\w+) --dry-run` shows", r"the changes (d) of phase \1 show"),
        (r"`stack-wizard run \S+ --phase (\w+)[^`]*`", r"phase \1"),
        (r"`stack-wizard run [^`]*`", "its next phase"),
        (r"`stack-wizard verify \S+`", "the live checks (v)"),
        (r"stack-wizard verify \S+(?! --)$", "the live checks (v)"),
        (r"\(`stack-wizard explain ([^`]+)`\)", r"(? on \1 tells how)"),
        (r"`stack-wizard explain` lists", "the phases show"),
        (r"\(`stack-wizard waive [^`]*`\)", "(W)"),
        (r": stack-wizard waive \S+ \S+ --take-back", " (u in the history)"),
        (r"`?stack-wizard trust`?", "$ shows it"),
        (r"`stack-wizard ports` (offers|shows)", r"the port table (p) \1"),
        (r"`?stack-wizard ports`?", "the port table (p)"),
        (r"what stack-wizard check says", "what the items say"),
    )
)


def in_app(hint: str) -> str:
    """Returns a hint without the command line for what the app does itself; what only a shell can do keeps it."""
    for pattern, here in _WAYS:
        hint = pattern.sub(here, hint)
    return hint
