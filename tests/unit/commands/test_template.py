"""A template is split into words before names are filled in."""

import pytest

from diagnose.commands.template import TemplateError, parse


def filled(text: str, **names: str) -> str:
    return parse(text).filled(names)


def test_a_name_stays_one_word() -> None:
    command = parse("kubectl -n {ns} logs {pod} | grep '{text} x'").filled({"ns": "a b", "pod": "$(id)", "text": "'|"})
    assert command.parts[2:5] == ("a b", "logs", "$(id)")
    assert command.parts[-1] == "'| x"
    assert command.startswith("kubectl -n 'a b' logs '$(id)' | grep ")


def test_the_signs_of_the_shell_stay_between_commands() -> None:
    text = "(vault policy read A; echo 'path \"{path}\" {{ }}') | vault policy write A -"
    assert filled(text, path="x") == "(vault policy read A; echo 'path \"x\" { }') | vault policy write A -"


def test_what_is_unknown_empty_or_a_flag_is_left_to_a_person() -> None:
    assert filled("kubectl get {kind}") == "kubectl get '<kind>'"
    assert filled("kubectl get {kind}", kind="") == "kubectl get '<kind>'"
    assert filled("kubectl get {kind}", kind="-A") == "kubectl get '<kind>'"
    assert filled("kubectl get --as={user}", user="-A") == "kubectl get --as=-A"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("kubectl get {pod} > file", "cannot be read at '> file'"),
        ("kubectl get $(id)", "names no program"),
        ("kubectl get 'pod", "cannot be read at"),
        ("kubectl get {pod", "brace that is not doubled"),
        ("kubectl get {pod!r}", "is no name"),
        ("{pod} --help", "where a program is named"),
        ("true | {pod}", "where a program is named"),
        ("kubectl exec {pod} -- sh -c 'echo {name}'", "stands in a script"),
        ("/bin/bash -c 'echo {name}'", "stands in a script"),
        ("(kubectl get pods", "parentheses"),
        ("kubectl get pods |", "names no program"),
    ],
)
def test_what_cannot_be_filled_safely_is_refused(text: str, part: str) -> None:
    with pytest.raises(TemplateError, match=part.replace("(", r"\(")):
        parse(text)
