"""A command for a person to paste: words that a shell takes as they are, whatever a cluster puts into them."""

import re
import shlex
from enum import StrEnum
from itertools import pairwise

from diagnose.text.characters import visible
from diagnose.text.patterns import lazy

_ASSIGNED = lazy(r"(?P<name>[\w./-]+=)(?P<value>.*)", re.DOTALL)
# Within double quotes; bash and zsh leave a "!" before "=" alone.
_SPECIAL = lazy(r"""["\\$`]|!(?!=)|##""")


class Operator(StrEnum):
    """A shell operator between words; never quoted, and never made from data."""

    PIPE = "|"
    AND = "&&"
    THEN = ";"
    OPEN = "("
    CLOSE = ")"
    BACKGROUND = "&"
    LAST_BACKGROUND = "$!"
    DISCARD = ">/dev/null"


Part = str | Operator


class Command(str):
    """The text of a command, made from its words.

    It is a text, so that reports show and store it as it is, but only from words: a text alone becomes one quoted
    word. The command of a stored report has no words. The text is empty where a word cannot be quoted for each shell:
    a line break or a tab is a key to a terminal, and what cannot be seen hides what runs.

    Attributes:
        parts: the words before quoting, and the operators between them.
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part) -> "Command":
        """Renders the words and operators."""
        made = super().__new__(cls, _rendered(parts) if all(map(_can_be_quoted, parts)) else "")
        made.parts = parts
        return made

    @classmethod
    def stored(cls, text: str) -> "Command":
        """The command of a stored report, of which the text is all that is known."""
        made = super().__new__(cls, text)
        made.parts = ()
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return (Command, self.parts) if self.parts else (Command.stored, (str(self),))

    @property
    def is_withheld(self) -> bool:
        """Whether it has no text, because one of its words cannot be quoted."""
        return bool(self.parts) and not self

    def add(self, *words: str) -> "Command":
        """The command with more words at its end."""
        return Command(*self.parts, *words)

    def pipe(self, other: "Command") -> "Command":
        """The command with its output read by another."""
        return Command(*self.parts, Operator.PIPE, *other.parts)

    def then(self, other: "Command") -> "Command":
        """The command, followed by another where it succeeds."""
        return Command(*self.parts, Operator.AND, *other.parts)

    @property
    def sequence(self) -> "tuple[Command, ...]":
        """The commands that run one after the other, each where the one before succeeds."""
        found: list[list[Part]] = [[]]
        depth = 0
        for part in self.parts:
            if isinstance(part, Operator):
                depth += (part is Operator.OPEN) - (part is Operator.CLOSE)
            if part is Operator.AND and not depth:
                found.append([])
            else:
                found[-1].append(part)
        return tuple(Command(*each) for each in found) if len(found) > 1 else (self,)

    def fill(self, old: str, new: str) -> "Command":
        """The command with a placeholder in its words filled."""
        return Command(*(part if isinstance(part, Operator) else part.replace(old, new) for part in self.parts))

    def spread(self, word: str, words: tuple[str, ...]) -> "Command":
        """The command with several words in place of one."""
        at = self.parts.index(word)
        return Command(*self.parts[:at], *words, *self.parts[at + 1 :])

    def has(self, *words: str) -> bool:
        """Whether it contains the words, one after the other."""
        return any(self.parts[at : at + len(words)] == words for at in range(len(self.parts)))

    def names(self, kind: str, name: str) -> bool:
        """Whether it acts on that object of Kubernetes, written KIND/NAME or KIND NAME, or KINDs NAME."""
        kinds = {kind, f"{kind}s"}
        spelled = any(part == f"{each}/{name}" for part in self.parts for each in kinds)
        return spelled or any(first in kinds and second == name for first, second in pairwise(self.parts))


def _rendered(parts: tuple[Part, ...]) -> str:
    text = ""
    previous: Part = Operator.OPEN
    for part in parts:
        tight = previous is Operator.OPEN or (part in (Operator.CLOSE, Operator.THEN) and isinstance(part, Operator))
        word = part.value if isinstance(part, Operator) else quote(part)
        text += word if tight else f" {word}"
        previous = part
    return text


def quote(word: str) -> str:
    """The word as bash, dash and zsh read it; of NAME=value the value alone is quoted."""
    if (found := _ASSIGNED.fullmatch(word)) and not _in_double_quotes(word):
        return found["name"] + (_quoted(found["value"]) if found["value"] else "")
    return _quoted(word)


def _in_double_quotes(word: str) -> bool:
    """Whether a word is read most easily in double quotes: it has single ones, and nothing that stays special."""
    return "'" in word and not _SPECIAL.search(word)


def _quoted(word: str) -> str:
    if _in_double_quotes(word):
        return f'"{word}"'
    quoted = shlex.quote(word)
    # zsh replaces =program by the program's path.
    if word.startswith("=") and word == quoted:
        return f"'{word}'"
    # CI runners obey ##[commands] anywhere in what is printed.
    return re.sub("#(?=#)", "#''", quoted)


def _can_be_quoted(word: str) -> bool:
    if word.isascii() and word.isprintable():
        return True
    return not {"\n", "\t"} & set(word) and visible(word) == word


def option(flag: str, value: str | int) -> tuple[str, ...]:
    """A flag with its value, joined where the value could itself be taken for a flag; nothing where it is empty."""
    text = str(value)
    if not text:
        return ()
    return (f"{flag}={text}",) if text.startswith("-") else (flag, text)


def arguments(*values: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Positional words before options, or after the end of the options where one could be taken for a flag."""
    if any(value.startswith("-") and value != "-" for value in values):
        return (*options, "--", *values)
    return (*values, *options)


NONE = Command()
"""No command: the step is done by hand."""
