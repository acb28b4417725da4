"""Escapes text for Slack's mrkdwn: text from a cluster stays text, links to nothing, and mentions nobody.

Slack reads `<…>` as a mention or a link, so `&`, `<` and `>` are entities, as its documentation asks for. There is no
escape for the other signs: a word with one of them is code, where only a backtick has a meaning, and is replaced.
"""

import re

from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from reports.text.markdown_escape import ADDRESS
from reports.text.phrases import plain

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# What a client may take for a mention, an address or an emoji, and what begins or ends formatted text.
_SPECIAL = lazy(r"[@*~`]|://|www\.|:[a-z][\w+-]*:|(?<!\w)[_#]|_(?!\w)", re.IGNORECASE)


def prose(text: str) -> str:
    """Escapes a sentence: no formatting, mention or link remains."""
    return " ".join(
        code(word) if _SPECIAL.search(word) else word.translate(_ENTITIES) for word in one_line(text).split()
    )


def code(text: str) -> str:
    """Returns a name as code on one line; a backtick in it becomes an apostrophe."""
    shown = one_line(text).replace("`", "'").translate(_ENTITIES)
    return f"`{shown}`" if shown else ""


def command(text: str) -> str:
    """Returns a command as code, exactly as it is; "" where code cannot hold it."""
    shown = plain(text).strip().translate(_ENTITIES)
    if not shown or "```" in shown or shown.startswith("`") or shown.endswith("`"):
        return ""
    return f"```{shown}```" if "`" in shown or "\n" in shown else f"`{shown}`"


def link(address: str, label: str) -> str:
    """Returns a link where the address is a plain one, else code."""
    return f"<{address.translate(_ENTITIES)}|{prose(label)}>" if ADDRESS.fullmatch(address) else code(address)
