"""What the kubelet heard from a probe, by the words of its event."""

import re
from dataclasses import dataclass

from diagnose.check.api import Code
from diagnose.text.sentences import cut

SCHEME = Code(
    id="health.probe-scheme-mismatch",
    meaning="A probe speaks HTTPS to an endpoint that speaks HTTP, or the other way round.",
    fix="Correct the probe's scheme.",
)
COMMAND = Code(
    id="health.probe-command-missing",
    meaning="A probe runs a program that the image does not have, so it can never succeed.",
    fix="Ask the health endpoint instead, or run a program that the image has.",
)
PROTOCOL = Code(
    id="health.probe-protocol-mismatch",
    meaning="A probe asks by gRPC, and the health endpoint speaks HTTP.",
    fix="Ask the health endpoint by HTTP.",
)
FAILING = Code(
    id="health.probe-failing",
    meaning="A probe fails although the worker's start is complete; the kubelet's words say how.",
    fix="Correct the probe, or what it asks.",
    heals=True,
)
CODES = (SCHEME, COMMAND, PROTOCOL, FAILING)
_EVENT = re.compile(r"\A(?P<kind>Startup|Liveness|Readiness) probe (?:failed|errored[^:]*): (?P<said>.*)", re.DOTALL)
_PROGRAM = re.compile(r'exec: "(?P<program>[^"]+)":.*(?:no such file|not found)')
# Other checks tell these: nobody listens there, such a path or port is not there, the endpoint's own no.
_TOLD = re.compile(r"connection refused|reset by peer|\bEOF\b|statuscode: \d+|find port|strconv\.Atoi")


@dataclass(frozen=True)
class Heard:
    """What a probe got: code, kind of probe, words after "The readiness probe", and the scheme that would be right."""

    code: Code
    kind: str
    words: str
    scheme: str = ""


def judge(message: str, *, finished: bool) -> Heard | None:
    """What a probe got, by the kubelet's event; None where it is another check's business or may pass by itself."""
    event = _EVENT.match(message)
    if event is None:
        return None
    kind, said = event["kind"].lower(), " ".join(event["said"].split())
    if "HTTP response to HTTPS client" in said:
        words = "asks by HTTPS, and the health endpoint speaks HTTP"
        return Heard(SCHEME, kind, words, "HTTP")
    if "malformed HTTP response" in said:
        words = "asks by HTTP, and the health endpoint does not speak it, as one with TLS"
        return Heard(SCHEME, kind, words, "HTTPS")
    if program := _PROGRAM.search(said):
        return Heard(COMMAND, kind, f"runs {program['program']}, which the image lacks", "HTTP")
    if "failed to connect service" in said or "code = Unimplemented" in said:
        return Heard(PROTOCOL, kind, "asks by gRPC, and the health endpoint speaks HTTP", "HTTP")
    if _TOLD.search(said) or not finished:
        return None
    return Heard(FAILING, kind, f"fails, although the start is complete: {cut(said, 70)}")
