"""Every sentence that a check can write is plain English, in the terms that kubectl shows."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnose.check.api import Code
from diagnose.cli.catalogue import catalogue
from tests.support.wording import PHRASES, phrases, problems

ROOT = Path(__file__).parents[2]
MODULES = sorted([*(ROOT / "checks").rglob("*.py"), *(ROOT / "diagnose/domain").rglob("*.py")])
SIGNATURES = sorted((ROOT / "checks/signatures").glob("*.toml"))
CODES = list(dict.fromkeys(code for check in catalogue().checks for code in check.codes))


def texts(source: str) -> Iterator[str]:
    """Yields the literal texts of a module that may reach a reader: no docstring, pattern or single word."""
    tree = ast.parse(source)
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in documented | inner:
            continue
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        if " " in text and "(?" not in text:
            yield text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_texts_of_a_module_are_plain_english(path: Path) -> None:
    found = [f"{text!r}: {each}" for text in texts(path.read_text(encoding="utf-8")) for each in phrases(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", SIGNATURES, ids=lambda path: path.name)
def test_the_sentences_of_signatures_are_plain_english(path: Path) -> None:
    signatures = tomllib.loads(path.read_text(encoding="utf-8"))["signature"]
    steps = [step["text"] for each in signatures for step in each.get("steps", ())]
    found = [f"{each['summary']}: {problem}" for each in signatures for problem in problems(each["summary"])]
    found += [f"{text}: {problem}" for text in steps for problem in phrases(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_the_fix_of_a_code_is_one_imperative_sentence(code: Code) -> None:
    assert code.fix.endswith(".")
    assert code.fix[0].isupper() or code.fix[0] == "`"
    assert not list(phrases(f"{code.meaning} {code.fix}"))


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("Nothing polls the queue, so its workflows wait for ever.", True),
        ("The container is killed at its memory limit of 128Mi.", True),
        ("The address is no HOST:PORT.", True),
        ("It failed 1 times.", True),
        ("The address does not exist..", True),
        ("The frontend cannot describe namespace default: .", True),
        ("Vault is no longer reachable.", False),
        ('The log has: the server said "again and again".', False),
        ("Pod worker-1 is in CrashLoopBackOff (exit code 1).", False),
        ("Function uuid_generate_v4() does not exist.", False),
    ],
)
def test_a_sentence_is_held_to_the_table(sentence: str, *, wrong: bool) -> None:
    assert bool(list(problems(sentence))) is wrong


def test_each_phrase_has_a_better_wording() -> None:
    assert all(PHRASES.values())
