"""Escapes text for Markdown: text from a cluster stays text and mentions nobody."""

import re
from collections.abc import Iterable, Iterator

from diagnose.model.report import Step
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from reports.text.phrases import effect, plain

_SPECIAL = lazy(r"([\\`*_\[\]|])")
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# On GitHub and GitLab these notify, link, or become an emoji, a label, a milestone or mathematics; neither a backslash
# nor an entity prevents that, as they are found in what is shown; only code does.
_REFERENCES = lazy(
    r"[@~$]|[#!^]\w|%[\w\"]|&\d|:(?!\d\d?:)[\w+-]+:|\[\[|\[\w+:|\*\w+:|\b(?:GH|GL)-\d|://|www\.|\b(?=[a-f]*+\d)[0-9a-f]{7,64}\b",
    re.IGNORECASE,
)
# Also a quick action of GitLab, such as /close.
_STARTS_BLOCK = lazy(r"^(\d*)([#+=.)-](?=[\s#=-]|$)|/(?=\w))")
ADDRESS = lazy(r"https://[A-Za-z0-9.\-]+(/[A-Za-z0-9._~/#%?=&+\-]*)?")


def prose(text: str, longest: int = 2_000, *, pipe: str = "|") -> str:
    """Escapes a sentence: no markup, HTML, mention, link, list or heading remains."""
    parts = _truncated(one_line(text), longest).split(" ")
    shown = " ".join(code(word.replace("|", pipe)) if _REFERENCES.search(word) else _escaped(word) for word in parts)
    return _STARTS_BLOCK.sub(r"\1\\\2", shown)


def cell(text: str) -> str:
    """Escapes a sentence in a table, where a pipe counts even within code and is replaced by a similar character."""
    return prose(text, 400, pipe="¦")


def code(text: str) -> str:
    """Returns a name as code, also where it has backticks."""
    name = one_line(text)
    fence = "`" * (_longest_run(name) + 1)
    space = " " if name.startswith("`") or name.endswith("`") else ""
    return f"{fence}{space}{name}{space}{fence}" if name else ""


def link(address: str) -> str:
    """Returns a link where the address is a plain one, else code."""
    return f"<{address}>" if ADDRESS.fullmatch(address) else code(address)


def fenced(text: str, language: str = "", longest: int | None = None) -> str:
    """Returns a code block whose fence is longer than any run of backticks inside."""
    shown = plain(text).strip("\n")
    if longest is not None:
        shown = _truncated(shown, longest)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def numbered_steps(steps: Iterable[Step]) -> Iterator[str]:
    """Yields the numbered steps of a fix, each with its effect, then its command as a code block."""
    for count, step in enumerate(steps, 1):
        does = f"*{prose(effect(step))}:* " if effect(step) else ""
        command = f"\n{fenced(step.command, 'sh')}\n" if step.command else ""
        yield f"{count}. {does}{prose(step.text)}\n{command}"


def _escaped(word: str) -> str:
    return _SPECIAL.sub(r"\\\1", "".join(_ENTITY.get(each, each) for each in word))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _truncated(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text) - longest:,} characters truncated)"
