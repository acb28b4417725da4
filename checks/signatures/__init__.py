"""Log signatures as data: one TOML file for each topic."""

import tomllib
from collections.abc import Iterable
from importlib.resources import files

import msgspec

from checks import CHECKS
from diagnose.check.api import Check
from diagnose.logs.signatures import Signature

TOPICS: tuple[str, ...] = ("network", "vault", "secrets", "config", "database", "temporal", "process")


class _SignatureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...]


def completed(found: Iterable[Signature], checks: Iterable[Check]) -> tuple[Signature, ...]:
    """Returns the signatures with the severity of their codes, and with the codes' fix where they give none."""
    codes = {code.id: code for check in checks for code in check.codes}
    paired = ((each, codes[each.code]) for each in found)
    return tuple(
        msgspec.structs.replace(each, severity=code.severity, fix=each.fix or code.fix) for each, code in paired
    )


def load() -> tuple[Signature, ...]:
    """Returns all signatures, completed by their codes, in the order of the topics and of their files.

    Raises:
        msgspec.ValidationError: a key is unknown or of the wrong type.
    """
    here = files("checks.signatures")
    texts = ((here / f"{topic}.toml").read_text(encoding="utf-8") for topic in TOPICS)
    found = (each for text in texts for each in msgspec.convert(tomllib.loads(text), _SignatureFile).signature)
    return completed(found, CHECKS)
