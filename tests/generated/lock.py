"""Asks the index for the whole set behind the wizard's pins, with hashes: `make lock` writes what this prints.

For Python 3.10, which has older releases of some, and for later ones; what both say alike stands once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from wizard.plan.container.pins import requirements
from wizard.rules.pythons import Version

UV = Path(sys.executable).with_name("uv")
PYTHONS: tuple[Version, ...] = ((3, 10), (3, 11))


def compiled(python: Version) -> str:
    """Returns what uv makes of all pins for a version of Python and later ones. Raises `CalledProcessError`."""
    words = [str(UV), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "-"]
    words += ["--python-version", f"{python[0]}.{python[1]}"]
    pins = "\n".join(requirements(tables=True, python=python))
    return subprocess.run(words, input=pins, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Prints each entry once, in the order of names."""
    entries = {entry for python in PYTHONS for entry in re.split(r"(?m)^(?=\S)", compiled(python)) if entry.strip()}
    print("".join(sorted(entries)), end="")


if __name__ == "__main__":
    main()
