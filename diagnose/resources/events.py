"""Events."""

from datetime import datetime

import msgspec

from diagnose.resources.metadata import Object, Reference

_COMBINED = "(combined from similar events): "


class Event(Object, frozen=True):
    """An event; `message` is text of another program, without client-go's prefix for combined events."""

    group = "/api/v1"
    plural = "events"
    involved_object: Reference = Reference()
    type: str = "Normal"
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None

    def __post_init__(self) -> None:
        """Removes the prefix, so that messages start the same way."""
        if self.message.startswith(_COMBINED):
            msgspec.structs.force_setattr(self, "message", self.message.removeprefix(_COMBINED))

    @property
    def container(self) -> str:
        """The container that a pod's event is about; "" where it is about the whole pod."""
        return self.involved_object.field_path.partition("{")[2].removesuffix("}")

    @property
    def seen_at(self) -> datetime | None:
        """The time of its last occurrence."""
        return self.last_timestamp or self.event_time or self.metadata.creation_timestamp
