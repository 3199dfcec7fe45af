"""`demo`: the sample stack, and the wizard on it; headless it runs every phase and prints each item."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from wizard.arguments import build_parser
from wizard.checklist.load import load
from wizard.cli_types import OpenApp, Opening
from wizard.commands import run as run_command
from wizard.commands.terminal import emit_text, is_interactive, step, wants_plain
from wizard.errors import UsageError
from wizard.pipeline.opening import judge, open_stack, read
from wizard.rules.names import service_name
from wizard.rules.text import one_line
from wizard.session.sample import create_demo
from wizard.values.finding import Status


def run(args: argparse.Namespace, open_app: OpenApp | None) -> int:
    """Creates the stack; opens the app on it, or runs headless (0 when every item this machine can decide is met)."""
    problem = service_name(args.service)
    if problem:
        raise UsageError(f"service name {args.service!r}: {problem}", next_step="choose another name for --service")
    target = Path(args.target) if args.target else Path(tempfile.mkdtemp(prefix="stack-wizard-demo-")) / "stack"
    with step(f"creating the sample stack in {target}", args):
        stack = create_demo(target)
    print(f"sample stack: {stack}", flush=True)
    if open_app is not None and not args.headless and (is_interactive() or args.plain):
        return open_app(stack, Opening(tour=True, plain=wants_plain(args), remote=args.remote))
    return _headless(stack, args)


def _headless(stack: Path, args: argparse.Namespace) -> int:
    words = build_parser().parse_args(["-C", str(stack), "run", args.service, "--yes", "--no-color"])
    words.answers = _answers(args.service)
    words.runtime, words.log_window, words.remote = args.runtime, args.log_window, args.remote
    words.no_color, words.verbose, words.quiet = args.no_color, args.verbose, args.quiet
    run_command.run(words, None)
    opened = open_stack(stack)
    report = judge(read(opened, only=args.service), args.service)
    failed = [f for f in report.findings if f.status in (Status.BROKEN, Status.UNMET) and not undecidable(f.item)]
    undecided = [f for f in report.findings if not f.done and f not in failed]
    for finding in undecided:
        emit_text([f"not decided on this machine: {finding.item} {one_line(finding.summary, 300)}"])
        if finding.hint:
            emit_text([f"  next: {one_line(finding.hint, 300)}"])
    print(f"\ngo on with: stack-wizard {stack}", file=sys.stderr)
    return int(bool(failed))


def _answers(service: str) -> str | None:
    """The demo's own answers for its default service; other names take the defaults."""
    path = Path(__file__).parents[2] / "templates" / "demo_answers" / f"{service}.yaml"
    return str(path) if path.is_file() else None


def undecidable(item: str) -> bool:
    """Tells an item that needs an image registry or an engine: a digest is never invented."""
    return "registry" in load().item(item).needs
