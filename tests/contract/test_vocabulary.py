"""Identifiers, docstrings, comments and texts use the standard terms of the field."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The folders and pages that use the vocabulary so far.
FOLDERS = (
    "checks",
    "diagnose",
    "reports",
    "tests/hostile",
    "tests/lab",
)
GENERATED = {"accuracy.md", "checks.md", "runbook.md"}
PAGES = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "deploy/README.md"),
    *("tests/hostile/README.md", "tests/lab/README.md"),
    *(f"docs/{each.name}" for each in sorted((ROOT / "docs").glob("*.md")) if each.name not in GENERATED),
)
SHIPPED = tuple(
    str(each.relative_to(ROOT))
    for each in sorted(
        (*(ROOT / "deploy").rglob("*"), *(ROOT / ".ci").iterdir(), ROOT / "Makefile", ROOT / "mkdocs.yml")
    )
    if each.is_file() and each.suffix != ".md"
)
"""Manifests, scripts and the like, of which the comments and messages are read, too."""
# Words of identifiers, each with its replacement. The whole identifier or one of its parts must not be one of them.
WORDS = {
    "told": "message, text, reported",
    "untold": "unknown, not_checked",
    "telling": "informative",
    "said": "message, text",
    "words": "text",
    "asked": "queried, requested",
    "unasked": "skipped",
    "saw": "observed",
    "seen": "observed, evidence",
    "unseen": "inaccessible",
    "looked": "inspected",
    "looking": "running",
    "wanted": "requested, desired",
    "heals": "transient",
    "mends": "fixes",
    "mended": "fixed",
    "beside": "other, with",
    "behind": "backend",
    "keeper": "manager",
    "kept": "stored, retained",
    "sights": "snapshots",
    "crew": "pollers",
    "held": "granted, throttled",
    "whose": "owner",
    "room": "limit, available",
    "cuts": "limits",
    "unproved": "unverified",
}
# Keys that other programs read, the time of the last occurrence of an event, and the words of a command line.
ALLOWED = {
    "INJECTION_WANTED",
    "KEPT",
    "SCHEDULES_KEPT",
    "unseen",
    "untold",
    "seen",
    "asked",
    "keys_untold",
    "held",
    "seen_at",
    "words",
}
PHRASES = (
    r"not asked",
    r"could not be told",
    r"cannot be told",
    r"could not look",
    r"looked at",
    r"look again",
    r"looks? around",
    r"the way back",
    r"makes? no sense here",
    r"matters? another day",
    r"first wrong",
    r"no waiting",
    r"did not come to its end",
    r"kept by",
    r"for ever\b",
    r"in words\b",
    r"whoever",
    r"somebody(?!-else)",
    r"anybody",
    r"CannotLookError|AskVault|AskTemporal|AskPostgres|AskRegistry|LookAtDatabase|MayI\b",
)
_PHRASE = re.compile("|".join(rf"\b(?:{each})" for each in PHRASES), re.IGNORECASE)


def problems(source: str) -> Iterator[str]:
    """Yields the forbidden words and phrases of a module."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = token.start[0]
        # An attribute is judged where it is defined.
        is_attribute = before is not None and before.string == "."
        if token.type == tokenize.NAME and not is_attribute and token.string not in ALLOWED:
            parts = {part for part in re.split(r"_|(?<=[a-z])(?=[A-Z])", token.string) if part}
            for word in sorted({part.lower() for part in parts} & set(WORDS)):
                yield f"line {line}: {token.string}: use {WORDS[word]} instead of {word}"
        elif token.type in {tokenize.COMMENT, tokenize.STRING}:
            yield from (f"line {line}: {phrase}" for phrase in phrases(token.string))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            if re.match(r"(Say|Tell|Look|Keep|Ask)s?\b", text) and not _is_command(node):
                yield f"docstring {text.splitlines()[0]!r}: start with Returns, Yields, Reads or a noun"


def phrases(text: str) -> Iterator[str]:
    """Yields the forbidden phrases of a text, which may be wrapped."""
    return (found[0] for found in _PHRASE.finditer(" ".join(text.split())))


def _is_command(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and bool(node.decorator_list)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_modules_of_a_folder_use_standard_terms(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {problem}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for problem in problems(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", [*PAGES, *SHIPPED])
def test_a_page_uses_standard_terms(page: str) -> None:
    assert not list(phrases((ROOT / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        "told = 1",
        "def _of_words(): ...",
        "class NotSeen: ...",
        'x = f"{wanted}"\nwanted = 2',
        '"""What could not be\ntold."""',
        "x = 1  # is not asked here",
        'x = "COULD NOT LOOK"',
        'def f():\n    """Says why."""',
    ],
)
def test_a_forbidden_term_is_found(source: str) -> None:
    assert list(problems(source))


@pytest.mark.parametrize("source", ["text = 1", "totold = 2", 'x = "the told story"', '"""Returns the message."""'])
def test_other_terms_pass(source: str) -> None:
    assert not list(problems(source))
