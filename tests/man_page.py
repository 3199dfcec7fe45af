"""The man page from the parser: `python -m tests.man_page > docs/stack-wizard.1`."""

from __future__ import annotations

import sys

from argparse_manpage.manpage import Manpage  # type: ignore[import-untyped]

from wizard import __version__
from wizard.arguments import build_parser
from wizard.help_words import EPILOG, EXITS, LINES

SUMMARY = "adds a service to a Docker Compose stack, by evidence"
HEADINGS = {"examples:": "EXAMPLES", "environment:": "ENVIRONMENT", "exit codes:": "EXIT STATUS"}


def man_page() -> str:
    """Returns the page: what argparse-manpage makes of the parser, and the words below the help as sections."""
    parser = build_parser()
    for command in parser.commands():
        command.epilog = None
    parser.epilog = None
    page = Manpage(parser, format="pretty", _data={"prog": "stack-wizard", "description": SUMMARY, "authors": []})
    page.date, page.manual = "", "User Commands"
    page.source = f"stack-wizard {__version__}"
    return str(page).rstrip() + "\n" + "".join(_sections())


def _sections() -> list[str]:
    """Returns examples, environment and exit codes, each line as it stands in the help."""
    sections: dict[str, list[str]] = {"": []}
    heading = ""
    for line in EPILOG.split("\n"):
        heading = HEADINGS.get(line, heading)
        sections.setdefault(heading, [])
        if line not in HEADINGS:
            sections[heading].append(line)
    for name, lines in LINES.items():
        sections["EXAMPLES"] += ["", f"{name}:", *(f"  {line}" for line in lines)]
        sections["EXIT STATUS"] += ["", f"{name}:", f"  {EXITS[name]}"]
    return [f".SH {name or 'WITHOUT A COMMAND'}\n.nf\n{_roff(lines)}\n.fi\n" for name, lines in sections.items()]


def _roff(lines: list[str]) -> str:
    """Escapes what roff would take for its own."""
    text = "\n".join(lines).strip("\n").replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in text.split("\n"))


if __name__ == "__main__":
    sys.stdout.write(man_page())
