"""A printed command runs nothing else when it is pasted, whatever somebody writes into a text that reaches it.

`python -m tests.support.pasted` tries all recordings; here are a few, in the shells that are installed.
"""

import os

import pytest

from diagnose.commands import kubectl, postgres, temporal, vault
from diagnose.commands.command import Command
from diagnose.commands.template import parse
from diagnose.model.report import WITHHELD, Step
from tests.support import pasted, recordings, shell

SAMPLE = ("B01", "E03", "P05c", "T14", "V13c")
EVERYTHING = os.environ.get("DIAGNOSE_EVERY_RECORDING")


def test_the_shells_of_most_people_are_tried() -> None:
    assert {"bash", "dash"} <= set(shell.INSTALLED)


def test_zsh_is_tried() -> None:
    if "zsh" not in shell.INSTALLED:
        pytest.skip("zsh is not installed")


@pytest.mark.parametrize("name", recordings.NAMES if EVERYTHING else SAMPLE)
def test_commands_of_hostile_incidents(name: str) -> None:
    found = pasted.commands([name], 1)
    assert found
    assert pasted.problems(found) == []


@pytest.mark.parametrize("installed", shell.INSTALLED)
@pytest.mark.parametrize("text", [*pasted.PAYLOADS, *pasted.PREFIXES])
def test_a_word_is_one_word_in_each_shell(text: str, installed: str) -> None:
    command = Command("program", f"a{text}", text, f"NAME={text}")
    if command.is_withheld:
        assert {"\n", "\t"} & set(text)
        return
    (read,) = shell.read([f"echo {command}"], installed)
    assert read == [["echo", "program", f"a{text}", text, f"NAME={text}"]]


@pytest.mark.parametrize("hidden", ["\n", "\t", "\x1b[2J", "\0", "\u202e", "\U000e0041", "\ud800"])
def test_a_command_that_cannot_be_quoted_is_left_out_with_a_remark(hidden: str) -> None:
    step = Step("Describe it.", kubectl.describe("pod", f"a{hidden}b", namespace="msp"))
    assert (step.command, step.text) == ("", f"Describe it.{WITHHELD}")
    assert Step(step.text, step.command).text == step.text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (postgres.psql("h", 1, "u", "host=evil"), "psql -h h -p 1 -U u -d dbname='\"'\"'host=evil'\"'\"''"),
        (vault.write("a", "b=@/etc/passwd", "c=-", "d=e"), r"vault write a b='\@/etc/passwd' c=NEW_VALUE d=e"),
        (vault.allow_read("p", 'x" { capabilities = ["sudo"] }'), None),
    ],
)
def test_what_a_program_would_take_for_a_file_or_an_address(command: Command, words: str | None) -> None:
    if words:
        assert shell.read([command]) == [shell.meant(command)]
    assert "sudo" not in command
    assert "evil" not in command or "dbname=" in command


def test_a_template_gives_no_file() -> None:
    template = parse("vault write path name={name}")
    assert template.filled({"name": "@/etc/passwd"}) == "vault write path name='<name>'"
    assert template.filled({"name": "-"}) == "vault write path name='<name>'"


def test_texts_in_other_notations() -> None:
    assert postgres.identifier('a" SUPERUSER; --') == '"a"" SUPERUSER; --"'
    assert postgres.table('public.a"; drop') == 'public."a""; drop"'
    assert temporal.text("a\\' OR 'x") == "'a\\\\'' OR ''x'"
    assert kubectl.field("a.b-c}{.x") == r"a\.b-c\}\{\.x"
    assert kubectl.text('a")]}') == r'"a\")]}"'


@pytest.mark.parametrize(
    ("parts", "printed"),
    [
        (("kubectl", "get", "$(zqx)"), "kubectl get $(zqx)"),
        (("psql", "-c", 'ALTER ROLE "a" zqx LOGIN'), ""),
        (("temporal", "--query", "a='b' OR zqx='c'"), ""),
        (("kubectl", "exec", "p", "--", "bash", "-c", "exec 3<>/dev/tcp/a; zqx/3"), ""),
        (("vault", "write", "a=@zqx"), ""),
    ],
)
def test_a_command_that_runs_more_is_found(parts: tuple[str, ...], printed: str) -> None:
    command = Command(*parts)
    if printed:
        stored = Command.stored(printed)
        stored.parts = command.parts
        command = stored
    assert is_found(command)


def is_found(command: Command) -> bool:
    """Whether there is a problem; a shell that runs something else complains."""
    try:
        return bool(pasted.problems({command: "here"}))
    except AssertionError as error:
        return "zqx" in str(error)
