"""A pattern that a stack follows: `.stack-wizard/patterns/NAME/pattern.yaml` says whence it is, pinned by commit."""

from __future__ import annotations

from hashlib import sha256

from wizard.adapters.files.files import Files
from wizard.errors import UnreadableError
from wizard.session.own.load import PATTERNS
from wizard.session.validate import Wrong, check, parse_text
from wizard.values.lean import dataclass

SCHEMA = 1
PIN = "pattern.yaml"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where a pattern is from. `at`: the branch or tag that it follows, '' for what the source stands at. `digest`: of
    its files as they were copied."""

    schema: int
    name: str
    source: str
    commit: str
    digest: str
    at: str = ""


def home_of(name: str) -> str:
    """Returns the folder of a pattern in the stack."""
    return f"{PATTERNS}/{name}"


def names_of(files: Files) -> tuple[str, ...]:
    """Returns the patterns that the stack has, sorted."""
    return tuple(name for name in files.list(PATTERNS) if files.is_dir(home_of(name)))


def texts_here(files: Files, name: str) -> dict[str, str]:
    """Returns the files of a pattern as they are in the stack, by their path in the pattern; without the pin."""
    home = home_of(name)
    paths = [path for path in files.walk(home) if not files.is_dir(path)]
    return {path[len(home) + 1 :]: files.read(path) for path in paths if path != f"{home}/{PIN}"}


def digest_of(texts: dict[str, str]) -> str:
    """Returns one hash over some files."""
    digest = sha256()
    for path, text in sorted(texts.items()):
        for part in (path, text):
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def read_pattern(files: Files, name: str) -> Pattern:
    """Reads the pin. Raises `UnreadableError`: there is none, it is no YAML, of a newer schema, or has a wrong key."""
    path = f"{home_of(name)}/{PIN}"
    parsed = parse_text(files.read(path))
    if isinstance(parsed, Wrong):
        raise _error(path, parsed)
    schema = parsed.value.get("schema") if isinstance(parsed.value, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise UnreadableError(
            f"the pattern has schema {schema}, and this stack-wizard reads schema {SCHEMA}",
            where=f"{path}:{parsed.line(('schema',))}",
            next_step="update stack-wizard to the version that wrote it",
        )
    checked = check(Pattern, parsed)
    if checked.value is None or checked.wrong:
        raise _error(path, *checked.wrong)
    return checked.value


def _error(path: str, *wrong: Wrong) -> UnreadableError:
    first = wrong[0] if wrong else Wrong("", 0, "this is no pattern")
    words = "; ".join(map(str, wrong)) or first.message
    step = "take the pattern anew: stack-wizard pattern remove, then add"
    return UnreadableError(words, where=f"{path}:{first.line}" if first.line else path, next_step=step)
