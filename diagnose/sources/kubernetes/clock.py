"""The API server's clock, from the `Date` header of its responses.

Ages of objects are differences to times of the API server or of a node, so they must not depend on the clock of the
machine that runs `diagnose`.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The header has whole seconds and a response takes time, so a smaller difference does not count.
PRECISION = timedelta(seconds=2)


class ServerClock:
    """The offset of the API server's clock from this machine's, 0 until a response shows another one."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def observe(self, date: str | None) -> None:
        """Takes the time from the `Date` header of a response; an invalid one is ignored."""
        try:
            server = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if server.tzinfo is None:
            return
        ahead = server - datetime.now(UTC)
        self._ahead = ahead if abs(ahead) > PRECISION else timedelta()

    def now(self) -> datetime:
        """Returns the current time by the API server's clock."""
        return datetime.now(UTC) + self._ahead
