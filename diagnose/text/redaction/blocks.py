"""Finds keys that are written over several lines: PEM of any kind, PGP, PuTTY; certificates are public."""

import re
from collections.abc import Iterator

from diagnose.text.patterns import lazy
from diagnose.text.redaction.spans import Span

_BEGIN = lazy(r"-{4,5} ?BEGIN (?P<kind>[^\n-]{1,64}+)-{0,5}")
_PUBLIC = lazy(
    r"(?:TRUSTED |X509 |NEW |ATTRIBUTE )?(?:CERTIFICATE(?: REQUEST| CHAIN)?|CRL)\s*\Z|.*PUBLIC KEY|.*PARAMETERS"
    r"|PGP SIGNATURE"
)
_END = lazy(r"-{4,5} ?END [^\n-]{1,64}+-{0,5}")
# Lines of a key without its end: base64, headers such as "Proc-Type: 4,ENCRYPTED", checksums, and empty ones. Not
# possessive, because before 3.11.5 Python repeats a group with alternatives wrongly then (gh-106052).
_BODY = lazy(
    r"[^\n]*+(?:\n[ \t]*+(?:(?:[A-Za-z0-9+/=]{1,128}+|[A-Z][A-Za-z\-]{2,20}: [^\n]{0,256}+)[ \t]*+)?(?=\n|\Z))*"
)
_PUTTY = lazy(r"Private-Lines: *+(?P<count>\d{1,3})")
_MAX_BLOCK = 65_536


def find(text: str) -> tuple[list[Span], list[Span]]:
    """Returns the private blocks of a text, and the public ones, in which no token is one of a secret."""
    private: list[Span] = list(_putty(text))
    public: list[Span] = []
    ends = [found.end() for found in _END.finditer(text)]
    done = number = 0
    for found in _BEGIN.finditer(text):
        if found.start() < done:
            continue
        while number < len(ends) and ends[number] <= found.end():
            number += 1
        end = ends[number] if number < len(ends) and ends[number] - found.start() <= _MAX_BLOCK else None
        following = text.find("BEGIN ", found.end(), end) if end else -1
        done = _end_of_body(text, found) if end is None or following >= 0 else end
        (public if _PUBLIC.match(found["kind"]) else private).append(Span(found.start(), done, "private key"))
    return private, public


def _end_of_body(text: str, found: re.Match[str]) -> int:
    body = _BODY.match(text, found.end())
    return body.end() if body else found.end()


def _putty(text: str) -> Iterator[Span]:
    end = 0
    for found in _PUTTY.finditer(text):
        if found.start() < end:
            continue
        end = found.end()
        for _ in range(int(found["count"]) + 1):
            following = text.find("\n", end + 1)
            end = following if following >= 0 else len(text)
        yield Span(found.end(), end, "private key")
