"""Terminal output: labels, hanging indents, text wrapped at the width, commands never wrapped."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from rich.text import Text

from diagnose.text.characters import one_line
from reports import Options
from reports.text.ci_markers import in_log
from reports.text.phrases import MARKS, encoded, plain

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
LABEL = 12
TAB = 8


def joined(*parts: Text) -> Text:
    """Joins texts, each in its own style; with `+` all would get the style of the first."""
    return Text().join(parts)


def spaced(*parts: Text) -> Text:
    """Joins texts with single spaces."""
    return Text(" ").join(parts)


def _breaks(styled: str, width: int, *, fold: bool) -> list[int]:
    """Returns the positions of line breaks; words are broken only with `fold`."""
    breaks: list[int] = []
    used = 0
    for found in re.finditer(r"\s*\S+\s*|\s+", styled):
        length = cell_len(found[0].rstrip())
        if used and used + length > width:
            breaks.append(found.start())
            used = 0
        if fold and length > width:
            # Characters of double width, such as Chinese ones, take two columns each.
            step = width if length == len(found[0].rstrip()) else width // 2
            breaks.extend(range(found.start() + step, found.start() + len(found[0].rstrip()), step))
            length = cell_len(styled[breaks[-1] : found.end()].rstrip())
        used += length + len(found[0]) - len(found[0].rstrip())
    return breaks


def _runs(line: Text) -> list[Text]:
    """Returns the parts of a line in each of which all characters have the same style."""
    return list(line.divide(sorted({at for each in line.spans for at in (each.start, each.end)})))


def _in_colour(run: Text) -> str:
    style = Style.combine(Style.parse(str(each)) for each in (run.style, *(span.style for span in run.spans)))
    return style.render(run.plain, color_system=ColorSystem.STANDARD)


class Page:
    """Builds lines for a terminal; no input is interpreted as markup."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.narrow = options.width < NARROW
        self.indent = 4 if self.narrow else LABEL

    @property
    def marks(self) -> dict[str, str]:
        """The marks in the terminal's character set."""
        return PLAIN if self.options.ascii else UNICODE

    def encoded(self, text: str) -> str:
        """Returns text in the terminal's character set; nothing is lost in ASCII."""
        return encoded(text, in_ascii=self.options.ascii)

    def styled(self, text: str, style: str = "") -> Text:
        """Returns a styled sentence on one line, to be wrapped."""
        return Text(self.encoded(one_line(text)), STYLES.get(style, ""))

    def heading(self, title: str, style: str = "strong") -> Iterator[Text]:
        """Yields a blank line and a heading."""
        yield Text()
        yield self.styled(title, style)

    def mark(self, name: str) -> Text:
        """Returns a mark in its colour."""
        return Text(self.marks[name], STYLES.get(name, ""))

    def wrapped(
        self, body: Text, *, lead: str | None = None, hang: int | None = None, fold: bool = False
    ) -> Iterator[Text]:
        """Wraps text after a lead with a hanging indent; a word longer than the line is broken only with `fold`."""
        indent = self.indent if hang is None else hang
        first = " " * indent if lead is None else lead
        width = max(self.options.width - max(indent, len(first)), 16)
        for row in body.divide(_breaks(body.plain, width, fold=fold)):
            row.rstrip()
            yield joined(Text(first), row)
            first = " " * indent

    def labelled(self, label: str, body: Text) -> Iterator[Text]:
        """Wraps text with a label at the left."""
        yield from self.with_label(label, [row[self.indent :] for row in self.wrapped(body)])

    def with_label(self, label: str, rows: Sequence[Text]) -> Iterator[Text]:
        """Yields rows with a label at the left; on a narrow terminal the label is above them."""
        if self.narrow and label:
            yield Text(f"  {label}", STYLES["dim"])
        for number, row in enumerate(rows):
            shown = f"  {label} " if label and not number and not self.narrow else ""
            yield joined(Text(shown.ljust(self.indent), STYLES["dim"]), row)

    def flow(self, items: Sequence[Text], *, indent: int = 0, gap: int = 3) -> list[Text]:
        """Fills rows with items, which are never broken."""
        rows: list[Text] = []
        for item in items:
            longer = cell_len(rows[-1].plain) + gap + cell_len(item.plain) if rows else 0
            if rows and indent + longer <= self.options.width:
                rows[-1] = joined(rows[-1], Text(" " * gap), item)
            else:
                rows.append(item)
        return rows

    def quoted(self, text: str, limit: int | None) -> Iterator[Text]:
        """Quotes evidence after a bar, at most so many lines."""
        if not text.strip():
            return
        bar = f"{' ' * self.indent}{self.marks['bar']} "
        lines = self.encoded(plain(text)).strip("\n").split("\n")
        rows = [row for line in lines for row in self.wrapped(Text(line), hang=len(bar), fold=True)]
        shown = rows if limit is None or len(rows) <= limit + 1 else rows[:limit]
        for row in shown:
            yield Text(bar + row.plain[len(bar) :])
        if len(shown) < len(rows):
            yield Text(self.encoded(f"{bar}… {len(rows) - len(shown)} more lines (-v shows them)"))

    def command(self, command: str, indent: int) -> Iterator[Text]:
        """Yields a command to copy: one line stays one line, however long it is."""
        lines = self.encoded(plain(command)).strip("\n").split("\n")
        # An indented here-document would not end, so a command of several lines starts at column 0.
        before = " " * indent if len(lines) == 1 else ""
        for line in lines:
            yield joined(Text(before), Text(line, STYLES["command"]))

    def printed(self, lines: Iterator[Text]) -> str:
        """Renders the lines as text, in colour if requested."""
        return in_log("".join(f"{self._shown(line)}\n" for line in lines))

    def _shown(self, line: Text) -> str:
        # Without rich's Console, which takes as long to import as all that is used of rich.
        line.rstrip()
        line.expand_tabs(TAB)
        return "".join(map(_in_colour, _runs(line))) if self.options.color else line.plain
