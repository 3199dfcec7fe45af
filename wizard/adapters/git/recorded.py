"""Finds the wizard's commits by what they wrote into a manifest: its list `commits` says what no hook can take out.

A manifest has that list where messages are not safe (`Repo.records`): an entry is the text of the trailer that the
commit was made with. A commit that adds one did that, whatever its message says; one that removes it took it back. So
it holds in every clone, after a rebase, and after a squash under another message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wizard.adapters.git.log import UNSAID, deed_of
from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import get, parse
from wizard.values.lean import dataclass
from wizard.values.receipt import PhaseCommit
from wizard.values.spec import MANIFESTS, manifest_path

KEY = "commits"
# A dash before the subject: no field but the first of a commit is empty, and no path is.
_FORMAT = "%x00%H%x00%an <%ae>%x00%aI%x00-%s"


@dataclass(frozen=True, slots=True)
class _Change:
    """What one commit made of one manifest: the blobs before and after, zeros for none."""

    commit: str
    author: str
    at: str
    subject: str
    path: str
    before: str
    after: str


def are_there(place: Place) -> bool:
    """Tells whether a committed manifest has such a list."""
    words = ("grep", "--quiet", "--fixed-strings", "-e", f"{KEY}:", "HEAD", "--", *place.literal([MANIFESTS]))
    return run(place.top, *words).ok


def with_recorded(
    place: Place, found: tuple[PhaseCommit, ...], service: str | None, span: str = "HEAD"
) -> tuple[PhaseCommit, ...]:
    """Adds to a log what only manifests say; where each stands is not yet said."""
    hidden = _shallow(place)
    changes = [c for c in _changes(place, service, span) if c.path.endswith(".yaml") and c.commit not in hidden]
    lists = _lists(place, {blob for change in changes for blob in (change.before, change.after)})
    said = {(c.commit, c.service, c.phase, c.waived, bool(c.reverts)) for c in found}
    more = (commit for change in changes for commit in _commits(change, lists))
    return (*found, *(c for c in more if (c.commit, c.service, c.phase, c.waived, bool(c.reverts)) not in said))


def in_order(place: Place, log: tuple[PhaseCommit, ...]) -> tuple[PhaseCommit, ...]:
    """Returns the commits that HEAD reaches, newest first."""
    rank = {name: at for at, name in enumerate(run(place.top, "rev-list", "HEAD").out.split())}
    return tuple(sorted((c for c in log if c.commit in rank), key=lambda commit: rank[commit.commit]))


def _shallow(place: Place) -> frozenset[str]:
    """Returns the commits whose parents a shallow clone leaves out: what they changed is not known."""
    try:
        return frozenset((place.common / "shallow").read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _changes(place: Place, service: str | None, span: str) -> Iterator[_Change]:
    """Yields what happened to the manifests. A merge adds nothing of its own, but what it brings is followed."""
    shown = ("--no-merges", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-color", "--encoding=UTF-8")
    paths = place.literal([MANIFESTS if service is None else manifest_path(service)])
    said = run(
        place.top, "-c", "log.showSignature=false", "log", "-z", *shown, f"--format={_FORMAT}", span, "--", *paths
    )
    fields = iter(said.out.split("\0"))
    about = ("", "", "", "")
    for field in fields:
        if field == "":
            about = (next(fields, ""), next(fields, ""), next(fields, ""), next(fields, "")[1:])
        else:
            before, after = [*field.strip().split(" "), "", "", "", ""][2:4]
            yield _Change(*about, next(fields, ""), before, after)


def _lists(place: Place, blobs: set[str]) -> dict[str, Counter[str] | None]:
    """Returns the list of each blob; None for one that cannot be read."""
    wanted = sorted(blob for blob in blobs if blob.strip("0"))
    lists: dict[str, Counter[str] | None] = {blob: Counter() for blob in blobs}
    given = "".join(f"{blob}\n" for blob in wanted)
    rest = run(place.top, "cat-file", "--batch", given=given).out.encode("utf-8", "surrogateescape") if wanted else b""
    for blob in wanted:
        head, _, rest = rest.partition(b"\n")
        size = head.split(b" ")[2:3]
        if not size:
            lists[blob] = None  # missing: a partial clone
            continue
        text, rest = rest[: int(size[0])], rest[int(size[0]) + 1 :]
        lists[blob] = _entries(text.decode("utf-8", "surrogateescape"))
    return lists


def _entries(text: str) -> Counter[str] | None:
    if f"{KEY}:" not in text:
        return Counter()
    try:
        held = get(parse(text).root, KEY)
    except SyntaxTrouble:
        return None
    return Counter(item.value for item in held.items) if held is not None else Counter()


def _commits(change: _Change, lists: dict[str, Counter[str] | None]) -> Iterator[PhaseCommit]:
    before, after = lists[change.before], lists[change.after]
    if before is None or after is None:
        return
    service = change.path.rpartition("/")[2].removesuffix(".yaml")
    for entries, reverts in ((after - before, ""), (before - after, UNSAID)):
        for entry in entries.elements():
            phase, item, of = deed_of(entry)
            if phase is not None:
                yield PhaseCommit(
                    change.commit, service, phase, change.subject, change.author, change.at, (), reverts, item, "", of
                )
