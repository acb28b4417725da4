"""The pages name commands, options, targets, modules, files, findings and other pages that exist."""

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from checks import CHECKS
from diagnose.cli.group import COMMANDS, group

ROOT = Path(__file__).parents[2]
# docs/accuracy.md quotes reports of all versions.
PAGES = tuple(
    sorted(
        str(each.relative_to(ROOT))
        for folder in ("", "docs", "deploy", "tests/lab", "tests/replay", "tests/hostile")
        for each in (ROOT / folder).glob("*.md")
        if each.name != "accuracy.md"
    )
)
GENERATED = {"docs/checks.md", "docs/runbook.md"}
SCRIPTS = frozenset(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"])
PLUGINS = {each.removeprefix("kubectl-").replace("_", "-") for each in SCRIPTS if each.startswith("kubectl-")}
TOPICS = frozenset(check.topic for check in CHECKS)
NAMES = frozenset(name for check in CHECKS for name in (check.id, *(code.id for code in check.codes)))
EXAMPLES = {"process.licence-expired", "topic.what-is-wrong", "other.code"}
"""Codes of examples, which a reader replaces."""
FOREIGN_OPTIONS = {"--compile-bytecode"}
"""Options of other programs."""
PLACEHOLDERS = {"…", "..."}
_MAKE = re.compile(r"(?<![\w-])make (?P<targets>[a-z][a-z -]*)")
_MODULE = re.compile(r"(?:python3?|/python) -m (?P<module>[a-z][\w.]*)")
_FILE = re.compile(r"(?:checks|diagnose|reports|tests|docs|deploy)/[\w./-]+")
_CODE = re.compile(rf"(?:{'|'.join(TOPICS)})\.(?!md|toml)[a-z][a-z0-9-]*")
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_PARTS = re.compile(r"\|\|?|&&|;|\$\(|\)|\n")
_START = re.compile(
    rf"(?:.*/)?(?P<script>{'|'.join(sorted(map(re.escape, SCRIPTS), key=len, reverse=True))}|kubectl|uvx)"
)


class Code(NamedTuple):
    """Code of a page; what stands in a line of text is inline."""

    text: str
    inline: bool
    info: str = ""


def tokens(page: str) -> Iterator[Token]:
    """Yields all tokens of a page, those within lines, too."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def code(page: str) -> Iterator[Code]:
    """Yields the code of a page; a line that continues on the next one is one with it."""
    for token in tokens(page):
        if token.type in {"fence", "code_block", "code_inline"}:
            text = token.content.replace("\\\n", " ")
            yield Code(text, token.type == "code_inline", token.info.split(" ")[0])


def commands(text: str) -> Iterator[list[str]]:
    """Yields the arguments of each call of the program in a line of a shell, also after a pipe and of a plug-in."""
    for part in _PARTS.split(text):
        try:
            words = shlex.split(part.removeprefix("$ ").rstrip("`"), comments=True)
        except ValueError:
            continue
        while words and re.fullmatch(r"[A-Z_]+=.*|[$>]|exec|eval", words[0]):
            words = words[1:]
        found = _START.fullmatch(words[0]) if words else None
        if found is None:
            continue
        arguments = words[1:]
        if found["script"] == "uvx":
            arguments = [each for each in arguments if each != "--quiet"]
            if not arguments or arguments[0] not in SCRIPTS:
                continue
            arguments = arguments[1:]
        elif found["script"] == "kubectl":
            if not arguments or arguments[0] not in PLUGINS:
                continue
            arguments = arguments[1:]
        elif found["script"].startswith("kubectl_complete"):
            continue
        # A redirection ends what click gets.
        end = next((index for index, each in enumerate(arguments) if re.match(r"\d?[<>]", each)), len(arguments))
        yield arguments[:end]


def shown(page: str) -> Iterator[tuple[list[str], bool]]:
    """Yields the arguments of each command of a page, and whether it is in a sentence; output of a console is none."""
    for each in code(page):
        if each.info in {"python", "toml", "json", "yaml"}:
            continue
        text = each.text
        if each.info == "console":
            prompts = re.findall(r"^\$ (.*(?:(?<=\|)\n.*)*)", text, re.MULTILINE)
            text = "\n".join(prompts).replace("|\n", "| ")
        yield from ((arguments, each.inline) for arguments in commands(text))


def problem(arguments: list[str], *, partly: bool = False) -> str:
    """Returns what is wrong with a command as click parses it, without running it; "" for nothing.

    Args:
        arguments: the command and its arguments.
        partly: whether a sentence shows it, which may leave out what is required.
    """
    name, *rest = [each for each in arguments if each not in PLACEHOLDERS] or ["help"]
    if name.startswith("-"):
        return ""
    found = group.get_command(click.Context(group), name)
    if found is None:
        return f"there is no command {name}"
    context = click.Context(found, info_name=name)
    try:
        given, extra, _ = found.make_parser(context).parse_args(list(rest))
        for each in found.get_params(context):
            # The files of the examples are the reader's.
            if not isinstance(each.type, click.Path) and not each.is_eager:
                each.handle_parse_result(context, given, [])
    except (click.MissingParameter, click.BadOptionUsage) as error:
        return "" if partly else f"{name}: {error.format_message()}"
    except click.UsageError as error:
        return f"{name}: {error.format_message()}"
    if name == "explain" and rest and rest[0] not in NAMES | TOPICS and not rest[0].isupper():
        return f"there is no finding {rest[0]}"
    return f"{name}: unexpected {extra}" if extra else ""


def options(name: str) -> set[str]:
    """Returns the options of a command."""
    context = click.Context(group)
    found = group.get_command(context, name)
    assert found is not None
    return {each for parameter in found.get_params(context) for each in (*parameter.opts, *parameter.secondary_opts)}


def slug(heading: str) -> str:
    """Returns the anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: str) -> set[str]:
    """Returns the anchors of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {slug(_ANCHOR.sub("", each)) for each in headings} | set(_ANCHOR.findall(text))


def targets(page: str) -> Iterator[str]:
    """Yields where the links and images of a page lead, but for other sites."""
    for token in tokens(page):
        target = str(token.attrs.get("href") or token.attrs.get("src") or "")
        if target and not re.match(r"[a-z]+:", target):
            yield target


def broken_link(page: str, target: str) -> str:
    """Returns what is wrong with a link; "" for nothing."""
    path, _, anchor = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    if not file.is_file():
        return f"{target}: there is no such file"
    name = str(file.resolve().relative_to(ROOT))
    if name.endswith(".md") and anchor and anchor not in anchors(name):
        return f"{target}: there is no such anchor"
    if name not in {*PAGES, "docs/accuracy.md"} and file.parent.name != "images":
        return f"{target}: it is no page of the site"
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_page_and_an_anchor(page: str) -> None:
    assert list(filter(None, (broken_link(page, each) for each in targets(page)))) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_that_click_parses(page: str) -> None:
    assert list(filter(None, (problem(each, partly=inline) for each, inline in shown(page)))) == []


@pytest.mark.parametrize("page", [each for each in PAGES if not each.startswith("tests/")])
def test_every_option_in_a_sentence_exists(page: str) -> None:
    own = {name for each in COMMANDS for name in options(each)}
    named = {each.text.split("=")[0].split()[0] for each in code(page) if each.inline and each.text.startswith("--")}
    assert named - own - FOREIGN_OPTIONS == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_finding_in_a_sentence_exists(page: str) -> None:
    named = {each.text for each in code(page) if each.inline and _CODE.fullmatch(each.text)}
    assert named - NAMES - EXAMPLES == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_plug_in_is_a_script_of_the_package(page: str) -> None:
    text = "\n".join(each.text for each in code(page))
    plugins = set(re.findall(r"kubectl (?:krew install )?([\w-]*diagnose)\b", text))
    scripts = set(re.findall(r"\bkubectl(?:_complete)?-[\w-]*diagnose\b", text))
    assert (plugins - PLUGINS, scripts - SCRIPTS) == (set(), set())


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_and_every_module_exists(page: str) -> None:
    rules = set(re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {each for rule in rules for each in rule.split()}
    text = "\n".join(each.text for each in code(page))
    named = {each for found in _MAKE.finditer(text) for each in found["targets"].split()}
    modules = {found["module"] for found in _MODULE.finditer(text)}
    assert named <= known
    assert [each for each in modules if importlib.util.find_spec(each) is None] == []


@pytest.mark.parametrize("page", sorted({*PAGES} - GENERATED))
def test_every_file_in_a_sentence_exists(page: str) -> None:
    inline = [each.text for each in code(page) if each.inline and "<" not in each.text]
    named = {each.rstrip(".") for text in inline for each in _FILE.findall(text)}
    folders = (ROOT, ROOT / "diagnose/queries/exec_survey")
    assert [each for each in named if not any((folder / each).exists() for folder in folders)] == []


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = set(re.findall(r"[\w-]+\.md", str(site["nav"])))
    assert {Path(each).name for each in PAGES if each.startswith("docs/")} - {"package.md"} <= listed


def test_the_first_page_is_short() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") <= 90


def test_the_commands_of_the_pages_are_found() -> None:
    found = {each[0] for page in PAGES for each, _ in shown(page) if each}
    assert {"all", "gate", "audit", "watch", "merge", "rbac", "report-bug", "completion"} <= found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("diagnose all --no-such", "No such option"),
        ("helm template . | diagnose gate --phase never --manifest -", "'never' is not one of"),
        ("$ diagnose nothing -n msp", "there is no command nothing"),
        ("kubectl diagnose all --replays x", "No such option"),
        ("diagnose gate -n msp", "Missing option '--phase'"),
        ("diagnose watch --wait 5x", "is not a duration"),
        ("diagnose version all", "unexpected ['all']"),
        ("diagnose explain vault.role-not-there", "there is no finding"),
        ('eval "$(diagnose completion tcsh)"', "'tcsh' is not one of"),
        ("diagnose all -n msp --record a.diag --report html=b.html > c  # comment", ""),
        ("uvx temporal-worker-diagnose demo", ""),
        ("diagnose scan --oops x && true", "No such option"),
    ],
)
def test_a_wrong_command_is_found(line: str, expected: str) -> None:
    (arguments,) = commands(line)
    assert problem(arguments) == "" if not expected else expected in problem(arguments)


@pytest.mark.parametrize("target", ["docs/none.md", "docs/settings.md#none", "Makefile", "#none"])
def test_a_wrong_link_is_found(target: str) -> None:
    assert broken_link("README.md", target)


@pytest.mark.parametrize(
    "target", ["docs/settings.md#links", "docs/checks.md#vault.role-not-found", "deploy/README.md", "#pages"]
)
def test_a_right_link_passes(target: str) -> None:
    assert broken_link("README.md", target) == ""
