"""A shell completes commands, options, and names: those of objects where the cluster answers at once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, get_completion_class
from click.testing import CliRunner

from checks import CHECKS
from diagnose.cli.catalogue import profiles
from diagnose.cli.completion import for_kubectl
from diagnose.cli.group import COMMANDS, group
from reports import RENDERERS
from tests.support.http import Script, response, serving

KUBECONFIG = "contexts: [{name: prod-eu}, {name: prod-us}, {name: stage}]"
TOPICS = {check.topic for check in CHECKS}
IDS = {check.id for check in CHECKS}


def items(*phrases: str) -> list[CompletionItem]:
    kind = get_completion_class("bash")
    assert kind is not None
    return kind(group, {}, "diagnose", "_DIAGNOSE_COMPLETE").get_completions(list(phrases[:-1]), phrases[-1])


def values(*phrases: str) -> set[str]:
    return {item.value for item in items(*phrases)}


def test_commands_are_offered_with_what_they_do() -> None:
    assert [item.value for item in items("")] == list(COMMANDS)
    assert all(item.help for item in items(""))
    assert values("ex") == {"explain"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_of_a_command_are_offered(command: str) -> None:
    assert "--help" in values(command, "--")


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_checks_are_offered_by_topic_and_id(option: str) -> None:
    assert values("all", option, "") == TOPICS | IDS
    assert values("gate", "--phase", "pre", option, "vault.rol") == {"vault.role-bound"}


def test_findings_and_checks_are_offered_to_be_explained() -> None:
    assert {"vault.role-not-found", "vault.role-bound"} <= values("explain", "vault.role")


def test_formats_of_reports_are_offered() -> None:
    assert values("all", "--report", "") == set(RENDERERS)


def test_profiles_topics_incidents_and_choices_are_offered() -> None:
    assert values("all", "--profile", "") == set(profiles())
    assert values("list", "--topic", "v") == {"vault"}
    assert "vault-sealed" in values("demo", "vault")
    assert values("gate", "--phase", "") == {"pre", "post"}
    assert values("rbac", "--for", "g") == {"gate"}


def test_files_are_left_to_the_shell() -> None:
    assert [item.type for item in items("all", "--replay", "incident")] == ["file"]


def test_contexts_of_the_kubeconfig_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(KUBECONFIG, encoding="utf-8")
    (tmp_path / "broken").write_text("contexts: [}", encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/missing:{tmp_path}/broken:{tmp_path}/config")
    assert values("all", "--context", "prod") == {"prod-eu", "prod-us"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_requests_completions(shell: str) -> None:
    found = CliRunner().invoke(group, ["completion", shell])
    assert found.exit_code == 0
    assert f"_DIAGNOSE_COMPLETE={shell}_complete" in found.output


def test_bash_itself_completes() -> None:
    command = (
        'eval "$(diagnose completion bash)"; COMP_WORDS=(diagnose gate --phase ""); COMP_CWORD=3; '
        '_diagnose_completion diagnose; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    assert found.stdout.split() == ["pre", "post"], found.stderr


@contextmanager
def a_cluster(folder: Path) -> Iterator[tuple[Path, Script]]:
    """A kubeconfig of a server that lists the same names of every kind."""
    names = [{"metadata": {"name": name}} for name in ("msp", "msp-2", "vault")]
    with serving(response({"kind": "PartialObjectMetadataList", "items": names})) as (_, script):
        path = folder / "config"
        path.write_text(
            f"clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{script.port}'}}}}]\n"
            "contexts: [{name: c, context: {cluster: c, namespace: own}}]\ncurrent-context: c\n",
            encoding="utf-8",
        )
        yield path, script


def test_namespaces_pods_and_workloads_are_those_of_the_cluster(tmp_path: Path) -> None:
    with a_cluster(tmp_path) as (path, script):
        given = ("--kubeconfig", str(path))
        assert values("all", *given, "-n", "m") == {"msp", "msp-2"}
        assert values("pod", *given, "-n", "apps", "v") == {"vault"}
        assert values("statefulset", *given, "") == {"msp", "msp-2", "vault"}
    paths = [each.partition("?")[0] for each in script.requests]
    assert paths == [
        "/api/v1/namespaces",
        "/api/v1/namespaces/apps/pods",
        "/apis/apps/v1/namespaces/own/statefulsets",
    ]


def test_a_cluster_that_does_not_answer_completes_nothing_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    assert values("all", "-n", "") == set()
    with serving(lambda _: time.sleep(9)) as (_, script):
        text = f"clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{script.port}'}}}}]\n"
        text += "contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
        (tmp_path / "slow").write_text(text, encoding="utf-8")
        began = time.monotonic()
        assert values("all", "--kubeconfig", str(tmp_path / "slow"), "-n", "") == set()
        assert time.monotonic() - began < 5
    assert capfd.readouterr() == ("", "")


def test_kubectl_gets_completions_with_descriptions_and_a_directive(capsys: pytest.CaptureFixture[str]) -> None:
    for_kubectl(["gate", "--phase", ""])
    assert capsys.readouterr().out == "pre\npost\n:4\n"
    for_kubectl(["ex"])
    assert capsys.readouterr().out == "explain\tExplain a finding or a check.\n:4\n"
    for_kubectl(["all", "--replay", "incident"])
    assert capsys.readouterr().out == ":0\n"


def test_the_shell_of_the_user_is_the_default() -> None:
    assert (
        "_DIAGNOSE_COMPLETE=zsh_complete" in CliRunner().invoke(group, ["completion"], env={"SHELL": "/bin/zsh"}).output
    )


@pytest.mark.parametrize(("shell", "why"), [("", "$SHELL is not set"), ("/bin/dash", "$SHELL is dash")])
def test_without_a_shell_that_is_known_the_error_says_how_to_name_one(shell: str, why: str) -> None:
    found = CliRunner().invoke(group, ["completion"], env={"SHELL": shell})
    assert found.exit_code == 2
    assert why in found.stderr
    assert "diagnose completion bash|zsh|fish" in found.stderr
