"""Commands of signatures: a text that is split into words before names are filled in, so that each stays one word."""

import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import pairwise
from string import Formatter

import msgspec

from diagnose.commands.command import Command, Operator
from diagnose.text.patterns import lazy

_TOKEN = lazy(
    r"""\s*+(?:(?P<word>(?:[^\s'"\\|&;()<>]++|\\.|'[^']*+'|"(?:[^"\\]|\\.)*")+)|(?P<operator>&&|[|;()]))""",
    re.DOTALL,
)
_SCRIPT = lazy(r"-[a-z]*c")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
Piece = tuple[str, str]
"""Literal text, and the name that follows it, or ""."""


class TemplateError(ValueError):
    """A text is no command that can be filled safely; the message says why."""


class Word(msgspec.Struct, frozen=True):
    """A word of a template: literal text and names in braces."""

    pieces: tuple[Piece, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it."""
        return tuple(name for _, name in self.pieces if name)

    @property
    def literal(self) -> str:
        """Its text without the names."""
        return "".join(literal for literal, _ in self.pieces)

    def filled(self, names: Mapping[str, str]) -> str:
        """The word; <name> stands for a value that is not known, or that would be taken for a flag or a file."""
        text = "".join(f"{literal}{names.get(name, f'<{name}>') if name else ''}" for literal, name in self.pieces)
        literal = self.pieces[0][0] if self.pieces else ""
        if self.names and not literal and (not text or text.startswith("-")):
            return f"<{self.names[0]}>"
        # Programs take NAME=@file for the content of a file, and NAME=- for their input.
        if self.names and literal.endswith("=") and (text.startswith(f"{literal}@") or text == f"{literal}-"):
            return f"{literal}<{self.names[0]}>"
        return text


class Template(msgspec.Struct, frozen=True):
    """A command with names to fill in."""

    parts: tuple[Word | Operator, ...]

    @property
    def names(self) -> frozenset[str]:
        """All names in it."""
        return frozenset(name for part in self.parts if isinstance(part, Word) for name in part.names)

    def filled(self, names: Mapping[str, str]) -> Command:
        """The command with these values."""
        return Command(*(part if isinstance(part, Operator) else part.filled(names) for part in self.parts))


def parse(text: str) -> Template:
    """The template of a text.

    Raises:
        TemplateError: it has a shell operator that is not supported, or a name where a value could become code.
    """
    parts = tuple(_parts(text))
    if parts:
        _refuse_syntax(parts)
    _refuse_code(parts)
    return Template(parts)


def _refuse_syntax(parts: tuple[Word | Operator, ...]) -> None:
    ends = (Operator.PIPE, Operator.AND, Operator.THEN)
    depth = 0
    for before, part in pairwise((Operator.THEN, *parts, Operator.THEN)):
        depth += (part is Operator.OPEN) - (part is Operator.CLOSE)
        starts = isinstance(part, Word) or part is Operator.OPEN
        if (before in ends or before is Operator.OPEN) and not starts:
            raise TemplateError(f"the command names no program before {str(part)!r}")
        # A parenthesis opens a subshell only where a command begins.
        if part is Operator.OPEN and before not in (*ends, Operator.OPEN):
            raise TemplateError("the command names no program before '('")
    if depth:
        raise TemplateError("the parentheses of the command are not closed")


def _refuse_code(parts: tuple[Word | Operator, ...]) -> None:
    for before, last, part in zip((None, None, *parts), (None, *parts), parts, strict=False):
        if not isinstance(part, Word) or not part.names:
            continue
        name = f"{{{part.names[0]}}}"
        if not isinstance(last, Word):
            raise TemplateError(f"{name} stands where a program is named")
        if (
            isinstance(before, Word)
            and _SCRIPT.fullmatch(last.literal)
            and before.literal.rpartition("/")[2] in _SHELLS
        ):
            raise TemplateError(f"{name} stands in a script; give it as an argument: bash -c 'echo \"$0\"' {name}")


def _parts(text: str) -> Iterator[Word | Operator]:
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise TemplateError(f"the command cannot be read at {text[at:].strip()[:20]!r}")
        at = found.end()
        if found["operator"]:
            yield Operator(found["operator"])
        else:
            yield Word(tuple(_pieces(shlex.split(found["word"])[0])))


def _pieces(word: str) -> Iterator[Piece]:
    try:
        for literal, name, spec, conversion in Formatter().parse(word):
            if spec or conversion or (name is not None and not name.isidentifier()):
                raise TemplateError(f"{{{name}}} is no name")
            yield literal, name or ""
    except ValueError as error:
        if isinstance(error, TemplateError):
            raise
        raise TemplateError(f"a command has a brace that is not doubled: {error}") from error
