"""Fits a text into the size limit of comments: blocks are whole or omitted, the worst stay, a note lists the rest."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from reports import Options
from reports.text.ci_markers import in_log
from reports.text.phrases import encoded

# GitHub refuses a longer comment: "Body is too long (maximum is 65536 characters)"; GitLab takes 1,000,000.
COMMENT = 65_536
# For the note.
NOTE = 500


class Block(msgspec.Struct, frozen=True):
    """A block that is shown whole or omitted; a lower `worth` has precedence."""

    worth: int
    text: str


def fit_into_comment(blocks: Iterable[Block], names: Mapping[int, str], options: Options, limit: int = COMMENT) -> str:
    """Joins as many blocks as fit, in their order, with a note of the omitted ones by the names of their worth."""
    # An escape is longer than its character, so the text in ASCII has to fit.
    harmless = (Block(block.worth, in_log(block.text)) for block in blocks)
    text = _within_limit(
        tuple(Block(each.worth, encoded(each.text, in_ascii=options.ascii)) for each in harmless), names, limit
    )
    return encoded(text, in_ascii=options.ascii)


def _within_limit(blocks: tuple[Block, ...], names: Mapping[int, str], limit: int) -> str:
    available = limit - NOTE
    retained = set()
    for index, block in sorted(enumerate(blocks), key=lambda numbered: (numbered[1].worth, numbered[0])):
        if len(block.text) + 1 <= available:
            retained.add(index)
            available -= len(block.text) + 1
    shown = "\n".join(block.text for index, block in enumerate(blocks) if index in retained)
    left_out = Counter(block.worth for index, block in enumerate(blocks) if index not in retained)
    if not left_out:
        return f"{shown}\n"
    what = ", ".join(f"{count:,} × {names[worth]}" for worth, count in sorted(left_out.items()))
    return f"{shown}\n\n**Truncated to {limit:,} characters.** Omitted: {what}. The JSON report has all of it.\n"
