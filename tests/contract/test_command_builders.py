"""Commands are built in `diagnose/commands/` alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = (
    "kubectl", "vault", "psql", "temporal", "helm", "argo", "argocd", "flux", "openssl", "docker", "curl", "jq", "grep",
)  # fmt: skip
FILES = sorted(
    path
    for folder in ("checks", "diagnose", "reports")
    for path in (ROOT / folder).rglob("*.py")
    if "commands" not in path.relative_to(ROOT).parts
)


def texts(tree: ast.AST) -> Iterator[str]:
    """The literal texts of a module, of an f-string its beginning; docstrings are none."""
    plain = {each.value for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    parts = {part for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values[1:]}
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and not {each} & (plain | parts):
            yield each.value


def written(tree: ast.AST) -> list[str]:
    """What a module writes of a command itself."""
    starts = tuple(f"{program} " for program in PROGRAMS)
    found = [text for text in texts(tree) if text.removeprefix("(").startswith(starts)]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Command":
            found.append(ast.unparse(call))
        if isinstance(call, ast.Attribute) and call.attr == "stored":
            found.append(ast.unparse(call))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_place_writes_a_command(path: Path) -> None:
    # A report holds the text alone.
    allowed = ["Command.stored"] if path.name == "json.py" else []
    assert written(ast.parse(path.read_text(encoding="utf-8"))) == allowed


@pytest.mark.parametrize(
    "line",
    [
        'Step(text="See.", command="kubectl get pods")',
        'look = f"vault read {path}"',
        'add = f"(vault policy read {name})"',
        'Command("anything", name)',
        "Command.stored(text)",
    ],
)
def test_a_command_that_is_written_elsewhere_is_found(line: str) -> None:
    assert written(ast.parse(line))


def test_sentences_and_docstrings_are_no_commands() -> None:
    assert not written(ast.parse('"""kubectl knows it."""\ntext = f"see {name}: kubectl "\nword = "temporal"'))
