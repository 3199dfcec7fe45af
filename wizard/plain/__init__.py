"""The plain door: the guided session as numbered questions and lines, for screen readers and simple terminals."""

from wizard.plain.session import run

__all__ = ["run"]
