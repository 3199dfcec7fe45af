"""A commit of the wizard before it is made: a person sees what it would change, and agrees or not."""

from __future__ import annotations

from typing import Literal

from wizard.values.edit import ChangeSet
from wizard.values.lean import dataclass

Deed = Literal["waive", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A commit beside the phases. `says`: what it does, in a sentence. `of`: the commit that it takes back or brings
    back, else empty. `waived`: the item whose waiver it is about, else empty.
    """

    deed: Deed
    says: str
    changeset: ChangeSet
    message: str
    of: str = ""
    waived: str = ""
