"""Removes from text whatever acts on a terminal, cannot be seen, or reverses the order of what is shown."""

import re

# Strings of ECMA-48 end with ST, and with BEL as xterm has it; one without its end must not hide what follows. What
# follows an 8-bit control stays for the same reason: terminals of UTF-8 do not take these for the start of a sequence.
_STRING = r"\x1b[\]PX^_][^\n\x07\x1b\x80-\x9f]*+(?:\x07|\x1b\\|\x9c)"
_CSI = r"\x1b\[[0-?]*+[ -/]*+[@-~]"
_ESCAPE = r"\x1b[ -/]++[0-~]|\x1b[0-Z\\-_]"
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_INVISIBLE = (
    r"[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_REMOVED = re.compile("|".join((_STRING, _CSI, _ESCAPE, _CONTROL, _INVISIBLE)))
_RETURNS = re.compile(r"\r++(\n|\Z)?")


def visible(text: str) -> str:
    """Returns the visible characters with line breaks and tabs; a carriage return, which overwrites a line, ends it."""
    if text.isascii() and text.isprintable():
        return text
    return _REMOVED.sub("", _RETURNS.sub(lambda found: "\n" if found[1] is None else found[1], text))


def one_line(text: str) -> str:
    """Returns the visible characters on one line, words separated by single spaces."""
    return " ".join(visible(text).split())
