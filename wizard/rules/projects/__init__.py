"""Answers what a project says it needs, and in which versions: pyproject.toml, Pipfile, setup.cfg and lock files."""
