"""Removes secrets, control sequences and overlong lines from the text of a cluster.

All text from a source passes through here on its way to checks, recordings and reports. What is masked is decided by
allowing: the value of a name that sounds like one of a secret unless it is a placeholder or the beginning of a message,
every part of a URL that can carry a credential, and each run of characters that is neither made of words nor an id of a
known kind. Hosts, ports, object names and messages stay readable. Every search is linear in the length of the text.
"""

from diagnose.text.redaction.inspection import Left, left_in, left_in_text, scrub
from diagnose.text.redaction.masking import TRUNCATION_MARK, lines, mask_value, text
from diagnose.text.redaction.names import is_secret_name
from diagnose.text.redaction.secrets import find
from diagnose.text.redaction.spans import MASK, Span
from diagnose.text.redaction.structured import cleaned
from diagnose.text.redaction.values import PLACEHOLDERS

__all__ = [
    "MASK",
    "PLACEHOLDERS",
    "TRUNCATION_MARK",
    "Left",
    "Span",
    "cleaned",
    "find",
    "is_secret_name",
    "left_in",
    "left_in_text",
    "lines",
    "mask_value",
    "scrub",
    "text",
]
