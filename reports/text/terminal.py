"""Lines of a terminal: a label, a hanging indent, words wrapped at the width, commands left whole."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports import Options
from reports.text.phrases import MARKS, in_ascii, one_line, plain

UNICODE = {**MARKS, "bar": "│", "dot": "·"}
PLAIN = {"pass": "v", "warn": "!", "fail": "x", "skip": "-", "unknown": "?", "bar": "|", "dot": "-"}
STYLES = {
    "fail": "bold red",
    "pass": "bold green",
    "warn": "bold yellow",
    "unknown": "bold yellow",
    "skip": "dim",
    "strong": "bold",
    "command": "cyan",
    "dim": "dim",
}
NARROW = 60
LABEL = 13


def joined(*parts: Text) -> Text:
    """Pieces after each other, each in its own style; adding them up would give all the style of the first."""
    return Text().join(parts)


def _breaks(words: str, width: int, *, fold: bool) -> list[int]:
    """Where a line of words is broken so that each piece fits; within a word only where it may be folded."""
    breaks: list[int] = []
    used = 0
    for found in re.finditer(r"\s*\S+\s*|\s+", words):
        long = cell_len(found[0].rstrip())
        if used and used + long > width:
            breaks.append(found.start())
            used = 0
        if fold and long > width:
            # Characters of double width, such as Chinese ones, take two columns each.
            step = width if long == len(found[0].rstrip()) else width // 2
            breaks.extend(range(found.start() + step, found.start() + len(found[0].rstrip()), step))
            long = cell_len(words[breaks[-1] : found.end()].rstrip())
        used += long + len(found[0]) - len(found[0].rstrip())
    return breaks


class Page:
    """Makes lines for one terminal; nothing that it is given is read as markup."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.narrow = options.width < NARROW
        self.indent = 4 if self.narrow else LABEL

    @property
    def marks(self) -> dict[str, str]:
        """The marks in the characters that the terminal has."""
        return PLAIN if self.options.ascii else UNICODE

    @cached_property
    def _console(self) -> Console:
        # Without an environment of its own, so that a report depends on its options alone.
        return Console(
            file=StringIO(),
            width=max(self.options.width, 20),
            color_system="standard" if self.options.color else None,
            force_terminal=self.options.color,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def spelled(self, text: str) -> str:
        """Text in the characters that the terminal has; nothing gets lost on the way to ASCII."""
        return in_ascii(text) if self.options.ascii else text

    def words(self, text: str, style: str = "") -> Text:
        """A sentence: whatever it holds, it stays on one line until it is wrapped."""
        return Text(self.spelled(one_line(text)), STYLES.get(style, ""))

    def mark(self, name: str) -> Text:
        """One of the marks, in its colour."""
        return Text(self.marks[name], STYLES.get(name, ""))

    def wrapped(
        self, body: Text, *, lead: str | None = None, hang: int | None = None, fold: bool = False
    ) -> Iterator[Text]:
        """Words after a lead and under a hanging indent; a name longer than the line stays whole, unless folded."""
        indent = self.indent if hang is None else hang
        first = " " * indent if lead is None else lead
        width = max(self.options.width - max(indent, len(first)), 16)
        for row in body.divide(_breaks(body.plain, width, fold=fold)):
            row.rstrip()
            yield joined(Text(first), row)
            first = " " * indent

    def labelled(self, label: str, body: Text) -> Iterator[Text]:
        """Words with a label at the left."""
        yield from self.beside(label, [row[self.indent :] for row in self.wrapped(body)])

    def beside(self, label: str, rows: Sequence[Text]) -> Iterator[Text]:
        """Rows with a label at the left; on a narrow terminal the label stands above them."""
        if self.narrow and label:
            yield Text(f"  {label}", STYLES["dim"])
        for number, row in enumerate(rows):
            shown = f"  {label}" if not number and not self.narrow else ""
            yield joined(Text(shown.ljust(self.indent), STYLES["dim"]), row)

    def flow(self, items: Sequence[Text], *, indent: int = 0, gap: int = 3) -> list[Text]:
        """Items beside each other, as many a row as fit; no item is torn apart."""
        rows: list[Text] = []
        for item in items:
            longer = cell_len(rows[-1].plain) + gap + cell_len(item.plain) if rows else 0
            if rows and indent + longer <= self.options.width:
                rows[-1] = joined(rows[-1], Text(" " * gap), item)
            else:
                rows.append(item)
        return rows

    def quoted(self, text: str, most: int | None) -> Iterator[Text]:
        """What was seen, behind a bar that nothing in it can leave; at most so many lines of it."""
        if not text.strip():
            return
        bar = f"{' ' * self.indent}{self.marks['bar']} "
        lines = self.spelled(plain(text)).strip("\n").split("\n")
        rows = [row for line in lines for row in self.wrapped(Text(line), hang=len(bar), fold=True)]
        shown = rows if most is None or len(rows) <= most + 1 else rows[:most]
        for row in shown:
            yield Text(bar + row.plain[len(bar) :])
        if len(shown) < len(rows):
            yield Text(self.spelled(f"{bar}… {len(rows) - len(shown)} more lines (-v shows them)"))

    def command(self, command: str, indent: int) -> Iterator[Text]:
        """A command as it is to be pasted: one line stays one line, however long it is."""
        lines = self.spelled(plain(command)).strip("\n").split("\n")
        # An indented here-document would not end, so a command of several lines starts at the edge.
        before = " " * indent if len(lines) == 1 else ""
        for line in lines:
            yield joined(Text(before), Text(line, STYLES["command"]))

    def printed(self, lines: Iterator[Text]) -> str:
        """The lines as text, in colour where that is wanted."""
        with self._console.capture() as capture:
            for line in lines:
                line.rstrip()
                self._console.print(line, soft_wrap=True)
        return capture.get()
