"""The core of stack-wizard: reads, judges, proposes, does and proves. Imports nothing, so `--version` is instant."""

__version__ = "0.1.0"
