"""The commit message: shown, and changed by hand."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from wizard.plain.voice import BACK, HELP, Option, Voice
from wizard.rules.text import clean

COMMIT, TAKE_BACK = "commit", "take back"
_TRAILER = "Stack-Wizard-"


def settle(voice: Voice, proposed: str) -> str:
    """Shows the message until it is agreed on; returns it, or '' when the phase is to be taken back."""
    message = proposed
    while True:
        voice.say("The commit message:", *(f"  | {line}" for line in message.rstrip("\n").split("\n")))
        picked = voice.choose("What now?", _options())
        if picked == COMMIT:
            return message
        if picked in (TAKE_BACK, BACK):
            return ""
        if picked == HELP:
            voice.say("The phase is written and not committed. Taking it back puts every file as it was before.")
        elif picked == "subject":
            message = with_subject(message, voice.ask("First line, Enter keeps it: ").text)
        elif picked == "text":
            message = with_body(message, _paragraph(voice))
        else:
            message = _edited(voice, message)


def with_subject(message: str, subject: str) -> str:
    """Returns the message with another first line; the same when nothing was typed."""
    rest = message.partition("\n")[2]
    return f"{' '.join(subject.split())}\n{rest}" if subject.strip() else message


def with_body(message: str, text: str) -> str:
    """Returns the message with `text` between the first line and the trailers; the same when nothing was typed."""
    lines = message.rstrip("\n").split("\n")
    trailers = [line for line in lines if line.startswith(_TRAILER)]
    return "\n".join([lines[0], "", text, "", *trailers, ""]) if text.strip() else message


def with_trailers(message: str, proposed: str) -> str:
    """Returns the message with the trailers of the proposed one, by which the wizard finds its commits again."""
    text = "\n".join(line for line in message.rstrip().split("\n") if not line.startswith(_TRAILER)).rstrip()
    if not text:
        return proposed
    trailers = [line for line in proposed.split("\n") if line.startswith(_TRAILER)]
    return "\n".join([text, "", *trailers, ""])


def _options() -> tuple[Option, ...]:
    return (
        Option(COMMIT, "commit with this message.", writes=True),
        Option("subject", "type another first line"),
        Option("text", "type another text below it"),
        *((Option("editor", f"open it in {clean(_editor())}"),) if _editor() else ()),
        Option(TAKE_BACK, "put the files back as they were"),
    )


def _paragraph(voice: Voice) -> str:
    voice.say("Type the text, line by line; an empty line ends it.")
    lines: list[str] = []
    while (line := voice.ask("Line: ", ahead=bool(lines)).text) != "":
        lines.append(line)
    return "\n".join(lines)


def _editor() -> str:
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def _edited(voice: Voice, message: str) -> str:
    """The message after the person's editor; the trailers stay, whatever was done to them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "COMMIT_EDITMSG"
        path.write_text(message, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(_editor()), str(path)], check=True)
            return with_trailers(path.read_text(encoding="utf-8", errors="replace"), message)
        except (OSError, ValueError, subprocess.CalledProcessError) as trouble:
            voice.say(f"The editor did not work: {clean(str(trouble))}. The message stays.")
            return message
