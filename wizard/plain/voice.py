"""Lines out, lines in: no cursor movement, no colour, one fact a line, no word broken at the edge."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Protocol, TextIO

from wizard.errors import WizardError
from wizard.output.style import wrapped
from wizard.rules.text import clean, one_line
from wizard.values.lean import dataclass

BACK, HELP, QUIT = "back", "?", "quit"
_OTHER_WORDS = {"help": HELP, "exit": QUIT, "q": QUIT, "b": BACK}


class Quit(Exception):  # noqa: N818  (a wish, not an error)
    """The person typed `quit`."""


class Ended(Exception):  # noqa: N818  (a wish, not an error)
    """There is nobody to answer any more: the input has ended."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was typed: `text` stripped (empty: only Enter), or the `word` that is a wish of its own (`back`, `?`)."""

    text: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a numbered list: the word that picks it as well as its number, and what it does.

    `writes`: only the whole word picks it, so that no slip of a key changes files.
    """

    word: str
    text: str
    writes: bool = False


class Typed(Protocol):
    """Where answers come from: standard input, as far as it is needed."""

    def readline(self) -> str:
        """Returns one line with its newline; empty at the end of the input."""

    def isatty(self) -> bool:
        """Returns True when a person sees what is typed."""


class Voice:
    """The conversation. `read` and `write` are the terminal's streams, or pipes."""

    def __init__(self, read: Typed, write: TextIO) -> None:
        self._read, self._write = read, write
        if isinstance(read, TextIOWrapper):
            read.reconfigure(errors="replace")
        self._encoding = write.encoding or "utf-8"

    def say(self, *lines: str) -> None:
        """Prints lines, broken between words at the terminal's edge; escape sequences are taken out, what the terminal
        cannot show is replaced.
        """
        room = self._room()
        for line in lines:
            for piece in clean(line).split("\n"):
                self._put("".join(f"{part}\n" for part in wrapped(piece, room)))

    def tell(self, lines: Iterable[str]) -> None:
        """Prints lines as they come."""
        for line in lines:
            self.say(line)

    def say_trouble(self, trouble: WizardError) -> None:
        """Prints what went wrong, where, and what to do about it."""
        where = f"{trouble.where}: " if trouble.where and trouble.where not in trouble.message else ""
        self.say(f"This did not work: {where}{trouble.message}")
        if trouble.next_step:
            self.say(f"  Next: {trouble.next_step}")

    def ask(self, prompt: str, *, ahead: bool = False) -> Reply:
        """Returns one line from the person. A leading backslash takes `back`, `quit` and `?` as plain text.

        On a terminal, what was typed before the question is dropped: it was meant for another one. `ahead`: it is one
        of several lines that may be pasted together. Raises `Quit`, `Ended`; Ctrl-C is a `KeyboardInterrupt`.
        """
        if not ahead and forget_typed(self._read):
            self.say("What was typed before this question is dropped.")
        text = self._line(prompt)
        word = _OTHER_WORDS.get(text.lower(), text.lower())
        if word == QUIT:
            raise Quit
        if word in (BACK, HELP):
            return Reply(word=word)
        return Reply(text.removeprefix("\\"))

    def choose(self, question: str, options: Sequence[Option], default: str = "") -> str:
        """Returns the word of the option that was picked by number or word, `back` or `?`; Enter takes the default."""
        self.say(question)
        for number, option in enumerate(options, 1):
            self.say(f"  {number}. {option.word}: {option.text}{' Needs the whole word.' if option.writes else ''}")
        hint = f"Number or word, Enter for {default}: " if default else "Number or word: "
        while True:
            reply = self.ask(hint)
            if reply.word:
                return reply.word
            picked = _picked(reply.text or default, options)
            if picked is None:
                self.say(_no_such(reply.text, options))
            elif picked.writes and reply.text.lower() != picked.word.lower():
                self.say(f"That writes, so it needs the whole word: {picked.word}")
            else:
                return picked.word

    def _room(self) -> int:
        """Returns the columns of the terminal; 0 in a pipe, where lines stay as they are."""
        with suppress(OSError, ValueError):
            return os.get_terminal_size(self._write.fileno()).columns if self._write.isatty() else 0
        return 0

    def agree(self, question: str) -> bool:
        """Asks before something is written: only a `yes` typed after the question is one, Enter is no answer."""
        while True:
            reply = self.ask(f"{question} Type yes or no: ")
            if reply.word == BACK or reply.text.lower() in ("n", "no"):
                return False
            if reply.text.lower() in ("y", "yes"):
                return True

    def _line(self, prompt: str) -> str:
        *above, last = wrapped(prompt, self._room())
        self.say(*above)
        self._put(last)
        try:
            line = self._read.readline()
        except OSError as gone:  # the terminal was closed
            raise Ended from gone
        if not self._read.isatty():
            self._put(f"{clean(line.strip())}\n")
        if not line:
            raise Ended
        return line.strip()

    def _put(self, text: str) -> None:
        self._write.write(text.encode(self._encoding, "replace").decode(self._encoding))
        self._write.flush()


def forget_typed(read: Typed) -> bool:
    """Drops what was typed ahead on a terminal, so that it answers no question that comes after; a pipe keeps all.

    Tells whether whole lines are lost by that.
    """
    if not (read.isatty() and isinstance(read, TextIOWrapper)):
        return False
    with suppress(ImportError, OSError):  # no terminal of POSIX, or one that was closed
        import select
        import termios

        early = bool(select.select([read.fileno()], [], [], 0)[0])
        with suppress(termios.error):
            termios.tcflush(read.fileno(), termios.TCIFLUSH)
        return early
    return False


def _picked(text: str, options: Sequence[Option]) -> Option | None:
    """The option named by its number, its word, or the beginning of one word only."""
    if text.isascii() and text.isdigit():
        return options[int(text) - 1] if 0 < int(text) <= len(options) else None
    exact = [option for option in options if option.word.lower() == text.lower()]
    begun = [option for option in options if text and option.word.lower().startswith(text.lower())]
    return next(iter(exact), begun[0] if len(begun) == 1 else None)


def _no_such(text: str, options: Sequence[Option]) -> str:
    if not text:
        return f"Enter alone does nothing here: type a number from 1 to {len(options)}, or a word."
    words = ", ".join(option.word for option in options)
    return f"There is no {one_line(text, 60)!r} here. Type a number from 1 to {len(options)}, or: {words}."
