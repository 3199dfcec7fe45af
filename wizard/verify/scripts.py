"""What the stack's own files add to a cause that the engine or a shell only hints at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from wizard.values.live import LiveTrouble
from wizard.values.pattern import lazy_pattern
from wizard.verify.causes import Cause
from wizard.verify.live import LiveCheck

_HEAD = 512
_MODULE = lazy_pattern(r"No module named '?(\w[\w.]*)")
_HINTED = frozenset({"no-such-program", "no-such-file", "exec-format"})
"""The kernel says `no such file` of a script whose interpreter's name ends in a carriage return."""


def end_cause(live: LiveCheck, cause: Cause) -> Cause:
    """Names Windows line ends of a start script as what they are; every other cause stays."""
    if cause.name == "import-error":
        return _of_its_own(live, cause)
    if cause.name not in _HINTED:
        return cause
    for path, head in _scripts(live):
        first = head.split(b"\n", 1)[0]
        if first.startswith(b"#!") and first.endswith(b"\r"):
            step = f"save it with Unix line ends: sed -i 's/\\r$//' {path}"
            return Cause("crlf", f"{path} has Windows line ends, so its interpreter is not found: {cause.line}", step)
        if cause.name == "exec-format" and not head.startswith((b"#!", b"\x7fELF")):
            step = f"begin {path} with #!/bin/sh, or start it with `sh`"
            return Cause("exec-format", f"{path} has no first line that names its interpreter: {cause.line}", step)
    return cause


def _of_its_own(live: LiveCheck, cause: Cause) -> Cause:
    """Says of a module that the service's folder has that the image is what lacks it."""
    service, named = live.facts.service(live.spec.name), _MODULE.search(cause.line)
    if service is None or named is None or live.runtime == "embedded":
        return cause
    root, folder, words = Path(live.facts.root), Path(service.folder), named[1].split(".")
    for place in (folder.parent.joinpath(*words), folder.joinpath(*words)):
        path = next((one for one in (place.with_suffix(".py"), place) if (root / one).exists()), None)
        if path is not None:
            text = f"{cause.line}, though {path} is there: the image lacks it, or something is mounted over it"
            return Cause(
                "missing-code", text, f"see COPY in its Dockerfile, .dockerignore and volumes: {path} gets lost"
            )
    return cause


def end_trouble(live: LiveCheck, trouble: LiveTrouble) -> LiveTrouble:
    """Names Windows line ends likewise for a start that the engine refused."""
    cause = end_cause(live, Cause(trouble.cause, trouble.message, trouble.next_step))
    return LiveTrouble(cause.name, cause.line, cause.next_step, undecided=trouble.undecided)


def _scripts(live: LiveCheck) -> Iterator[tuple[str, bytes]]:
    """(path relative to the stack, first bytes) of every file of the service that its start command names."""
    service = live.facts.service(live.spec.name)
    if service is None:
        return
    words = {
        Path(word).name
        for holder in (service.compose, service.dockerfile)
        for fact in ((holder.entrypoint, holder.command) if holder is not None else ())
        for word in (fact.value if fact is not None else ())
    }
    root = Path(live.facts.root)
    for path in sorted((root / service.folder).rglob("*")):
        if path.name in words and path.is_file() and path.suffix != ".py":
            with contextlib.suppress(OSError), path.open("rb") as file:
                yield str(path.relative_to(root)), file.read(_HEAD)
