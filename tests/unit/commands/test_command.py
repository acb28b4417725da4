"""Words of a command reach the program as they are."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.commands import kubectl, postgres, vault
from diagnose.commands.command import Command, Operator
from diagnose.commands.owner import Owner
from diagnose.text.characters import visible

ROLLOUT = Owner("Rollout", "-x", "shop")


def words_of(command: str) -> list[str]:
    """The words as bash splits them; nothing of the command runs."""
    script = f"f() {{ printf '%s\\0' \"$@\"; }}\nf {command}\n"
    run = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert not run.stderr
    return run.stdout.decode().split("\0")[:-1]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_text_stays_one_word_or_is_left_out(text: str) -> None:
    command = Command("program", text, f"NAME={text}")
    if visible(text) != text or {"\n", "\t"} & set(text):
        assert command == ""
        assert command.is_withheld
    else:
        assert words_of(command) == ["program", text, f"NAME={text}"]
        assert "\n" not in command


def test_plain_words_stay_as_they_are() -> None:
    assert Command("kubectl", "-n", "shop", "get", "pods", "A=b c") == "kubectl -n shop get pods A='b c'"
    assert Command(Operator.OPEN, "a", Operator.THEN, "b", Operator.CLOSE, Operator.PIPE, "c") == "(a; b) | c"
    assert Command("a", "|", "(") == "a '|' '('"


@pytest.mark.parametrize("query", ["Type='job' AND Status!='Done'", "Type = 'job'", "NAME=it's"])
def test_a_word_with_single_quotes_is_in_double_ones_where_nothing_stays_special(query: str) -> None:
    assert Command("list", query) == f'list "{query}"'


@pytest.mark.parametrize("word", ["it's $HOME", "it's `id`", "it's !!", "it's \\", "it's \"", "it's ##[x]"])
def test_a_word_with_more_special_signs_stays_in_single_quotes(word: str) -> None:
    assert not Command("list", word).startswith('list "')
    assert words_of(Command("list", word)) == ["list", word]


def test_commands_one_after_the_other_are_told_apart_outside_parentheses() -> None:
    group = Command(Operator.OPEN, "a", Operator.AND, "b", Operator.CLOSE)
    assert group.then(Command("c")).sequence == (group, "c")
    assert group.sequence == (group,)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (kubectl.describe("pod", "-x", namespace="-n"), "kubectl -n=-n describe pod/-x"),
        (kubectl.log("-x", "-c", namespace="shop"), "kubectl -n shop logs pod/-x -c=-c"),
        (vault.read("-x"), "vault read -- -x"),
        (postgres.psql("-h", 5432, "-u", "d"), "psql -h-h -p 5432 -U-u -d d"),
        (Owner("Pod", "-x", "shop").set_env("-y=1"), "kubectl -n shop set env pod/-x -- -y=1"),
        (ROLLOUT.fit(ROLLOUT.rollout("undo")), "kubectl argo rollouts -n shop undo -- -x"),
        (ROLLOUT.fit(ROLLOUT.set_image("-c=x")), "kubectl argo rollouts -n shop set image -- -x -c=x"),
    ],
)
def test_a_leading_dash_makes_no_flag(command: Command, expected: str) -> None:
    assert command == expected
