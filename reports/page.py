"""Lines of a terminal: a label, a hanging indent, words wrapped at the width, commands left whole."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports import Options
from reports.wording import one_line, plain

UNICODE = {"pass": "✓", "warn": "!", "fail": "✗", "skip": "–", "unknown": "?", "bar": "│", "dot": "·"}
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
_SPELLED = str.maketrans({"·": "-", "…": "...", "–": "-", "—": "-", "→": "->", "‹": "<", "›": ">", "“": '"', "”": '"'})


def joined(*parts: Text) -> Text:
    """Pieces after each other, each in its own style; adding them up would give all the style of the first."""
    return Text().join(parts)


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
        if not self.options.ascii:
            return text
        return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode()

    def words(self, text: str, style: str = "") -> Text:
        """A sentence: whatever it holds, it stays on one line until it is wrapped."""
        return Text(self.spelled(one_line(text)), STYLES.get(style, ""))

    def mark(self, name: str) -> Text:
        """One of the marks, in its colour."""
        return Text(self.marks[name], STYLES.get(name, ""))

    def wrapped(self, body: Text, *, lead: str = "", hang: int | None = None, fold: bool = False) -> Iterator[Text]:
        """Words under a hanging indent; names stay whole even where they are longer than the line, unless folded."""
        indent = self.indent if hang is None else hang
        width = max(self.options.width - indent, 16)
        first = Text(lead.ljust(indent))
        for row in body.wrap(self._console, width, overflow="fold" if fold else "ignore"):
            row.rstrip()
            yield joined(first, row)
            first = Text(" " * indent)

    def labelled(self, label: str, body: Text) -> Iterator[Text]:
        """Words with a label at the left; on a narrow terminal the label stands above them."""
        if self.narrow:
            yield Text(f"  {label}", STYLES["dim"])
            yield from self.wrapped(body)
            return
        for number, row in enumerate(self.wrapped(body, lead=f"  {label}")):
            if not number:
                row.stylize(STYLES["dim"], 0, len(label) + 2)
            yield row

    def flow(self, items: Sequence[Text], *, width: int, gap: int = 3) -> Text:
        """Items beside each other, as many a line as fit; no item is torn apart."""
        flowed = Text()
        used = 0
        for item in items:
            long = cell_len(item.plain)
            if used and used + gap + long > width:
                flowed.append("\n")
                used = 0
            if used:
                flowed.append(" " * gap)
                used += gap
            flowed.append_text(item)
            used += long
        return flowed

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
