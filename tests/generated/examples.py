"""Writes docs/examples: what the wizard writes for four services of the sample stack, phases 1 to 6, no registry asked.

`make examples`. A service's own files stand as they are; what was changed in files that others share is `shared.diff`.
"""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from wizard.checklist.load import load
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.opening import Stack, open_stack, read, spec_of
from wizard.pipeline.work import plan
from wizard.session.sample import create_demo
from wizard.values.lean import dataclass
from wizard.values.spec import ServiceSpec

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SHARED = "shared.diff"
ANSWERS = "answers.yaml"


@dataclass(frozen=True, slots=True)
class Example:
    """One folder of docs/examples. Its `answers.yaml` is taken where it has one; else what is read from the sample."""

    folder: str
    service: str
    says: str


ALL = (
    Example(
        "fullest",
        "signals",
        "two streams in, two out, at least once; two tables, seed rows, a role, a variable, a neighbour",
    ),
    Example("barest", "clock", "answers HTTP and nothing else"),
    Example("source", "quotes", "publishes, and nothing comes in"),
    Example("finished", "market", "the sample's `market`, half written by hand, finished: its own code stays"),
)


def written(example: Example) -> dict[str, str]:
    """Returns what the wizard writes: path in the example's folder -> text."""
    with tempfile.TemporaryDirectory() as folder:
        stack = open_stack(create_demo(Path(folder) / "stack"))
        before = _texts(stack)
        spec = _spec(stack, example)
        for phase in load().sequence[:6]:
            for edit in plan(stack, spec, phase).changeset.edits:
                if edit.after is not None:
                    stack.files.write(edit.path, edit.after)
        return dict(_parted(example.service, before, _texts(stack)))


def _spec(stack: Stack, example: Example) -> ServiceSpec:
    facts = read(stack)
    answers = EXAMPLES / example.folder / ANSWERS
    if not answers.exists():
        return spec_of(facts, example.service).spec
    return settle(facts, Wanted(example.service, answers.read_text(), ANSWERS, "", ""))


def _texts(stack: Stack) -> dict[str, str]:
    """Every text of the stack but its passwords and what the wizard keeps for itself."""
    hidden = ("infrastructure/secrets/", ".stack-wizard/", ".git/")
    return {path: stack.files.read(path) for path in stack.files.walk("") if not path.startswith(hidden)}


def _parted(service: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    changed = {path: text for path, text in after.items() if before.get(path) != text}
    own = {path for path in after if f"/{service}/" in path}
    yield from ((path, after[path]) for path in own)
    hunks = [_diff(path, before.get(path, ""), changed[path]) for path in sorted(changed.keys() - own)]
    yield SHARED, "".join(hunks)


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(lines)


def index() -> str:
    """Returns the README of docs/examples."""
    rows = "".join(f"| [{each.folder}]({each.folder}) | `{each.service}` | {each.says} |\n" for each in ALL)
    return f"""# What the wizard writes

Four services of the sample stack (`stack-wizard demo`), as the wizard wrote them; `make examples` writes them again,
and a test compares. `{ANSWERS}` is what was answered (none for a service that is there: it is read), `{SHARED}` what
was changed in files that all services share. No registry was asked, so that no Dockerfile here has the digest that a
run with a network puts in.

| Folder | Service | What it is |
|--------|---------|------------|
{rows}"""


def main() -> None:
    """Writes every example and the README; what an example no longer has goes away."""
    for example in ALL:
        folder = EXAMPLES / example.folder
        texts = written(example)
        for old in folder.iterdir() if folder.exists() else ():
            if old.name != ANSWERS:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        print(f"{example.folder}: {len(texts)} files")
    (EXAMPLES / "README.md").write_text(index())


if __name__ == "__main__":
    main()
