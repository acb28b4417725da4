"""Regular expressions that are compiled at their first use, as a healthy run needs none of those for faults."""

import re
from functools import cached_property
from typing import Any, cast


class LazyPattern:
    """A regular expression that is compiled at its first use."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._given = pattern, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(*self._given)

    def __getattr__(self, name: str) -> Any:
        """Returns an attribute of the compiled pattern, and keeps it, so that only its first use comes here."""
        found = self.__dict__[name] = getattr(self.compiled, name)
        return found


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Returns a regular expression that takes no time before its first use."""
    return cast("re.Pattern[str]", LazyPattern(pattern, flags))
