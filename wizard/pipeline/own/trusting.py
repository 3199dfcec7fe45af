"""Whether this person trusts what the stack's own checklist runs, and what that is."""

from __future__ import annotations

import os

from wizard.adapters.trust import Trust
from wizard.checklist.load import checklist_of
from wizard.pipeline.opening import Stack
from wizard.rules.text import one_line
from wizard.values.checklist import Checklist
from wizard.values.declared import CommandCheck
from wizard.values.facts.stack import StackFacts
from wizard.values.source import Source

Command = tuple[str, Source, tuple[str, ...]]
NOTHING = "there is nothing to trust: no checklist of this stack runs a command"
BESIDES = "no shell reads them; a script that they name can change without a question: look at it, too"


def is_trusted(stack: Stack, facts: StackFacts) -> bool:
    """Tells whether the very checklist that these facts were judged by may run its commands."""
    return Trust(stack.root, os.environ).holds(checklist_of(facts).content)


def trust(stack: Stack, checklist: Checklist) -> None:
    """Lets this checklist run its commands, until a byte of it changes. Raises `RefusedError`."""
    Trust(stack.root, os.environ).give(checklist.content)


def trusts(stack: Stack, checklist: Checklist) -> bool:
    """Tells whether this checklist may run its commands."""
    return Trust(stack.root, os.environ).holds(checklist.content)


def untrust(stack: Stack) -> int:
    """Takes the trust back; returns how many contents of the checklist had it."""
    return Trust(stack.root, os.environ).take_back()


def said_of(command: Command) -> str:
    """Returns a command in one line: its item, its words as they are handed over, the line that says so."""
    item, source, words = command
    return f"{item} runs {one_line(repr(list(words)), 600)}  ({source})"


def commands_of(checklist: Checklist) -> tuple[Command, ...]:
    """Returns what the checklist runs: the item, the line that says so, the words."""
    return tuple(
        (item.id, one.source, one.kind.words)
        for item in checklist.commands
        for one in item.checks
        if isinstance(one.kind, CommandCheck)
    )
