"""Placeholders among the values of a manifest's Secrets: recognised on loading, where the values are dropped."""

import re
from base64 import b64decode
from typing import Any

from diagnose.text.patterns import lazy

LONGEST = 80
_PLACEHOLDER = lazy(
    r"(?:<[^<>]+>|\$?\{\{?[^{}]+\}\}?|x{4,}|\*{4,}|"
    r"(?:please[-_ ]?)?(?:change|replace|set|fill)[-_ ]?(?:me|this|it)(?:[-_ ]?(?:in|please|now|later|first))?|"
    r"to[-_ ]?(?:do|be[-_ ](?:replaced|changed|set|defined|filled))|tbd|placeholder|"
    r"your[-_ ].{1,60}|.{1,60}[-_ ](?:goes[-_ ])?here|"
    r"(?:change|replace)[-_ ](?:me|this|in)[-_ ].{1,60}|.{1,60}[-_ ](?:change|replace)[-_ ]?(?:me|this))[!.]*",
    re.IGNORECASE | re.DOTALL,
)


def keys_of(plain: dict[str, Any]) -> tuple[str, ...]:
    """Returns the keys of a Secret whose value is a placeholder."""
    return tuple(
        str(key)
        for field in ("stringData", "data")
        if isinstance(plain.get(field), dict)
        for key, value in plain[field].items()
        if _PLACEHOLDER.fullmatch(_decoded(value, is_encoded=field == "data"))
    )


def _decoded(value: Any, *, is_encoded: bool) -> str:
    text = str(value or "")
    if is_encoded and len(text) <= 2 * LONGEST:
        try:
            text = b64decode(text, validate=True).decode()
        except ValueError:
            return ""
    text = text.strip()
    return text if len(text) <= LONGEST else ""
