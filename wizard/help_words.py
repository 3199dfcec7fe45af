"""The words of `--help`: what each command does, lines to copy, and what its exit code means."""

from __future__ import annotations

COMMANDS = {
    "demo": "create a sample stack and open the wizard on it (headless without a terminal)",
    "init": "detect where things are in this stack and write the profile",
    "status": "every service by evidence, and its difference to the stack's document",
    "ports": "who holds which port, and where that is written",
    "map": "who writes and who reads which channel, stream and table, and what does not fit",
    "report": "the whole stack as one HTML page, to send, print or read on a phone",
    "check": "every item with status, evidence and hint",
    "run": "plan, show, apply, prove and commit the phases of a service",
    "verify": "run the live checks of a service now",
    "undo": "take a commit of the wizard (a phase, a waiver) back with a new commit",
    "waive": "record that an item need not be met, with the reason, or take that back",
    "trust": "let this stack's own checklist run its commands on this machine, after showing them",
    "untrust": "take that back",
    "explain": "why an item exists, what counts as evidence, how to fix it by hand",
    "templates": "list what files are written from, print one, or copy it into the stack to change it",
    "pattern": "take a team's templates and checklist from its repository, pinned, with a diff",
    "completion": "print the shell completion script",
}


EPILOG = """\
Without a command: `stack-wizard [STACK]` opens the app on a stack (default: this folder).

examples:
  stack-wizard                     open the app on the stack in this folder
  stack-wizard demo                a sample stack to try everything on
  stack-wizard check market        the items of one service
  stack-wizard run market          take it to the end, phase by phase
  stack-wizard run market --phase 3 --dry-run
                                   show what phase 3 would change
environment:
  NO_COLOR          no colour; FORCE_COLOR: colour also in a pipe
  ACCESSIBLE=1      numbered questions instead of a full screen, as --plain
  VISUAL, EDITOR    the editor for code and commit messages
  PAGER             what shows a long diff (default: less; empty or cat: nothing)
  CI                set: nobody is asked
  DOCKER_HOST, DOCKER_CONTEXT
                    the engine of the live checks, as for docker itself
  STACK_WIZARD_REGISTRY
                    where a Swarm's images are pushed: HOST:PORT
  XDG_CONFIG_HOME   where stack-wizard/config.yaml is looked for: theme, editor,
                    runtime, log_window, keys
  XDG_CACHE_HOME, XDG_STATE_HOME
                    where compiled templates, the crash log and what is
                    trusted (`stack-wizard trust`) go
exit codes:
  0 done   1 something is left, differs or was refused   2 wrong usage
  3 a bug in the wizard   130, 143, 129 ended by ctrl+c, SIGTERM, a closed terminal"""
LINES = {
    "demo": ("stack-wizard demo", "stack-wizard demo /tmp/try --headless", "stack-wizard demo --service scores"),
    "init": ("stack-wizard init --dry-run", "stack-wizard init --force --deploy-target swarm"),
    "status": (
        "stack-wizard status",
        "stack-wizard status --write",
        "stack-wizard status shop billing --format json",
    ),
    "ports": ("stack-wizard ports", "stack-wizard -C ../shop ports --format markdown"),
    "map": (
        "stack-wizard map",
        "stack-wizard map market --format mermaid",
        "stack-wizard map --format asyncapi --output docs/api",
    ),
    "report": (
        "stack-wizard report",
        "stack-wizard report --output - | mail -s stack ada@example.org",
        "stack-wizard report --serve --port 8899",
    ),
    "check": (
        "stack-wizard check",
        "stack-wizard check market --phase 2..4",
        "stack-wizard check --watch",
        "stack-wizard check --baseline --changed origin/main --format github",
    ),
    "run": (
        "stack-wizard run market --dry-run",
        "stack-wizard run market --phase compose",
        "stack-wizard run market --print-answers > market.yaml",
        "stack-wizard run market --answers market.yaml --fix safe",
        "stack-wizard run --all --phase docs",
    ),
    "verify": (
        "stack-wizard verify market",
        "stack-wizard verify market --runtime embedded --log-window 30",
        "stack-wizard verify --all --format junit",
    ),
    "undo": ("stack-wizard undo market", "stack-wizard undo market --phase compose"),
    "waive": (
        'stack-wizard waive market 5.3 --reason "no e2e environment before March"',
        "stack-wizard waive market 5.3 --take-back",
    ),
    "trust": ("stack-wizard trust", "stack-wizard trust --yes"),
    "untrust": ("stack-wizard untrust",),
    "explain": ("stack-wizard explain", "stack-wizard explain 3.5", "stack-wizard explain compose"),
    "templates": (
        "stack-wizard templates",
        "stack-wizard templates show docs/readme.md",
        "stack-wizard templates copy docs/readme.md",
    ),
    "pattern": (
        "stack-wizard pattern add https://git.example.org/team/pattern --at v2",
        "stack-wizard pattern update pattern",
    ),
    "completion": (
        "stack-wizard completion bash > ~/.local/share/bash-completion/completions/stack-wizard",
        "stack-wizard completion zsh > ~/.zfunc/_stack-wizard    # with ~/.zfunc in $fpath",
        "stack-wizard completion fish > ~/.config/fish/completions/stack-wizard.fish",
    ),
}
"""Lines to copy; every one of them is parsed by a test."""
_LEFT = "0 nothing is left   1 something is unmet, broken or contradicts   2 wrong usage"
_DONE = "0 done   1 refused   2 wrong usage"
EXITS = {
    "demo": "0 every item that this machine can decide is met   1 one is not   2 wrong usage",
    "init": _DONE,
    "status": "0 the document says what is so   1 it differs   2 wrong usage, or no stack",
    "ports": "0 no conflict   1 two claims of one port   2 wrong usage",
    "map": "0 everything fits   1 a reader needs what no writer sends   2 wrong usage",
    "report": "0 written, whatever it says   1 it cannot be written   2 wrong usage",
    "check": _LEFT,
    "run": "0 every item of the phases is met   1 items are left, or refused   2 wrong usage",
    "verify": _LEFT,
    "undo": _DONE,
    "waive": _DONE,
    "trust": "0 done, or nothing to trust   1 declined   2 wrong usage",
    "untrust": _DONE,
    "explain": "0 done   2 there is no such item",
    "templates": "0 done   1 refused, or a template of the stack does not compile   2 wrong usage",
    "pattern": "0 done   1 refused or declined   2 wrong usage",
    "completion": "0 done   2 wrong usage",
}
