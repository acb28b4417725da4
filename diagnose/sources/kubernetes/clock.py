"""The API server's clock, as the `Date` header of its answers shows it.

Ages of objects are differences to times that the API server or a node wrote, so the clock of whoever runs `diagnose`
must not decide them.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The header has whole seconds, and an answer takes its time: less than this is no difference.
PRECISION = timedelta(seconds=2)


class ServerClock:
    """How far the API server's clock is ahead of this machine's; none, until an answer shows otherwise."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def observe(self, date: str | None) -> None:
        """Take the time from an answer's `Date` header that has just arrived; one that is none is left out."""
        try:
            server = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if server.tzinfo is None:
            return
        ahead = server - datetime.now(UTC)
        self._ahead = ahead if abs(ahead) > PRECISION else timedelta()

    def now(self) -> datetime:
        """The present by the API server's clock."""
        return datetime.now(UTC) + self._ahead
