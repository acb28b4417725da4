"""Removes secrets, control sequences and overlong lines from the text of a cluster.

All text from a source passes through here on its way to checks, recordings and reports. It is masked by shape
(tokens, keys, passwords in URLs) and by the name of the assigned variable; hosts, ports and object names stay readable.
"""

import functools
import re

from diagnose.text.characters import visible

MASK = "‹masked›"
TRUNCATION_MARK = " …[truncated]"
MAX_LINE_LENGTH = 4_000

# Values that are no secret and that help to find a fault.
PLACEHOLDERS = frozenset({"", "<no value>", "change-me-in-production", "changeme", "change-me"})

_SECRET_NAME = (
    r"[A-Za-z0-9_.\-]*(?:password|passwd|passphrase|pgpass|secret(?!s?[._-]?(?:name|path|key_?ref|id\b))"
    r"|api[_-]?key|auth[_-]?key|private[_-]?key|access[_-]?key|encryption[_-]?key|signing[_-]?key"
    r"|token|credential|\bpwd)[A-Za-z0-9_\-]*"
)
_IS_SECRET_NAME = re.compile(rf"\A{_SECRET_NAME}\Z", re.IGNORECASE)
_NOT_SECRET = re.compile(
    r"(_NAME|_PATH|_FILE|_URL|_PROVIDER|_CHAIN|_LENGTH|_BYTES|_TTL|_QUEUE|_PREFIX|token_path|_POLICY)\Z", re.IGNORECASE
)

_ASSIGNED = re.compile(
    rf"(?P<name>(?<!• )\\?[\"']?\b{_SECRET_NAME}\\?[\"']?)(?P<sign>\s*(?:=|:)\s*)"
    r"(?P<value>\\?\"(?:[^\"\\]|\\.)*?\\?\"|'[^']*'|[^\s,;&}\])\"']+)",
    re.IGNORECASE,
)
_SHAPES = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:hvs|hvb|hvr|s)\.[A-Za-z0-9_\-]{20,}"),
    re.compile(r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"),
    re.compile(r"\b(?:sk|rk|pk|whsec)_(?:live|test)_[A-Za-z0-9]{8,}|\bre_[A-Za-z0-9_]{16,}"),
    re.compile(r"\b(?:ghp|gho|ghs|glpat|github_pat)[_-][A-Za-z0-9_]{16,}|\bAKIA[0-9A-Z]{16}\b"),
)
_URL_PASSWORD = re.compile(r"(?P<head>\b[a-z][a-z0-9+.\-]*://[^\s:/@]*:)[^\s/]+(?P<tail>@)", re.IGNORECASE)
_BEARER = re.compile(r"(?P<head>\b(?:bearer|basic)\s+)[A-Za-z0-9+/=_.\-]{8,}", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<head>\b(?:x-vault-token|authorization|cookie|set-cookie)\b[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"',}]+",
    re.IGNORECASE,
)

# A shell's error about a file with the name of a secret: "cannot open /vault/secrets/auth-key: Permission denied".
_OF_A_FILE = re.compile(r"Permission denied|No such file|Syntax error|Is a directory|unexpected EOF")

# The migration tool of the Temporal server prints its passwords in this sentence.
_ANNOUNCED = re.compile(r"(?P<head>\b(?P<name>[A-Z][A-Z0-9_]+) (?:environment )?variable: )\S+")

_HINTS = (
    "pass",
    "secret",
    "key",
    "token",
    "credential",
    "pwd",
    "://",
    "eyj",
    "hvs.",
    "hvb.",
    "hvr.",
    "s.",
    "bearer",
    "basic",
    "authorization",
    "cookie",
    "private",
    "_live_",
    "_test_",
    "re_",
    "gh",
    "glpat",
    "akia",
)


def is_secret_name(name: str) -> bool:
    """Whether the value of a variable with this name must not be shown."""
    return bool(_IS_SECRET_NAME.match(name)) and not _NOT_SECRET.search(name)


def mask_value(name: str, value: str) -> str:
    """Returns the value, or the mask where the name is that of a secret; known placeholders stay."""
    if value in PLACEHOLDERS or not is_secret_name(name):
        return text(value)
    return MASK


@functools.lru_cache(maxsize=16_384)
def text(raw: str) -> str:
    """Returns the text without secrets and control sequences; line breaks and tabs stay, long lines are truncated."""
    plain = visible(raw)
    lowered = plain.lower()
    if any(hint in lowered for hint in _HINTS):
        plain = _mask(plain)
    if len(plain) > MAX_LINE_LENGTH:
        plain = "\n".join(_truncate(line) for line in plain.split("\n"))
    return plain


def _mask(plain: str) -> str:
    for shape in _SHAPES:
        plain = shape.sub(MASK, plain)
    plain = _URL_PASSWORD.sub(rf"\g<head>{MASK}\g<tail>", plain)
    plain = _HEADER.sub(rf"\g<head>{MASK}", plain)
    plain = _BEARER.sub(rf"\g<head>{MASK}", plain)
    plain = _ANNOUNCED.sub(lambda found: found["head"] + MASK if is_secret_name(found["name"]) else found[0], plain)
    return _ASSIGNED.sub(_mask_assigned, plain)


def _mask_assigned(found: re.Match[str]) -> str:
    name = found["name"].strip("\\\"'")
    value = found["value"]
    bare = value.strip("\\\"'")
    if (
        bare in PLACEHOLDERS
        or MASK in bare
        or bare.startswith("{{")
        or bare in {"***", "true", "false", "null", "undefined", "not"}
    ):
        return found[0]
    if not is_secret_name(name):
        return found[0]
    whole, start = found.string, found.start()
    if whole[start - 1 : start] == "/" and _OF_A_FILE.match(whole, found.start("value")):
        return found[0]
    opening = value[: len(value) - len(value.lstrip("\\\"'"))]
    closing = value[len(value.rstrip("\\\"'")) :] if opening else ""
    return f"{found['name']}{found['sign']}{opening}{MASK}{closing}"


def _truncate(line: str) -> str:
    return line if len(line) <= MAX_LINE_LENGTH else line[:MAX_LINE_LENGTH] + TRUNCATION_MARK
