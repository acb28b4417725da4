"""Finds and masks what is left in stored data: in a recording before it is written, and in files for people."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from diagnose.text.characters import visible
from diagnose.text.redaction.masking import find_escaped, groups, mask_key, mask_known, mask_pair, mask_value
from diagnose.text.redaction.names import is_secret_name
from diagnose.text.redaction.secrets import find
from diagnose.text.redaction.spans import MASK, Span
from diagnose.text.redaction.values import is_secret

_MIN_SHOWN = 16
_SHOWN = 2


class Left(NamedTuple):
    """A text that looks like a secret.

    Attributes:
        place: where it is, as "exchanges[3].answer.items[0].spec", or "line 4".
        shape: the kind of secret.
        preview: its beginning, where that does not help to guess it, and its length.
    """

    place: str
    shape: str
    preview: str


def scrub(plain: Any, key: str = "", above: str = "") -> Any:
    """Returns plain data with what still looks like a secret masked; data that was cleaned stays as it is."""
    match plain:
        case str():
            return _masked(plain, key, above)
        case dict():
            return {mask_key(name): scrub(value, str(name), key) for name, value in plain.items()} | mask_pair(plain)
        case list() | tuple():
            return [scrub(each, key, above) for each in plain]
        case _:
            return plain


def left_in(plain: Any, place: str = "", key: str = "", above: str = "") -> Iterator[Left]:
    """Yields the texts of plain data that look like secrets."""
    match plain:
        case str():
            if _masked(plain, key, above) != plain:
                yield from _shapes(visible(plain), place, key)
        case dict():
            pair = mask_pair(plain)
            for name, value in plain.items():
                shown = mask_key(name)
                inside = f"{place}.{shown}" if place else str(shown)
                if shown != name:
                    yield from _shapes(visible(name), inside, "")
                named = str(plain["name"]) if name in pair and pair[name] == MASK != value else str(name)
                yield from left_in(value, inside, named, key)
        case list() | tuple():
            for number, each in enumerate(plain):
                yield from left_in(each, f"{place}[{number}]", key, above)
        case _:
            pass


def left_in_text(text: str) -> Iterator[Left]:
    """Yields the parts of a text that look like secrets, by their lines."""
    number = 1
    for group in groups(visible(text).split("\n")):
        joined, at = "\n".join(group), 0
        for start, end, shape in _found(joined):
            number += joined.count("\n", at, start)
            at = start
            yield Left(f"line {number}", shape, _preview(joined[start:end]))
        number += joined.count("\n", at) + 1


def _masked(value: str, key: str, above: str) -> str:
    # The keys of annotations are known, as those of fields are: only those that are read are kept.
    return mask_known(key, value) if above == "annotations" else mask_value(key, value)


def _shapes(value: str, place: str, key: str) -> Iterator[Left]:
    if is_secret_name(key) and is_secret(key, value):
        yield Left(place, f"value of {key}", _preview(value))
        return
    for start, end, shape in _found(value):
        yield Left(place, shape, _preview(value[start:end]))


def _found(plain: str) -> Iterator[Span]:
    """Yields the parts of a text that would be masked and do not overlap; of those at one place the longest."""
    spans = find(plain) or find_escaped(plain)
    done = 0
    for each in sorted(spans, key=lambda span: (span.start, -span.end, not span.shape.startswith("value"))):
        if each.start >= done:
            yield each
            done = each.end


def _preview(secret: str) -> str:
    shown = f"{secret[:_SHOWN]}…, " if len(secret) >= _MIN_SHOWN else ""
    return f"{shown}{len(secret)} characters"
