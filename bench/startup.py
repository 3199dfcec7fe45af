"""Rows 1, 2 and 12 of the goals: how long `--help` and `--version` take, and what they hold in memory."""

from __future__ import annotations

from collections.abc import Iterator

from bench.measure import Row, commands, python, script

HELLO = """
import click
@click.command()
@click.option("--name", default="you")
def hello(name):
    click.echo(name)
hello(["--help"])
"""


def rows() -> Iterator[Row]:
    """Time and memory of the quick commands."""
    ours = script("stack-wizard")
    yield commands("--help / copier --help", [ours, "--help"], [script("copier"), "--help"], 0.15)[0]
    yield commands("--help / cookiecutter --help", [ours, "--help"], [script("cookiecutter"), "--help"], 0.28)[0]
    seconds, memory = commands("--help / click hello --help", [ours, "--help"], python(HELLO), 1.15)
    yield seconds
    yield Row(memory.name, memory.ours, memory.reference, memory.ratio, 1.15, "MB")
    yield commands("--version / python -c pass", [ours, "--version"], python("pass"), 1.3)[0]
