"""Regular expressions that are compiled when they are first used: most stacks need half of them, and compiling all
costs a cold start 13 ms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    def lazy_pattern(text: str, flags: int | re.RegexFlag = 0) -> re.Pattern[str]:
        """Returns a pattern as `re.compile` does; a mistake in the expression shows at the first use."""
        return re.compile(text, flags)

else:

    class lazy_pattern:  # noqa: N801 (a function to those who call it)
        """As `re.compile`; a mistake in the expression shows at the first use."""

        def __init__(self, text: str, flags: int = 0) -> None:
            self.pattern = text
            self._flags = flags

        def __getattr__(self, name: str) -> Any:
            """A method of the compiled expression, kept so that later calls cost nothing more."""
            found = getattr(re.compile(self.pattern, self._flags), name)
            setattr(self, name, found)
            return found
