"""Commands of signatures: a text that is split into words before names are filled in, so that each stays one word."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from diagnose.commands.command import Command, Operator

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>(?:[^\s'"\\|&;()<>]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)|(?P<operator>&&|[|;()]))""", re.DOTALL
)
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
Piece = tuple[str, str]
"""Literal text, and the name that follows it, or ""."""


class TemplateError(ValueError):
    """A text is no command that can be filled safely; the message says why."""


@dataclass(frozen=True)
class Word:
    """A word of a template: literal text and names in braces."""

    pieces: tuple[Piece, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it."""
        return tuple(name for _, name in self.pieces if name)

    def filled(self, names: Mapping[str, str]) -> str:
        """The word; <name> stands for a value that is not known, or that would be taken for a flag."""
        text = "".join(f"{literal}{names.get(name, f'<{name}>') if name else ''}" for literal, name in self.pieces)
        literal = self.pieces[0][0] if self.pieces else ""
        if self.names and not literal and (not text or text.startswith("-")):
            return f"<{self.names[0]}>"
        return text


@dataclass(frozen=True)
class Template:
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
        TemplateError: it has a sign of the shell that is not supported, or a name where a value could become code.
    """
    parts = tuple(_parts(text))
    previous: tuple[Word | Operator, ...] = (Operator.THEN, Operator.THEN)
    for part in parts:
        if isinstance(part, Word) and part.names:
            _refuse_code(part, *previous)
        previous = (previous[-1], part)
    return Template(parts)


def _refuse_code(word: Word, before: Word | Operator, last: Word | Operator) -> None:
    name = f"{{{word.names[0]}}}"
    if isinstance(last, Operator):
        raise TemplateError(f"{name} stands where a program is named")
    if isinstance(before, Word) and _plain(last) == "-c" and _plain(before).rpartition("/")[2] in _SHELLS:
        raise TemplateError(
            f"{name} stands in a script of a shell; give it as an argument: bash -c 'echo \"$0\"' {name}"
        )


def _plain(part: Word | Operator) -> str:
    return "".join(literal for literal, _ in part.pieces) if isinstance(part, Word) else ""


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
