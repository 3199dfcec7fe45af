"""`report`: the whole stack as one HTML page, to send, to print, to look at on a phone; or served while one works."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli_types import OpenApp
from wizard.commands.showing import require_services
from wizard.commands.terminal import emit, open_from, step, warn, write_output
from wizard.errors import UsageError, WizardError
from wizard.output.report.page import page, policy_of
from wizard.pipeline.opening import Stack
from wizard.pipeline.reporting import reported, told_of
from wizard.rules.text import one_line

if TYPE_CHECKING:
    from wizard.adapters.page_server import PageServer

FILE = "stack-report.html"
RELOAD = """\
new EventSource("changes").onmessage = function (event) {{
  if (event.data !== "{version}") location.reload();
}};"""


def run(args: argparse.Namespace, _open_app: OpenApp | None) -> int:
    """Writes the page, or prints it for `-`; 0 whatever it says: it is a picture, not a gate."""
    stack = open_from(args, repair=False)
    if args.serve:
        return _serve(stack, args)
    with step("reading and judging the stack", args):
        told = reported(stack)
        require_services(told.facts, args)
        text = page(told)
    if args.output == "-":
        emit([text])
        return 0
    path = Path(args.output or FILE)
    write_output(path, text)
    emit([f"written: {path}"])
    return 0


def _serve(stack: Stack, args: argparse.Namespace) -> int:
    """Serves the page on loopback until it is ended (ctrl+c, SIGTERM), which is no trouble: 0. Writes nothing."""
    from wizard.adapters.page_server import PageServer

    if args.output is not None:
        raise UsageError("--serve writes no file", next_step="leave --output or --serve out")
    if args.port is not None and not 0 <= args.port < 65536:
        raise UsageError(f"there is no port {args.port}", next_step="name one from 1024 to 65535, or none")
    server = PageServer(args.port or 0)
    server.start()
    try:
        with closing(server):
            _follow(stack, server, args)
    except KeyboardInterrupt:
        return 0
    return 0


def _follow(stack: Stack, server: PageServer, args: argparse.Namespace) -> None:
    from wizard.pipeline.watch.following import looks

    version = 0
    with closing(looks(stack)) as every_look:  # type: ignore[type-var]
        for looked in every_look:
            trouble: WizardError | None = looked.trouble
            if trouble is None and looked.judged is not None:
                facts = looked.judged.facts
                if not version:
                    require_services(facts, args)
                version += 1
                told = told_of(stack, facts, looked.judged.reports.values())
                script = RELOAD.format(version=version)
                server.show(page(told, script=script), policy_of(script), version)
                if version == 1:
                    emit([f"serving {server.url}", "it follows the files; ctrl+c ends it"])
            elif not version and trouble is not None:
                raise trouble
            elif trouble is not None:
                warn(f"stack-wizard: not judged: {one_line(trouble.message, 400)}")
