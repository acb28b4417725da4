"""The pages name commands, options, targets of make, modules and files that exist."""

import importlib.util
import re
from pathlib import Path

import click
import pytest

from diagnose.cli.group import group

ROOT = Path(__file__).parents[2]
# docs/checks.md and docs/runbook.md are compared with what writes them, docs/accuracy.md quotes reports.
PAGES = (
    *(
        "README.md",
        "docs/ARCHITECTURE.md",
        "docs/adding-a-check.md",
        "docs/settings.md",
        "docs/incident-walkthrough.md",
    ),
    *("deploy/README.md", "tests/lab/README.md"),
    *("tests/replay/README.md", "tests/hostile/README.md"),
)
_CODE = re.compile(r"^```[^\n]*\n(?P<block>.*?)^```|^(?P<lines>(?: {4}[^\n`]*\n)+)|`(?P<inline>[^`\n]+)`", re.M | re.S)
_COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?diagnose (?P<rest>[a-z][^\n|#&<>…`]*)")
_MAKE = re.compile(r"(?<![\w-])make (?P<targets>[a-z][a-z -]*)")
_MODULE = re.compile(r"(?:python3?|/python) -m (?P<module>[a-z][\w.]*)")
_FILE = re.compile(r"(?:checks|diagnose|reports|tests|docs|deploy)/[\w./-]+")


def code(page: str, *kinds: str) -> list[str]:
    """Returns the code of a page, of all kinds or of these; a line that continues on the next one is one with it."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    found = (each.groupdict() for each in _CODE.finditer(text))
    return [text for each in found for kind, text in each.items() if text and kind in (kinds or each)]


def commands(page: str) -> list[list[str]]:
    """Returns the parts of each command of the tool that a page shows."""
    return [found["rest"].split() for each in code(page) for found in _COMMAND.finditer(each)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_exists(page: str) -> None:
    wrong = []
    for name, *arguments in commands(page):
        command = group.get_command(click.Context(group), name)
        known = {each for parameter in command.params for each in parameter.opts} if command else {name}
        options = {each.partition("=")[0] for each in arguments if each.startswith("-") and len(each) > 1}
        wrong += [f"{name} {each}" for each in options - known] if command else [name]
    assert wrong == []


def test_the_commands_of_the_pages_are_found() -> None:
    assert {"all", "gate", "audit", "watch", "merge", "rbac"} <= {each[0] for page in PAGES for each in commands(page)}


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_and_every_module_exists(page: str) -> None:
    rules = set(re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    targets = {each for rule in rules for each in rule.split()}
    text = "\n".join(code(page))
    named = {each for found in _MAKE.finditer(text) for each in found["targets"].split()}
    modules = {found["module"] for found in _MODULE.finditer(text)}
    assert named <= targets
    assert [each for each in modules if importlib.util.find_spec(each) is None] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    named = {each.rstrip(".") for text in code(page, "inline") for each in _FILE.findall(text) if "<" not in text}
    folders = (ROOT, ROOT / "diagnose/queries/exec_survey")
    assert [each for each in named if not any((folder / each).exists() for folder in folders)] == []
