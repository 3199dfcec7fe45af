"""The keys of the app, as data: one deed, one key, on every screen alike.

Lower case looks. A capital writes, and only what has been on the screen; Enter does what the line above the keys says.
Footer, help, palette and `docs/KEYS.md` are made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a person can do. `keys`: as Textual names them; `label`: as people do. `writes`: it changes files."""

    name: str
    keys: str
    label: str
    does: str
    writes: bool = False


DEEDS: Mapping[str, Deed] = {
    "next": Deed("Next step", "enter", "Enter", "what the line above the keys says, or the row under the cursor"),
    "back": Deed("Back", "escape", "Esc", "ends a search, else to the screen before; nothing is lost"),
    "leave": Deed("Leave", "q", "q", "this screen; on the first one it asks to quit"),
    "quit": Deed("Quit", "ctrl+q", "^q", "leave the app; nothing is lost"),
    "help": Deed("Help", "question_mark,f1", "?", "what this is for, and every key (F1 where one types)"),
    "palette": Deed("Every action", "colon,ctrl+p", ":", "the list of every action, found by typing"),
    "search": Deed("Find", "slash", "/", "filter a list, search a text"),
    "next_match": Deed("Next match", "n", "n", "the next line that was searched for"),
    "previous_match": Deed("Previous match", "N", "N", "the line before that was searched for"),
    "new": Deed("New service", "plus", "+", "answer a few questions, then seven phases"),
    "answers": Deed("Answers", "a", "a", "the answers about this service, with the lines they were read from"),
    "ports": Deed("Ports", "p", "p", "who holds which port, and where that is written"),
    "flow": Deed("Traffic", "t", "t", "who writes and who reads which channel and table, and what does not fit"),
    "history": Deed("History", "h", "h", "commits and commands of the wizard, undo"),
    "summary": Deed("Summary", "s", "s", "the service as a whole: items, commits, what is left"),
    "services": Deed("Services", "o", "o", "back to all services"),
    "found": Deed("Found", "f", "f", "what was detected about this stack, and why"),
    "reread": Deed("Re-read", "R", "R", "read and judge the files again"),
    "item": Deed("Item", "i", "i", "what was found about this item, and why it exists"),
    "changes": Deed("Changes", "d", "d", "the diff of what will be written"),
    "checks": Deed("Checks", "l", "l", "the live checks of this phase"),
    "message": Deed("Message", "m", "m", "the commit message, to be edited"),
    "verify": Deed("Verify", "v", "v", "the live view: start the service and check it"),
    "edit": Deed("Edit", "e", "e", "open the file in your editor, at the line"),
    "copy": Deed("Copy", "y", "y", "copy the path and line, the command or the commit"),
    "shell": Deed("Shell", "exclamation_mark", "!", "a shell in the stack's folder"),
    "apply": Deed("Apply", "A", "A", "write the changes on the screen and run the checks; nothing is committed", True),
    "commit": Deed("Commit", "C,ctrl+s", "C", "commit what was written", True),
    "take_back": Deed("Take back", "T", "T", "put the files back as they were", True),
    "waive": Deed("Waive", "W", "W", "say why this item need not be met; that is committed", True),
    "undo": Deed(
        "Undo", "u,ctrl+z", "u", "undo what was done last (^z where one types); of a commit its diff is shown"
    ),
    "redo": Deed("Redo", "ctrl+r", "^r", "do again what was undone last"),
    "commands": Deed(
        "Own commands", "dollar_sign", "$", "what the stack's own checklist runs, and whether you trust it"
    ),
    "trust": Deed("Trust", "Y", "Y", "let the commands on the screen run in live checks", True),
    "untrust": Deed("Trust no longer", "U", "U", "no command of the stack's own checklist runs any more", True),
    "stop": Deed("Stop", "ctrl+x", "^x", "stop what runs; what it wrote is put back"),
    "errors": Deed("Errors only", "x", "x", "show the log's errors only"),
    "mend": Deed("Its fix", "r", "r", "the edit that mends this item, or how it is done by hand"),
    "sides": Deed("Which side", "c", "c", "what the files contradict each other in: say which side is right"),
    "mark": Deed(
        "Take or leave", "space", "Space", "take or leave the edit (with a reason) or the service under the cursor"
    ),
    "mark_all": Deed("Mark all", "asterisk", "*", "mark every row that is shown, or none"),
    "many": Deed("Check many", "ampersand", "&", "check the marked services, or plan a phase for each of them"),
    "order": Deed("Order", "comma", ",", "sort by what is urgent, by name, by what is done, by the next phase"),
    "full": Deed("Full screen", "z", "z", "the diff alone on the screen, and back"),
    "beside": Deed("Side by side", "b", "b", "before and after beside or below each other; needs 160 columns"),
    "wrap": Deed("Wrap", "w", "w", "break long lines, or let them run"),
    "next_phase": Deed("Next phase", "greater_than_sign", ">", "look at the next phase"),
    "previous_phase": Deed("Previous phase", "less_than_sign", "<", "look at the phase before"),
    "next_file": Deed("Next file", "right_square_bracket", "]", "to the next file of a diff"),
    "previous_file": Deed("Previous file", "left_square_bracket", "[", "to the file before"),
    "next_hunk": Deed("Next hunk", "right_curly_bracket", "}", "to the next hunk of a diff"),
    "previous_hunk": Deed("Previous hunk", "left_curly_bracket", "{", "to the hunk before"),
    "pick_port": Deed("Pick a port", "f2", "F2", "the port of the answers, from the registry"),
    "preview": Deed("Preview", "f3", "F3", "what these answers would make, and back"),
    "add_row": Deed("Add row", "f4", "F4", "one channel, table or variable more in the list under the cursor"),
    "correct": Deed("Correct", "f5", "F5", "take what is offered for the answer under the cursor"),
    "remove_row": Deed("Remove row", "f8", "F8", "take the row under the cursor away"),
    "start_over": Deed("Start over", "f9", "F9", "forget what was typed, show what the stack says"),
    "down": Deed("Down", "j", "j", "one line down, as the arrow"),
    "up": Deed("Up", "k", "k", "one line up, as the arrow"),
    "top": Deed("Top", "g", "g", "to the first line"),
    "bottom": Deed("Bottom", "G", "G", "to the last line; a log is followed from there"),
}


def key(
    deed: str, action: str = "", *, show: bool = False, name: str = "", does: str = "", priority: bool = False
) -> Binding:
    """Makes the binding of a deed. `action`: the screen's own name for it; `does`: what it does just here."""
    known = DEEDS[deed]
    return Binding(
        known.keys,
        action or deed,
        name or known.name,
        show=show,
        priority=priority,
        id=deed,
        tooltip=does or known.does,
        key_display=known.label,
    )


def rebound(keys: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Returns the keys of a person's settings as Textual names them, and what is wrong with them: (deed, why).

    One key has one deed with other keys, too, and nothing that writes is on a small letter or on Enter.
    """
    from textual.keys import _character_to_key

    made: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for deed, words in keys.items():
        wanted = [
            _character_to_key(word) if len(word) == 1 else word for word in words.replace(" ", "").split(",") if word
        ]
        problem = _rebound_problem(deed, wanted, keys)
        if problem:
            problems.append((deed, problem))
        else:
            made[deed] = ",".join(wanted)
    holders: dict[str, str] = {}
    for deed, known in DEEDS.items():
        for one in (made.get(deed) or known.keys).split(","):
            other = holders.setdefault(one, deed)
            if other != deed:
                said = deed if deed in made else other
                problems.append((said, f"{one} is the key of {(other if said == deed else deed)!r}, too"))
    return made, problems


def _rebound_problem(deed: str, wanted: list[str], keys: Mapping[str, str]) -> str:
    if deed not in DEEDS:
        from wizard.session.validate import nearest

        return f"there is no such deed{nearest(deed, tuple(DEEDS))}"
    if not wanted:
        return "needs a key"
    careless = next((one for one in wanted if one == "enter" or (len(one) == 1 and not one.isupper())), None)
    if DEEDS[deed].writes and careless:
        return f"writes, so it needs a capital or a key with ctrl, not {careless!r}"
    return ""


def keys_document() -> str:
    """Writes the table as `docs/KEYS.md` has it."""
    rows = "".join(f"| `{deed.label}` | {deed.name} | {deed.does} |\n" for deed in DEEDS.values())
    return (
        "# Keys\n\nOne letter, one deed, on every screen. Lower case looks; a capital writes, and only what "
        "has been on the screen.\nMade from `screens/keymap.py` by `make keys`.\n\n"
        f"| Key | Deed | What it does |\n|-----|------|--------------|\n{rows}"
        "| `1` to `7` | Phase | that phase of the service |\n"
        "\n`^s` is for where one types: it goes on from the answers, and commits from the message.\n"
    )
