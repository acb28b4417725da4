"""Times as the APIs of a cluster write them (https://www.rfc-editor.org/rfc/rfc3339)."""

import re
from datetime import UTC, datetime

from diagnose.text.patterns import lazy

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""What an unknown time counts as where times are put in order."""

_RFC3339 = lazy(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def utc_now() -> datetime:
    """Returns the current time."""
    return datetime.now(UTC)


def parse(text: str) -> datetime | None:
    """Returns the time, to the microsecond; None where the text is no time with its offset."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def to_text(at: datetime) -> str:
    """Returns the time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
