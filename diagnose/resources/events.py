"""Events."""

from datetime import datetime

import msgspec

from diagnose.resources.metadata import Object, Part, Reference, Time
from diagnose.text.times import EARLIEST

_COMBINED = "(combined from similar events): "


class EventSeries(Part, frozen=True):
    """The repetitions of an event of the newer API, which sets neither `count` nor `lastTimestamp`."""

    count: int = 0
    last_observed_time: Time | None = None


class Event(Object, frozen=True):
    """An event; `message` is text of another program, without client-go's prefix for combined events."""

    group = "/api/v1"
    plural = "events"
    involved_object: Reference = Reference()
    type: str = "Normal"
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    event_time: Time | None = None
    series: EventSeries | None = None
    related: Reference | None = None

    def __post_init__(self) -> None:
        """Removes the prefix, so that messages start the same way."""
        if self.message.startswith(_COMBINED):
            msgspec.structs.force_setattr(self, "message", self.message.removeprefix(_COMBINED))

    @property
    def container(self) -> str:
        """The container that a pod's event is about; "" where it is about the whole pod."""
        return self.involved_object.field_path.partition("{")[2].removesuffix("}")

    @property
    def first_at(self) -> datetime | None:
        """The time of its first occurrence."""
        return self.first_timestamp or self.event_time or self.last_timestamp or self.metadata.creation_timestamp

    @property
    def seen_at(self) -> datetime | None:
        """The time of its last occurrence."""
        last = self.series.last_observed_time if self.series else None
        known = [each for each in (last, self.last_timestamp, self.event_time) if each]
        return max(known, default=self.metadata.creation_timestamp)

    @property
    def order(self) -> tuple[datetime, str, str, str]:
        """The order of events, the latest last; of the same second by name, which ends with the exact time."""
        return self.seen_at or EARLIEST, self.name, self.reason, self.message

    @property
    def occurrences(self) -> int:
        """How often it occurred."""
        return max(self.count or 1, self.series.count if self.series else 1)
