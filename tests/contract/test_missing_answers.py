"""No check goes on without an answer in silence: `Context` alone handles a missing one, and says so in the outcome."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path.relative_to(ROOT) for folder in ("checks", "diagnose/domain") for path in (ROOT / folder).rglob("*.py")
)
# Its absence is the answer, such as that the cluster has no metrics API.
ABSENCE = "NotFoundError"
ERRORS = {"NoAnswerError", "ForbiddenError", "SkippedError", "NotRecordedError", "Exception", "BaseException"}
# Only there it is known whether the owner was seen: elsewhere `owner_of` and its like raise where it was not.
OWNER = {"deployment", "replica_sets", "current_replica_set"}
OF_OWNER = Path("diagnose/domain/kubernetes/pods.py")


def names(node: ast.AST | None) -> set[str]:
    """Returns the names in an expression."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} if node else set()


def caught(tree: ast.Module) -> Iterator[int]:
    """Yields the lines at which an error of a query is caught, or suppressed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or names(node.type) & ERRORS):
            yield node.lineno
        if isinstance(node, ast.Call) and "suppress" in ast.unparse(node.func) and names(node) & ERRORS:
            yield node.lineno


def past_the_context(tree: ast.Module) -> Iterator[int]:
    """Yields the lines that read shared data without `Context`, which would record what is missing."""
    memo = {each.value for each in ast.walk(tree) if isinstance(each, ast.Attribute) and each.attr == "once"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "run_data" and node not in memo:
            yield node.lineno


def owner_unseen(tree: ast.Module) -> Iterator[int]:
    """Yields the lines that take a target without an owner for one that has none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in OWNER and ast.unparse(node.value) == "ctx.target":
            yield node.lineno


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_missing_answer_is_handled_by_the_context_alone(file: Path) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert [*caught(tree), *past_the_context(tree)] == []


@pytest.mark.parametrize("file", [each for each in FILES if each != OF_OWNER], ids=str)
def test_that_pods_have_no_owner_is_only_said_where_it_was_seen(file: Path) -> None:
    assert list(owner_unseen(ast.parse((ROOT / file).read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    f()\nexcept NoAnswerError:\n    pass",
        "try:\n    f()\nexcept (ValueError, query.ForbiddenError):\n    pass".replace("query.", ""),
        "try:\n    f()\nexcept:\n    pass",
        "with suppress(NoAnswerError):\n    f()",
        "with contextlib.suppress(ForbiddenError):\n    f()",
    ],
)
def test_every_form_of_catching_is_found(code: str) -> None:
    assert list(caught(ast.parse(code)))


def test_absence_may_be_an_answer() -> None:
    assert not list(caught(ast.parse(f"try:\n    f()\nexcept {ABSENCE}:\n    pass")))
