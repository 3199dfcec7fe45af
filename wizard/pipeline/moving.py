"""A service's move to another port: planned whole, read again as it would be, refused when anything stays behind."""

from __future__ import annotations

from collections import Counter

from wizard.adapters.files.files import DiskFiles
from wizard.checklist.load import checklist_of
from wizard.plan.choose import without_unmerged
from wizard.plan.compose.move import LISTENING, callers, moved_texts, ports_to_leave, said_by
from wizard.plan.compose.port_registry import registry_edit
from wizard.plan.plan import entry_of, make_context, plan_manifest
from wizard.stack.read import read_stack
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Report
from wizard.values.lean import dataclass, replace
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


@dataclass(frozen=True, slots=True)
class Move:
    """A move from `old` to `new`, in the phase of the item that judges ports.

    `edits`: every file with a place that says the old port. `refusals`: the places that cannot be moved; with one of
    them nothing is.
    """

    old: int
    new: int
    phase: Phase
    edits: tuple[FileEdit, ...]
    refusals: tuple[Refusal, ...] = ()


class _Changed(DiskFiles):
    """The files of a stack as an edit would leave them."""

    def __init__(self, root: str, texts: dict[str, str]) -> None:
        super().__init__(root)
        self._texts = texts

    def read(self, path: str) -> str:
        """See `Files.read`."""
        return self._texts[path] if path in self._texts else super().read(path)


def move_of(facts: StackFacts, spec: ServiceSpec) -> Move | None:
    """Returns the move that a spec asks for; None when the service has no other port to leave.

    Proven by reading: in the moved stack every line that said the old port says the new one, and nothing else differs.
    """
    service, left = facts.service(spec.name), ports_to_leave(facts, spec.name, spec.port)
    if service is None or not left:
        return None
    old = left[0]
    item = next(item for item in checklist_of(facts).items if item.check == "compose-ports")
    texts = moved_texts(facts, service, left, spec.port)
    why = f"move {spec.name} from port {' and '.join(map(str, left))} to {spec.port} ({item.id})"
    edits = tuple(FileEdit(path, facts.texts[path], text, why, (item.id,)) for path, text in texts.items())
    after = read_stack(_Changed(facts.root, texts), only=spec.name)
    stuck = _left_behind(facts, service, after, left, spec.port)
    return Move(old, spec.port, item.phase, edits, tuple(Refusal(item.id, *place) for place in stuck))


def _left_behind(
    facts: StackFacts, service: ServiceFacts, after: StackFacts, left: tuple[int, ...], new: int
) -> list[tuple[str, str, str, int]]:
    """(path, reason, paste, line) of what would still say an old port, or differ in anything else.

    `left`: the port on the host, and after it the container's where that is another; there the program listens.
    """
    old = left[-1]
    now = after.service(service.name)
    said = said_by(facts, service)
    if not any(mention.port == old and mention.kind in LISTENING for mention in said):
        where = service.entry or service.folder or facts.profile.edit_file
        return [(where, f"no line of its code or start command says that it listens on {old}", "", 0)]
    called = callers(facts, service, left)
    if called:
        return [(source.path, f"this line calls it on port {old}", "", source.line) for source in called]
    behind = [s for s in said_by(after, now) if s.port in left] if now else []
    if behind:
        words = "{} {} in a way that cannot be replaced"
        return [(s.source.path, words.format(s.who, s.port), "", s.source.line) for s in behind]
    before = Counter((s.kind, new if s.port in left else s.port, s.source) for s in said)
    key = service.compose.key if service.compose else ""
    same = _others(facts, key) == _others(after, key)
    if now is None or not same or before != Counter((s.kind, s.port, s.source) for s in said_by(after, now)):
        return [(facts.profile.edit_file, f"what says port {old} cannot be moved as a whole", "", 0)]
    return []


def _others(facts: StackFacts, key: str) -> list[tuple[object, ...]]:
    """What a move leaves alone in the other blocks: all but the address under which they call the service."""
    blocks = (block for block in facts.compose.services if block.key != key)
    return [(block.key, block.image, block.build, block.ports, block.depends_on, block.networks) for block in blocks]


def plan_move(move: Move, facts: StackFacts, spec: ServiceSpec, report: Report, *, recorded: bool = False) -> ChangeSet:
    """Returns the whole move with the service's line of the port registry and its manifest, or only why it is
    refused."""
    edits = {edit.path: edit for edit in move.edits}
    moved = replace(facts, texts={**facts.texts, **{path: edit.after or "" for path, edit in edits.items()}})
    listed = registry_edit(make_context(moved, spec, report, checklist_of(moved)))
    refusals = (*move.refusals, *([listed] if isinstance(listed, Refusal) else []))
    if refusals:
        return ChangeSet(spec.name, move.phase, (), refusals)
    entries = (entry_of(move.phase, checklist_of(facts)),) if recorded else ()
    for edit in (listed, plan_manifest(facts, spec, made=entries)):
        if isinstance(edit, FileEdit):
            edits[edit.path] = replace(edit, before=facts.texts.get(edit.path))
    whole = ChangeSet(spec.name, move.phase, tuple(edits.values()))
    safe = without_unmerged(whole, facts)
    return safe if safe == whole else replace(safe, edits=())
