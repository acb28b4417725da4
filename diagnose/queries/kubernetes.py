"""Queries to the Kubernetes API: lists of objects, and logs of containers."""

from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.queries.query import NoAnswerError, Query
from diagnose.queries.rights import LOG, Rights, to_list
from diagnose.resources import Object

T = TypeVar("T", bound=Object)

DISCARDED_LOG = "unable to retrieve container logs for"
"""What the kubelet sends instead of a log that it has deleted (GetContainerLogs in kuberuntime_container.go)."""


class Listing(msgspec.Struct, Generic[T], frozen=True, omit_defaults=True):
    """The objects of a list.

    Attributes:
        damaged: remarks about those whose text is not as in the cluster, because it is no Unicode.
    """

    items: tuple[T, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def complete(self) -> tuple[T, ...]:
        """All objects.

        Raises:
            NoAnswerError: one is damaged.
        """
        if self.damaged:
            raise NoAnswerError(self.damaged[0])
        return self.items


class ListObjects(Query[Listing[T]], frozen=True, kw_only=True):
    """Lists the objects of a kind in a namespace ("" for kinds without one), by label or field selector if given."""

    answer_type: ClassVar[type] = Listing
    timeout_s: ClassVar[float] = 20.0

    kind: type[T]
    namespace: str = ""
    selector: str = ""
    fields: str = ""

    @property
    def plural(self) -> str:
        """The kind's plural, as kubectl accepts it."""
        return self.kind.plural

    @property
    def what(self) -> str:
        """The request."""
        return f"list {self.plural}{f' in namespace {self.namespace}' if self.namespace else ''}"

    @property
    def rights(self) -> Rights:
        """The right to list the kind."""
        return ((to_list(self.kind), self.namespace),)

    @property
    def decoded_type(self) -> Any:
        """A list of the kind."""
        return Listing[self.kind]  # type: ignore[name-defined]

    @property
    def command(self) -> Command:
        """The kubectl command that lists the same."""
        return kubectl.get(self.plural, namespace=self.namespace, selector=self.selector, fields=self.fields)

    def as_key(self) -> dict[str, object]:
        """Returns the query as plain data, without an empty field selector, which is not in older recordings."""
        key = super().as_key() | {"plural": self.plural}
        absent = {"kind"} if self.fields else {"kind", "fields"}
        return {name: value for name, value in key.items() if name not in absent}


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a log.

    Attributes:
        at: the container runtime's timestamp.
        more: how many later lines of an error like this one were counted and not retained.
        until: the timestamp of the last of them.
    """

    text: str
    at: datetime | None = None
    more: int = 0
    until: datetime | None = None


class LogText(msgspec.Struct, frozen=True):
    """A container's log: its beginning, what is new after it, and its end; the lines between are counted.

    Attributes:
        head, tail: lines in order; a log that fits is all in `head`.
        cut: how many lines before the tail were left out.
        gap: why lines before the newest ones were not read, "" where all were.
        unread_end: why the newest lines were not read, "" where they were.
    """

    head: tuple[LogLine, ...] = ()
    tail: tuple[LogLine, ...] = ()
    cut: int = 0
    gap: str = ""
    unread_end: str = ""

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """All retained lines."""
        return self.head + self.tail

    @property
    def is_discarded(self) -> bool:
        """Whether this is the kubelet's message that the log is gone."""
        return len(self.lines) == 1 and DISCARDED_LOG in self.lines[0].text

    @property
    def newest(self) -> tuple[LogLine, ...]:
        """The newest lines without a gap between them."""
        return self.tail if self.tail and (self.cut or self.gap) else self.lines


class ReadLog(Query[LogText], frozen=True, kw_only=True):
    """Reads the log of a container's current run, or of the previous one."""

    answer_type: ClassVar[type] = LogText
    timeout_s: ClassVar[float] = 15.0

    namespace: str
    pod: str
    container: str
    previous: bool = False

    @property
    def what(self) -> str:
        """The request."""
        return f"read log of pod {self.pod}, container {self.container}{', previous run' if self.previous else ''}"

    @property
    def rights(self) -> Rights:
        """The right to read logs."""
        return ((LOG, self.namespace),)

    @property
    def command(self) -> Command:
        """The kubectl command that prints the same."""
        return kubectl.log(self.pod, self.container, namespace=self.namespace, previous=self.previous)
