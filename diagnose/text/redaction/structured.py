"""Masks secrets in structured data: by the names of keys where they are free, and by the shape of every text.

The fields of the product's types are known to hold no value of a secret. The keys of free-form data are not: labels,
data of ConfigMaps, variables, parameters.
"""

import functools
from collections.abc import Iterator
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec.structs import replace

from diagnose.text.decoding import from_plain
from diagnose.text.redaction.masking import lines, mask_key, mask_known, mask_value, text
from diagnose.text.redaction.names import is_secret_name
from diagnose.text.redaction.secrets import find
from diagnose.text.redaction.spans import MASK, Span, masked

A = TypeVar("A")
Memo = dict[Any, Any]
"""The masked parts of an answer, by their types and contents."""
PAIR = ("name", "value")


def cleaned(answer: A) -> A:
    """Returns an answer with its secrets masked, the keys of its mappings in order; the same one where nothing changes.

    Equal parts, such as the variables of pods of one template, become one part in memory.
    """
    found: A = _cleaned(answer, {})
    return found


def _cleaned(value: Any, memo: Memo) -> Any:
    kind = type(value)
    if kind is str:
        return text(value)
    if kind is dict:
        return _free(value)
    if kind is tuple or kind is list:
        return _items(value, memo)
    return _of_struct(value, memo) if isinstance(value, msgspec.Struct) else value


def _once(value: Any, memo: Memo) -> Any:
    """Masks a part; equal ones once."""
    encoded = _encoded(value)
    if encoded is None:
        return _cleaned(value, memo)
    key = type(value), type(value[0]) if isinstance(value, tuple | list) and value else None, encoded
    if key not in memo:
        memo[key] = _cleaned(value, memo)
    return memo[key]


def _encoded(value: object) -> bytes | None:
    """Returns a value as JSON; None where a text has a part of a character, which is not in JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return None


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    """Returns the attributes of a type with their names in plain data."""
    return tuple(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))


@functools.cache
def _pair(kind: type[msgspec.Struct]) -> tuple[str, str] | None:
    """Returns the attributes of a type that are a name and its value, None where it has none."""
    attributes = {name: attribute for attribute, name in _fields(kind)}
    name, value = map(attributes.get, PAIR)
    return (name, value) if name and value else None


def _of_struct(typed: msgspec.Struct, memo: Memo, line: str | None = None) -> msgspec.Struct:
    """Masks the fields of a type; `line` is its text where that is masked already."""
    kind = type(typed)
    changes: dict[str, Any] = {}
    for attribute, name in _fields(kind):
        value = getattr(typed, attribute)
        if not value:
            continue
        of, part = type(value), value
        if of is str:
            shown = text(value) if line is None or name != "text" else line
            # An equal text stays, so that an object without a secret is not made anew.
            part = value if shown == value else shown
        elif of is tuple or of is list:
            part = _once(value, memo)
        elif of is dict:
            part = _annotations(value) if name == "annotations" else _mapping(kind, attribute, value, memo)
        elif isinstance(value, msgspec.Struct):
            part = _of_struct(value, memo)
        if part is not value:
            changes[attribute] = part
    if pair := _pair(kind):
        _mask_value(typed, pair, changes)
    return replace(typed, **changes) if changes else typed


def _mask_value(typed: msgspec.Struct, pair: tuple[str, str], changes: dict[str, Any]) -> None:
    """Masks the value of a name, as a variable has one; a name may also say that the value is no secret."""
    name, value = (getattr(typed, each) for each in pair)
    if isinstance(name, str) and isinstance(value, str):
        changes.pop(pair[1], None)
        if (shown := mask_value(name, value)) != value:
            changes[pair[1]] = shown


def _annotations(known: dict[str, Any]) -> dict[str, Any]:
    """Masks annotations; only those that are read are kept, so their keys are known as those of fields are."""
    shown = {name: mask_known(name, known[name]) for name in sorted(known)}
    return known if shown == known and list(shown) == list(known) else shown


def _mapping(kind: type[msgspec.Struct], attribute: str, given: dict[Any, Any], memo: Memo) -> dict[Any, Any]:
    """Masks the values of free keys, whatever types they are of."""
    if all(isinstance(each, msgspec.Struct) for each in given.values()):
        # The fields are known, whatever the name of the object that has them: `deploy-secret` is no secret.
        objects = {mask_key(name): _of_struct(given[name], memo) for name in sorted(given)}
        is_same = list(objects) == list(given) and all(objects[name] is given[name] for name in given)
        return given if is_same else objects
    plain = msgspec.to_builtins(given, order="deterministic")
    shown = _free(plain)
    if shown == plain and list(shown) == list(given):
        return given
    found: dict[Any, Any] = from_plain(shown, get_type_hints(kind)[attribute])
    return found


def _free(plain: Any) -> Any:
    """Masks free-form data; its keys come in order."""
    if not isinstance(plain, dict):
        return _cleaned(plain, {})
    return {mask_key(key): _named(str(key), plain[key]) for key in sorted(plain, key=str)}


def _named(key: str, value: Any) -> Any:
    """Masks the value of a free key."""
    if isinstance(value, str):
        return mask_value(key, value)
    if isinstance(value, dict | list) and is_secret_name(key):
        return _leaves(value)
    return _free(value)


def _leaves(plain: Any) -> Any:
    match plain:
        case dict():
            return {mask_key(key): _leaves(value) for key, value in plain.items()}
        case list() | tuple():
            return [_leaves(each) for each in plain]
        case bool() | None:
            return plain
        case _:
            return MASK


def _items(given: Any, memo: Memo) -> Any:
    shown: list[Any]
    if all(type(each) is str for each in given):
        shown = _arguments(list(given))
        is_same = shown == list(given)
    else:
        texts = [each for each in map(_text_of, given) if each is not None]
        if len(texts) == len(given):
            shown = [_with_text(each, line, memo) for each, line in zip(given, lines(texts), strict=True)]
        else:
            # The whole was looked up; what it has in common with others is deeper.
            shown = [_cleaned(each, memo) for each in given]
        is_same = all(now is before for now, before in zip(shown, given, strict=True))
    return given if is_same else type(given)(shown)


def _text_of(entry: Any) -> str | None:
    """Returns the text of an entry of a log, None for anything else."""
    found = entry.get("text") if isinstance(entry, dict) else getattr(entry, "text", None)
    return found if type(found) is str else None


def _with_text(entry: Any, shown: str, memo: Memo) -> Any:
    """Masks an entry of a log whose text was masked with those around it."""
    if isinstance(entry, dict):
        return _free({**entry, "text": ""}) | {"text": shown}
    return _of_struct(entry, memo, shown)


def _arguments(items: list[str]) -> list[str]:
    """Masks the arguments of a command, where the value of a flag is the next argument."""
    if not any(each.startswith("-") for each in items):
        return [text(each) for each in items]
    spans = find(" ".join(items))
    cleaned: list[str] = []
    start = 0
    for each in items:
        inside = _within(spans, start, start + len(each))
        cleaned.append(text(masked(each, inside)))
        start += len(each) + 1
    return cleaned


def _within(spans: list[Span], start: int, end: int) -> Iterator[Span]:
    for first, last, shape in spans:
        if first < end and last > start:
            yield Span(max(first, start) - start, min(last, end) - start, shape)
