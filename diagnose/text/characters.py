"""Removes from text whatever acts on a terminal, cannot be seen, or reverses the order of what is shown."""

from functools import lru_cache

from diagnose.text.patterns import lazy

# Strings of ECMA-48 end with ST, and with BEL as xterm has it; one without its end must not hide what follows. What
# follows an 8-bit control stays for the same reason: terminals of UTF-8 do not take these for the start of a sequence.
_STRING = r"\x1b[\]PX^_][^\n\x07\x1b\x80-\x9f]*+(?:\x07|\x1b\\|\x9c)"
_CSI = r"\x1b\[[0-?]*+[ -/]*+[@-~]"
_ESCAPE = r"\x1b[ -/]++[0-~]|\x1b[0-Z\\-_]"
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_ACTS = lazy("|".join((_STRING, _CSI, _ESCAPE, _CONTROL)))
_RETURNS = lazy(r"\r++(\n|\Z)?")
_HIDDEN_CATEGORIES = frozenset({"Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols that are blank by definition (Default_Ignorable_Code_Point, and the blank of Braille).
_BLANK = lazy(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)
MOST_MARKS = 4
"""How many combining marks may follow each other: living languages need no more, and a pile of them covers lines."""


def visible(text: str) -> str:
    """Returns the visible characters with line breaks and tabs; a carriage return, which overwrites a line, ends it."""
    if text.isascii() and text.isprintable():
        return text
    kinds: dict[str, set[str]] = {}
    for char in set(text):
        kinds.setdefault(_kind(char), set()).add(char)
    shown = text
    if "control" in kinds:
        shown = _ACTS.sub("", _RETURNS.sub(lambda found: "\n" if found[1] is None else found[1], text))
    if "hidden" in kinds:
        shown = shown.translate({ord(char): None for char in kinds["hidden"]})
    return _with_few_marks(shown, kinds["mark"]) if "mark" in kinds else shown


def one_line(text: str) -> str:
    """Returns the visible characters on one line, words separated by single spaces."""
    return " ".join(visible(text).split())


@lru_cache(maxsize=4_096)
def _kind(char: str) -> str:
    """Whether a character is a "control", "hidden", a combining "mark", or none of these (""), as Unicode has it."""
    import unicodedata

    category = unicodedata.category(char)
    if category == "Cc":
        return "" if char in "\n\t" else "control"
    if category in _HIDDEN_CATEGORIES or _BLANK.match(char):
        return "hidden"
    return "mark" if category in {"Mn", "Me"} else ""


def _with_few_marks(text: str, marks: set[str]) -> str:
    shown, run = [], 0
    for char in text:
        run = run + 1 if char in marks else 0
        if run <= MOST_MARKS:
            shown.append(char)
    return "".join(shown)
