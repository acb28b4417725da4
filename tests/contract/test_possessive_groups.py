"""No regular expression repeats a group possessively: Python before 3.11.5 matches too much of it then.

Where the last repetition fails after its first character, the match goes on from there (gh-106052). A repeated set of
characters is not affected.
"""

import re
from collections.abc import Iterator
from re import _constants as opcodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.support.patterns import Pattern, collect


def possessive(parsed: Any) -> Iterator[Any]:
    """Yields what is repeated possessively, at any depth."""
    for operation, argument in parsed:
        if operation is opcodes.POSSESSIVE_REPEAT:
            yield argument[2]
        for part in _parts(argument):
            yield from possessive(part)


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)


def is_group(repeated: Any) -> bool:
    """Whether a part is more than one character."""
    (low, high), single = repeated.getwidth(), list(repeated)
    return (low, high) != (1, 1) or single[0][0] in {opcodes.SUBPATTERN, opcodes.BRANCH}


@pytest.mark.parametrize("pattern", [pytest.param(each, id=each.place) for each in collect()])
def test_no_group_is_repeated_possessively(pattern: Pattern) -> None:
    # The parser adds this flag to those of a text by itself.
    parsed = parser.parse(pattern.compiled.pattern, pattern.compiled.flags & ~re.UNICODE)
    assert not [each for each in possessive(parsed) if is_group(each)]


def test_a_possessive_group_is_found() -> None:
    assert any(map(is_group, possessive(parser.parse("a(?:b++c)*+"))))
    assert not any(map(is_group, possessive(parser.parse("a[bc]*+(?:de)*"))))
