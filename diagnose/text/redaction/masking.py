"""Masks what looks like a secret in texts, in the lines of a log, and in the values of variables."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from diagnose.text.characters import visible
from diagnose.text.patterns import lazy
from diagnose.text.redaction import secrets
from diagnose.text.redaction.names import NAME_CHARACTERS, is_secret_name
from diagnose.text.redaction.spans import MASK, Span, masked
from diagnose.text.redaction.tokens import is_named_digest
from diagnose.text.redaction.values import is_secret

TRUNCATION_MARK = " …[truncated]"
MAX_LINE_LENGTH = 4_000
_MAX_PASSES = 3
_ESCAPE = lazy(r"\\u00[2-7][0-9a-fA-F]|\\x[2-7][0-9a-fA-F]|&(?:#x?[0-9a-fA-F]{2,3}|quot|apos|amp);")
_CODE = lazy(r"\\(?:u00|x)([2-7][0-9a-fA-F])")
_TOKEN = lazy(r"[^\s\"']*+")
_MAX_CACHED = 2_048
# The line after one that ends like this may have the value of its name, or the rest of a URL or of base64 text; an
# indented line belongs to the one before.
_CONTINUES = tuple(":=|>,{[(\\&")
_ENCODED = 40
_CONTINUED = frozenset(" \t}])-\n")
_BASE64 = lazy(r"[A-Za-z0-9+/=]*+")
_NAMED = lazy(r"name=\\*+\"[^\"]*+\"\Z")
_BLOCK_BEGINS = ("----BEGIN ", "---- BEGIN ", "Private-Lines")
# What is beyond this is not shown, however much of the line before it is masked.
_MAX_JUDGED = 4 * MAX_LINE_LENGTH


def text(raw: str) -> str:
    """Returns the text without secrets and control sequences; line breaks and tabs stay, long lines are truncated."""
    # Long texts come once; in a cache they would only take memory.
    return _cached(raw) if len(raw) <= _MAX_CACHED else _shown(raw)


def _shown(raw: str) -> str:
    plain = visible(raw)
    if len(plain) <= MAX_LINE_LENGTH:
        return _masked(plain)
    return "\n".join(_truncate(line) for line in _masked(_bounded(plain)).split("\n"))


_cached = functools.lru_cache(maxsize=16_384)(_shown)


def lines(raw: Sequence[str]) -> list[str]:
    """Returns the entries of a log without secrets, also those over several entries; each one stays one."""
    plain = list(map(visible, raw))
    masked_lines: list[str] = []
    for group in groups(plain):
        masked_lines += text("\n".join(group)).split("\n")
    found = iter(masked_lines)
    return ["\n".join(next(found) for _ in range(each.count("\n") + 1)) for each in plain]


def groups(plain: Iterable[str]) -> Iterator[list[str]]:
    """Yields the lines of a log that may have a secret together: keys of several lines, a value below its name.

    Equal groups are masked once, and the logs of a workload's pods have many of them in common.
    """
    group: list[str] = []
    is_open, in_block = False, False
    for line in plain:
        if group and not (is_open or in_block) and line.strip() and line[0] not in _CONTINUED:
            yield group
            group = []
        group.append(line)
        in_block = (in_block or any(map(line.__contains__, _BLOCK_BEGINS))) and "END " not in line
        is_open = _continues(line) if line.strip() else is_open
    if group:
        yield group


def _continues(line: str) -> bool:
    end = line.rstrip()
    if end.endswith(_CONTINUES) or _BASE64.fullmatch(end[-_ENCODED:].rjust(_ENCODED)):
        return True
    if end[-1] == '"' and "name=" in end:
        return _NAMED.search(end) is not None
    _, scheme, rest = line.rpartition("://")
    return scheme != "" and len(rest.split()) <= 1


def mask_value(name: str, value: str) -> str:
    """Returns the value, or the mask where the name is that of a secret; known placeholders stay."""
    if is_secret_name(name) and is_secret(name, value):
        return _connection(value) if name.lower().endswith("dsn") else MASK
    return mask_known(name, value)


def mask_known(name: str, value: str) -> str:
    """Returns the value of a name that is not that of a secret, without what looks like one by its shape."""
    return value if is_named_digest(name, value) else text(value)


def mask_key(key: Any) -> Any:
    """Returns the key of a mapping without what looks like a secret by its shape."""
    return text(key) if isinstance(key, str) else key


def mask_pair(plain: dict[Any, Any]) -> dict[Any, Any]:
    """Returns the masked "value" of data with a "name", as a variable has one; {} for other data."""
    name, value = plain.get("name"), plain.get("value")
    return {"value": mask_value(name, value)} if isinstance(name, str) and isinstance(value, str) else {}


def _connection(value: str) -> str:
    """Returns a connection string without its secrets, the mask where it is none."""
    return text(value) if "://" in value or "host=" in value.lower() else MASK


def _masked(plain: str) -> str:
    """Returns the text with its secrets masked; again, until a masked text stays as it is."""
    for _ in range(_MAX_PASSES):
        found: list[Span] = secrets.find(plain)
        if not found:
            break
        plain, before = masked(plain, found), plain
        if plain == before:
            break
    return masked(plain, escaped) if (escaped := find_escaped(plain)) else plain


def find_escaped(plain: str) -> list[Span]:
    """Returns the escaped parts of lines that have a secret once they are unescaped: JSON's, HTML's and C's escapes."""
    if not ("\\" in plain or "&" in plain) or not _ESCAPE.search(plain):
        return []
    # Imported where an escape is found, which few logs have.
    import html

    found: list[Span] = []
    start = 0
    for line in plain.split("\n"):
        escapes = list(_ESCAPE.finditer(line))
        if escapes and secrets.find(html.unescape(_CODE.sub(lambda each: chr(int(each[1], 16)), line))):
            rest = _TOKEN.match(line, escapes[-1].end())
            name = line[: escapes[0].start()].rstrip(NAME_CHARACTERS)
            end = rest.end() if rest else len(line)
            found.append(Span(start + len(name), start + end, "escaped secret"))
        start += len(line) + 1
    return found


def _bounded(plain: str) -> str:
    """Returns the text with its longest lines truncated at a space, for a part of a secret looks like none."""
    if len(plain) <= _MAX_JUDGED:
        return plain
    return "\n".join(
        line if len(line) <= _MAX_JUDGED else f"{line[:_MAX_JUDGED].rpartition(' ')[0]}{TRUNCATION_MARK}"
        for line in plain.split("\n")
    )


def _truncate(line: str) -> str:
    return line if len(line) <= MAX_LINE_LENGTH else line[:MAX_LINE_LENGTH] + TRUNCATION_MARK
