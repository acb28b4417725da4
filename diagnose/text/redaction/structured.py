"""Masks secrets in structured data: by the names of keys where they are free, and by the shape of every text.

The fields of the product's types are known to hold no value of a secret. The keys of free-form data are not: labels,
data of ConfigMaps, variables, parameters.
"""

import functools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from diagnose.text.redaction.masking import lines, mask_key, mask_known, mask_pair, mask_value, text
from diagnose.text.redaction.names import is_secret_name
from diagnose.text.redaction.secrets import find
from diagnose.text.redaction.spans import MASK, Span, masked

Memo = dict[Any, Any]
"""The masked parts of an answer, by their types and contents."""


def clean(answer: object) -> Any:
    """Returns an answer as plain data with its secrets masked, the keys of mappings in order."""
    return _clean(msgspec.to_builtins(answer, order="deterministic"), answer, {})


def cleaned(answer: object, decode: Callable[[Any], object]) -> object:
    """Returns an answer with its secrets masked: the same one where it has none, else a decoded one."""
    plain = clean(answer)
    is_same = isinstance(answer, msgspec.Struct) and _encoded(answer) == _encoded(plain) is not None
    return answer if is_same else decode(plain)


def _encoded(value: object) -> bytes | None:
    """Returns a value as JSON; None where a text has a part of a character, which is not in JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return None


def _clean(plain: Any, typed: Any, memo: Memo) -> Any:
    """Masks plain data; `typed` is what it was made of, whose fields are known, while other keys are free."""
    kind = type(plain)
    if kind is str:
        return text(plain)
    if kind is dict:
        if isinstance(typed, msgspec.Struct):
            return _of_struct(plain, typed, memo)
        return {mask_key(key): _named(str(key), value) for key, value in plain.items()}
    if kind is list or kind is tuple:
        return _items(plain, typed if isinstance(typed, list | tuple) else plain, memo)
    return plain


def _once(plain: Any, typed: Any, memo: Memo) -> Any:
    """Masks a part; equal ones, such as the containers of pods of one template, once."""
    encoded = _encoded(plain) if isinstance(typed, msgspec.Struct | tuple) else None
    if encoded is None:
        return _clean(plain, typed, memo)
    first = typed[0] if isinstance(typed, tuple) and typed else typed
    key = type(typed), type(first), encoded
    if key not in memo:
        memo[key] = _clean(plain, typed, memo)
    return memo[key]


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Returns the attributes of a type by their names in plain data."""
    return dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))


def _of_struct(plain: dict[str, Any], typed: msgspec.Struct, memo: Memo) -> dict[str, Any]:
    fields = _fields(type(typed))
    cleaned: dict[str, Any] = {}
    for key, value in plain.items():
        given = getattr(typed, fields[key]) if key in fields else value
        if type(value) is str:
            # Each line of a log has a time of its own, and a time is no secret.
            cleaned[key] = value if isinstance(given, datetime) else text(value)
        elif key == "annotations" and isinstance(value, dict):
            # Only annotations that are read are kept, so their keys are known as those of fields are.
            cleaned[key] = {name: mask_known(name, each) for name, each in value.items()}
        elif isinstance(value, dict | list | tuple):
            cleaned[key] = _once(value, given, memo)
        else:
            cleaned[key] = value
    return cleaned | mask_pair(plain)


def _named(key: str, value: Any) -> Any:
    """Masks the value of a free key."""
    if isinstance(value, str):
        return mask_value(key, value)
    if isinstance(value, dict | list) and is_secret_name(key):
        return _leaves(value)
    return _clean(value, value, {})


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


def _items(plain: Any, typed: Any, memo: Memo) -> list[Any]:
    if all(isinstance(each, str) for each in plain):
        return _arguments(plain)
    if all(isinstance(each, dict) and isinstance(each.get("text"), str) for each in plain):
        entries = lines([each["text"] for each in plain])
        others = [{**each, "text": ""} for each in plain]
        cleaned = [_clean(each, one, memo) for each, one in zip(others, typed, strict=True)]
        return [{**each, "text": entry} for each, entry in zip(cleaned, entries, strict=True)]
    return [_once(each, one, memo) for each, one in zip(plain, typed, strict=True)]


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
