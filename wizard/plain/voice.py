"""Lines out, lines in: no cursor movement, no colour, one fact a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import Protocol, TextIO

from wizard.output.clean import clean, one_line
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
    """One line of a numbered list: the word that picks it as well as its number, and what it does."""

    word: str
    text: str


class Typed(Protocol):
    """Where answers come from: standard input, as far as it is needed."""

    def readline(self) -> str:
        """One line with its newline; empty at the end of the input."""

    def isatty(self) -> bool:
        """True when a person sees what is typed."""


class Voice:
    """The conversation. `read` and `write` are the terminal's streams, or pipes."""

    def __init__(self, read: Typed, write: TextIO) -> None:
        self._read, self._write = read, write
        if isinstance(read, TextIOWrapper):
            read.reconfigure(errors="replace")
        self._encoding = write.encoding or "utf-8"

    def say(self, *lines: str) -> None:
        """Print lines; escape sequences are taken out, what the terminal cannot show is replaced."""
        for line in lines:
            self._put(clean(line) + "\n")

    def tell(self, lines: Iterable[str]) -> None:
        """Print lines as they come."""
        for line in lines:
            self.say(line)

    def ask(self, prompt: str) -> Reply:
        """One line from the person. A leading backslash takes `back`, `quit` and `?` as plain text.

        Raises `Quit`, `Ended`; Ctrl-C is a `KeyboardInterrupt` as everywhere.
        """
        text = self._line(prompt)
        word = _OTHER_WORDS.get(text.lower(), text.lower())
        if word == QUIT:
            raise Quit
        if word in (BACK, HELP):
            return Reply(word=word)
        return Reply(text.removeprefix("\\"))

    def choose(self, question: str, options: Sequence[Option], default: str = "") -> str:
        """The word of the option that was picked by number or word, `back` or `?`; Enter takes the default."""
        self.say(question)
        for number, option in enumerate(options, 1):
            self.say(f"  {number}. {option.word}: {option.text}")
        hint = f"Number or word, Enter for {default}: " if default else "Number or word: "
        while True:
            reply = self.ask(hint)
            if reply.word:
                return reply.word
            picked = _picked(reply.text or default, options)
            if picked:
                return picked
            words = ", ".join(option.word for option in options)
            self.say(
                f"There is no {one_line(reply.text, 60)!r} here. Type a number from 1 to {len(options)}, or: {words}."
            )

    def agree(self, question: str, *, default: bool) -> bool:
        """A yes or no question."""
        while True:
            reply = self.ask(f"{question} (yes or no, Enter for {'yes' if default else 'no'}): ")
            if not reply.text and not reply.word:
                return default
            if reply.text.lower() in ("y", "yes", "n", "no"):
                return reply.text.lower().startswith("y")
            self.say("Type yes or no.")

    def _line(self, prompt: str) -> str:
        self._put(prompt)
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


def _picked(text: str, options: Sequence[Option]) -> str:
    """The option named by its number, its word, or the beginning of one word only; ''."""
    if text.isascii() and text.isdigit():
        return options[int(text) - 1].word if 0 < int(text) <= len(options) else ""
    exact = [option.word for option in options if option.word == text]
    begun = [option.word for option in options if text and option.word.startswith(text.lower())]
    return next(iter(exact), begun[0] if len(begun) == 1 else "")
