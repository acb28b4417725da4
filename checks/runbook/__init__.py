"""The statements of the runbook, each with the checks or commands that answer it, or why nothing does."""

import tomllib
from importlib.resources import files

import msgspec


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement of the worker's deployment guide.

    Attributes:
        says: the statement in short.
        checks, commands: what answers it.
        reality: how the worker, its chart or its cluster differs, and what is done instead.
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
    row: tuple[Statement, ...]


class _RunbookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    section: tuple[Section, ...]


def load() -> tuple[Section, ...]:
    """Returns all sections, in the guide's order.

    Raises:
        msgspec.ValidationError: a key is unknown, missing or of the wrong type.
    """
    text = (files("checks.runbook") / "runbook.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _RunbookFile).section
