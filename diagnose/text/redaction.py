"""Makes text from a cluster fit to show: no secret, no control sequence, no endless line.

This stands on the only way from a source to checks, recordings and reports. It masks by shape (tokens, keys,
passwords in URLs) and by the name that a value is assigned to; hosts, ports and object names stay readable.
"""

import functools
import re

MASK = "‹masked›"
CUT_MARK = " …[cut]"
LONGEST_LINE = 4_000

# Values that say something about a fault and that nobody keeps secret.
PLACEHOLDERS = frozenset({"", "<no value>", "change-me-in-production", "changeme", "change-me"})

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
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

# What a shell says of a file whose name is like a secret's: "cannot open /vault/secrets/auth-key: Permission denied".
_OF_A_FILE = re.compile(r"Permission denied|No such file|Syntax error|Is a directory|unexpected EOF")

# The migration tool of the worker's server prints its passwords in this sentence.
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
    """Whether a variable of this name holds something that must not be shown."""
    return bool(_IS_SECRET_NAME.match(name)) and not _NOT_SECRET.search(name)


def mask_value(name: str, value: str) -> str:
    """The value, or the mask where the name says that it is secret; telling placeholders are kept."""
    if value in PLACEHOLDERS or not is_secret_name(name):
        return text(value)
    return MASK


@functools.lru_cache(maxsize=16_384)
def text(raw: str) -> str:
    """The text without secrets and control sequences; line breaks and tabs stay, endless lines are cut."""
    plain = _CONTROL.sub("", raw) if not (raw.isascii() and raw.isprintable()) else raw
    lowered = plain.lower()
    if any(hint in lowered for hint in _HINTS):
        plain = _mask(plain)
    if len(plain) > LONGEST_LINE:
        plain = "\n".join(_cut(line) for line in plain.split("\n"))
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


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + CUT_MARK
