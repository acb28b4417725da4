"""What a fault is, and the registry of all faults."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.hostile.objects import JSON, Answer
from tests.hostile.server import Exchange

Apply = Callable[[Exchange], None]

LISTS = frozenset({"list"})
LOGS = frozenset({"log"})
HTTP = LISTS | LOGS
EXECS = frozenset({"exec"})
TUNNELS = frozenset({"port-forward"})
SOCKETS = EXECS | TUNNELS
EVERYTHING = HTTP | SOCKETS

MEBIBYTE = 1 << 20
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
# What a reason mentions of a kind of fault.
CUT = r"cut|broke|ended|incomplete|closed|truncat|EOF|bytes|reset|broken|disconnect|malformed|without"
LATE = r"in time|within|timed? ?out|deadline|no answer|does not answer|not answered|too slow"
LARGE = r"large|limit|MB|MiB|GB|bytes|more than|exceed|too (many|much|long)|endless|pages|deadline|in time|within"
NOT_VALID = r"valid|malformed|JSON|HTML|html|not an? |kind|Status|decode|answer"


class Expected(Enum):
    """What a run may do with a fault."""

    UNKNOWN = "unknown"  # the answer is missing, so a run is not healthy without a remark
    HEALTHY = "healthy"  # the answer is there, at the first or at a second try
    EITHER = "either"  # whether enough of the answer is there is a matter of judgement


@dataclass(frozen=True)
class Fault:
    """A fault with its name.

    Attributes:
        mentions: a regular expression of what the reason says of it.
        slow: it ends at the run's deadline, if at all, so that a run gets little time.
        heavy: it sends as much as it can.
        findings: codes, with "*" for any, that are right about what the fault sends.
        port: of port-forwards, the only port that it is for.
        missed_by: the commands that need the answer; none for all.
    """

    name: str
    family: str
    kinds: frozenset[str]
    apply: Apply
    mentions: str
    expected: Expected = Expected.UNKNOWN
    slow: bool = False
    heavy: bool = False
    findings: tuple[str, ...] = ()
    port: int = 0
    missed_by: tuple[str, ...] = ()

    def expected_of(self, command: str) -> Expected:
        """Returns what a run of the command may do."""
        return self.expected if not self.missed_by or command in self.missed_by else Expected.EITHER


FAULTS: dict[str, Fault] = {}


def fault(
    family: str,
    kinds: frozenset[str],
    mentions: str,
    expected: Expected = Expected.UNKNOWN,
    *,
    name: str = "",
    slow: bool = False,
    heavy: bool = False,
    findings: tuple[str, ...] = (),
    port: int = 0,
    missed_by: tuple[str, ...] = (),
) -> Callable[[Apply], Apply]:
    """Registers a function as a fault of its name."""

    def register(function: Apply) -> Apply:
        named = name or function.__name__.strip("_").replace("_", "-")
        assert named not in FAULTS, named
        FAULTS[named] = Fault(
            named, family, kinds, function, mentions, expected, slow, heavy, findings, port, missed_by
        )
        return function

    return register


def replaced(body: bytes | str, content_type: str = JSON, code: int = 200, **headers: str) -> Apply:
    """Returns a fault that sends another answer."""
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(Answer(code, data, content_type, named))


def flood(exchange: Exchange, begin: bytes, block: bytes, total: int = 1 << 30) -> None:
    """Sends a block until the total is reached."""
    exchange.wire.send(begin)
    for _ in range(total // len(block)):
        exchange.wire.send(block)


def drip(exchange: Exchange, data: bytes, size: int = 1) -> None:
    """Sends some bytes a second."""
    for at in range(0, len(data), size):
        exchange.wire.send(data[at : at + size])
        exchange.wire.wait(1)
