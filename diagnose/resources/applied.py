"""Objects whose earlier state is known: `kubectl apply` leaves a copy of what it applied in an annotation."""

from contextlib import suppress
from functools import cache
from typing import Any, Generic, Self, TypeVar

import msgspec

from diagnose.resources.metadata import AppliedMeta, Object, Part

S = TypeVar("S", bound="AppliedSpec")


class AppliedSpec(Part, frozen=True):
    """A spec that can be compared with that of the last apply."""

    @property
    def filled(self) -> Self:
        """The spec with what the API server fills in where a manifest leaves it out."""
        return self


class _Manifest(Part, Generic[S], frozen=True):
    """An object as `kubectl apply` keeps it."""

    spec: S


@cache
def _decoder(kind: type[AppliedSpec]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_Manifest[kind])  # type: ignore[valid-type]


class AppliedObject(Object, frozen=True):
    """An object that was perhaps changed since `kubectl apply`.

    `applied` is its spec as it was applied, with what is filled in; None where nothing differs, or it never was.
    """

    metadata: AppliedMeta = AppliedMeta()
    spec: AppliedSpec = AppliedSpec()
    applied: AppliedSpec | None = None

    def __post_init__(self) -> None:
        """Takes from the annotation what differs."""
        if manifest := self.metadata.take_applied():
            with suppress(msgspec.MsgspecError, ValueError, RecursionError):
                before = _decoder(type(self.spec)).decode(manifest).spec.filled
                if before != self.spec.filled:
                    msgspec.structs.force_setattr(self, "applied", before)
