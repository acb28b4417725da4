"""The runbook's statements, and what answers each: checks, commands, or the reason why nothing does."""

import tomllib
from importlib.resources import files

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement of the worker's deployment guide.

    Attributes:
        says: the statement, in few words.
        checks, commands: what answers it.
        reality: where the worker, its chart or its cluster is otherwise, and what is done instead.
        reason: why nothing answers it.
    """

    says: str
    checks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    reality: str = ""
    reason: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the guide, by its title."""

    title: str
    row: tuple[Row, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    section: tuple[Section, ...]


def load() -> tuple[Section, ...]:
    """All sections, in the guide's order.

    Raises:
        msgspec.ValidationError: a key is unknown, missing or of the wrong type.
    """
    text = (files("checks.runbook") / "runbook.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File).section
