"""Fits a text into the room there is: pieces are whole or left out, the worst stay, and a note says what is gone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports import Options
from reports.text.phrases import in_ascii

# GitHub refuses a longer comment: "Body is too long (maximum is 65536 characters)"; GitLab takes 1,000,000.
COMMENT = 65_536
# For the note.
NOTE = 500


@dataclass(frozen=True)
class Block:
    """A piece that is shown whole or not at all; a lower `worth` goes first where not everything has room."""

    worth: int
    text: str


def fitted(blocks: Iterable[Block], called: Mapping[int, str], options: Options) -> str:
    """As many blocks as have room, in their order, and a note of what was left out, by what each worth is called."""
    # An escape is longer than what it stands for, so it is the text in ASCII that has to fit.
    spelled = tuple(Block(block.worth, in_ascii(block.text) if options.ascii else block.text) for block in blocks)
    text = _kept(spelled, called)
    return in_ascii(text) if options.ascii else text


def _kept(blocks: tuple[Block, ...], called: Mapping[int, str]) -> str:
    room = COMMENT - NOTE
    kept = set()
    for index, block in sorted(enumerate(blocks), key=lambda numbered: (numbered[1].worth, numbered[0])):
        if len(block.text) + 1 <= room:
            kept.add(index)
            room -= len(block.text) + 1
    shown = "\n".join(block.text for index, block in enumerate(blocks) if index in kept)
    left_out = Counter(block.worth for index, block in enumerate(blocks) if index not in kept)
    if not left_out:
        return f"{shown}\n"
    what = ", ".join(f"{count:,} × {called[worth]}" for worth, count in sorted(left_out.items()))
    return f"{shown}\n\n**Cut to {COMMENT:,} characters.** Left out: {what}. The JSON report has all of it.\n"
