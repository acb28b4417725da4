"""Leases of a leader election as the log of a program names them: that which it waits for, and who holds it.

The messages are those of client-go, of the clients for Java, and of what is made with them.
"""

from collections.abc import Iterable

import msgspec

from diagnose.text.patterns import lazy

_AWAITED = lazy(
    r"(?i)\bacquire leader lease(?:\.{3})?[\"']?:?[ \t](?:lock=)?[\"']?(?:LeaseLock: )?"
    r"(?P<namespace>[a-z0-9][a-z0-9-]{0,62})(?:/| - )(?P<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
)
_HOLDER = lazy(
    r"(?i)\b(?:lock|lease) is held (?:by:?[ \t]|and has not yet expired\b[^\n]{0,300}?\bholder=)[\"']?"
    r"(?P<holder>[a-z0-9][\w.:-]{0,300})"
)
_ACQUIRED = lazy(r"(?i)\bsuccessfully acquired lease\b|\bacquired leader lease\b|\bbecame (?:the )?leader\b")


class AwaitedLease(msgspec.Struct, frozen=True, kw_only=True):
    """A lease that a program waits for.

    Attributes:
        holder: the identity of the holder, which begins with the name of its pod; "" where the log names none.
        line: the line that shows it.
    """

    namespace: str
    name: str
    holder: str
    line: str

    @property
    def pod(self) -> str:
        """The name of the holder's pod, "" where it is not known."""
        return self.holder.partition("_")[0]


def awaited_lease(lines: Iterable[str]) -> AwaitedLease | None:
    """Returns the lease that a program waits for by its log, None where it has it, or waits for none."""
    awaited: AwaitedLease | None = None
    for line in lines:
        if found := _AWAITED.search(line):
            awaited = AwaitedLease(namespace=found["namespace"], name=found["name"], holder="", line=line)
        elif awaited and _ACQUIRED.search(line):
            awaited = None
        elif awaited and (held := _HOLDER.search(line)):
            awaited = msgspec.structs.replace(awaited, holder=held["holder"], line=line)
    return awaited
