"""Who talks to whom: every channel, stream, list and table of a stack, with who writes and who reads it."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Source

WRITES, READS = "writes", "reads"
MISSING_FIELD, TYPE_DIFFERS, HANDLED_TWICE = "missing-field", "type-differs", "handled-twice"
"""The findings by which a reader cannot work as it should; the others may be meant."""
CHANNEL, STREAM, LIST, TABLE = "channel", "stream", "list", "table"


@dataclass(frozen=True, slots=True)
class FlowField:
    """A field of an event. `type`: str, int, float or bool, '' when the code does not say one that JSON has.

    `required`: of a writer, it is always sent; of a reader, it cannot do without. `nullable`: it may be null.
    """

    name: str
    type: str
    required: bool
    source: Source
    nullable: bool = False

    @property
    def label(self) -> str:
        """Returns the name, with a `?` where the field may be missing."""
        return self.name if self.required else f"{self.name}?"


@dataclass(frozen=True, slots=True)
class End:
    """One service's end of a carrier: the line that writes or reads it, and the fields it knows.

    `fields` None: nothing says which. `certain`: the code (or a person, in the manifest) says the fields; else they are
    those of the model whose name is most like the carrier's. `model`: its class, '' for a dict or none.
    """

    service: str
    way: str
    source: Source
    fields: tuple[FlowField, ...] | None = None
    certain: bool = False
    model: str = ""
    model_source: Source | None = None

    def field(self, name: str) -> FlowField | None:
        """Returns the field of this name, None when it has none or its fields are not known."""
        return next((field for field in self.fields or () if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A channel, stream, list or table. `name` may be a pattern of PSUBSCRIBE when nothing that is written matches it.

    `announced`: ends that documents speak of and no code has yet.
    """

    medium: str
    name: str
    writers: tuple[End, ...] = ()
    readers: tuple[End, ...] = ()
    announced: tuple[End, ...] = ()

    @property
    def services(self) -> tuple[str, ...]:
        """Returns everyone at either end, each once."""
        return tuple(dict.fromkeys(end.service for end in (*self.writers, *self.readers)))


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part of the flow that reading cannot see: a name made at run time, or a service without Python code.

    `way` '' for a whole service.
    """

    service: str
    way: str
    source: Source
    why: str
    medium: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The message flow of a stack, carriers by medium and name."""

    carriers: tuple[Carrier, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def carrier(self, name: str) -> Carrier | None:
        """Returns the first carrier of this name, or None."""
        return next((carrier for carrier in self.carriers if carrier.name == name), None)

    def of(self, service: str) -> tuple[Carrier, ...]:
        """Returns the carriers that one service has an end of."""
        return tuple(carrier for carrier in self.carriers if service in carrier.services)


@dataclass(frozen=True, slots=True)
class FlowFinding:
    """What does not fit between services. `kind`: missing-field, type-differs, handled-twice, never-read,
    never-written, two-writers or cycle.

    `service`: whose work it stops, or the first of those concerned; `other`: who sends it, '' without one. `says`:
    every value with its line, as in a contradiction. `certain`: nothing in it is a guess and nothing that could
    refute it was left unread.
    """

    kind: str
    carrier: str
    medium: str
    service: str
    message: str
    says: tuple[tuple[str, Source], ...]
    certain: bool = True
    other: str = ""

    @property
    def stops(self) -> bool:
        """Tells whether a service certainly cannot work with this."""
        return self.certain and self.kind in (MISSING_FIELD, TYPE_DIFFERS, HANDLED_TWICE)
