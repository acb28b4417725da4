"""Log signatures as data: one TOML file for each topic."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from checks import CHECKS
from diagnose.check.api import Check, Code
from diagnose.logs.signatures import Signature, SignatureAlternative
from diagnose.model.report import Confidence

TOPICS: tuple[str, ...] = ("network", "vault", "secrets", "config", "database", "temporal", "process")


class _SignatureFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...]


def completed(found: Iterable[Signature], checks: Iterable[Check]) -> tuple[Signature, ...]:
    """Returns the signatures with what their codes declare; a fix of their own stays."""
    codes = {code.id: code for check in checks for code in check.codes}
    return tuple(_completed(each, codes[each.code]) for each in found)


def _completed(signature: Signature, code: Code) -> Signature:
    alternatives = signature.alternatives
    if code.symptom and not alternatives:
        alternatives = tuple(SignatureAlternative(each, getattr(each, "code", "")) for each in code.alternatives)
    confidence = Confidence.LIKELY if alternatives else signature.confidence
    fix = signature.fix or code.fix
    return msgspec.structs.replace(
        signature, severity=code.severity, confidence=confidence, alternatives=alternatives, fix=fix
    )


def load() -> tuple[Signature, ...]:
    """Returns all signatures, completed by their codes, in the order of the topics and of their files.

    Raises:
        msgspec.ValidationError: a key is unknown or of the wrong type.
    """
    texts = (Path(__file__).with_name(f"{topic}.toml").read_text(encoding="utf-8") for topic in TOPICS)
    found = (each for text in texts for each in msgspec.convert(tomllib.loads(text), _SignatureFile).signature)
    return completed(found, CHECKS)
