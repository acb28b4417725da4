"""A kubeconfig that leads to no cluster is one error with what to do next, and the exit code of wrong usage."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group
from tests.support.http import response, serving

CONTEXTS = "contexts: [{name: prod-eu, context: {}}, {name: prod-us, context: {}}, {name: stage, context: {}}]\n"
PLUGIN = """
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
users: [{name: u, user: {exec: {command: no-such-login, apiVersion: v1}}}]
current-context: c
"""


def run(*arguments: str, **variables: str | None) -> Result:
    return CliRunner().invoke(group, list(arguments), env=variables)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.mark.parametrize("command", ["all", "namespaces", "watch"])
@pytest.mark.parametrize(
    ("content", "arguments", "expected"),
    [
        (CONTEXTS, ("--context", "prod-e"), ("'prod-e'; did you mean prod-eu", "--context: prod-eu, prod-us, stage")),
        (CONTEXTS, (), ("has no current context", "--context: prod-eu, prod-us, stage")),
        ("clusters: [\n- a: {b\n", (), ("config, line ", "is no YAML", "Next: correct it")),
        (PLUGIN, (), ("plug-in no-such-login of user u is not installed", "Next: install it, or choose another")),
        ("", (), ("config has no context", "--kubeconfig")),
    ],
)
def test_the_error_has_the_reason_and_the_next_step(
    command: str, content: str, arguments: tuple[str, ...], expected: tuple[str, ...], config: Path
) -> None:
    config.write_text(content, encoding="utf-8")
    found = run(command, "--kubeconfig", str(config), *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert all(each in found.stderr for each in expected)
    assert "Usage:" not in found.stderr
    assert found.stderr.count("\n") == 2


def test_a_wrong_kubeconfig_variable_is_named(config: Path) -> None:
    found = run("all", KUBECONFIG=str(config), KUBERNETES_SERVICE_HOST=None)
    assert found.exit_code == 2
    assert f"there is none at {config} (KUBECONFIG)" in found.stderr
    assert "diagnose demo" in found.stderr


@contextmanager
def answering(config: Path, answer: bytes) -> Iterator[tuple[str, str]]:
    """The flag of a kubeconfig whose server answers everything with this."""
    with serving(answer) as (_, script):
        server = f"http://127.0.0.1:{script.port}"
        config.write_text(
            f"clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n"
            "contexts: [{name: c, context: {cluster: c, namespace: msp}}]\ncurrent-context: c\n",
            encoding="utf-8",
        )
        yield "--kubeconfig", str(config)


def refusing(message: str, status: int) -> bytes:
    return response({"kind": "Status", "message": message}, status)


FORBIDDEN = refusing(
    'pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "msp"', 403
)
FAILING, REFUSING = refusing("etcd is gone", 500), refusing("Unauthorized", 401)


@pytest.mark.parametrize(
    ("arguments", "answer", "step"),
    [
        (("namespaces",), FORBIDDEN, "diagnose rbac --offline -n default --for namespaces"),
        (("namespaces",), REFUSING, "kubectl auth whoami --kubeconfig"),
        (("all", "-A"), FORBIDDEN, "name one with -n"),
        (("all", "-A"), FAILING, "kubectl get --raw '/readyz?verbose'"),
        (("alerts",), FORBIDDEN, "diagnose rbac --offline -n msp"),
        (("init", "--stdout"), REFUSING, "kubectl auth whoami --kubeconfig"),
        (("rbac",), FAILING, "kubectl get --raw '/readyz?verbose'"),
    ],
)
def test_every_command_that_queries_a_cluster_names_the_next_step(
    arguments: tuple[str, ...], answer: bytes, step: str, config: Path
) -> None:
    with answering(config, answer) as given:
        found = run(*arguments, *given)
    assert (found.exit_code, found.stdout) == (3, "")
    assert step in found.stderr.partition("Next: ")[2]


def test_the_review_of_rights_needs_no_right_to_list_pods(config: Path) -> None:
    with answering(config, FORBIDDEN) as given:
        found = run("rbac", "--check", *given)
    assert (found.exit_code, "namespaces are assumed" in found.stderr) == (3, True)
    assert "rights" in found.stdout


@pytest.mark.parametrize("answer", [FORBIDDEN, REFUSING, FAILING])
def test_a_run_that_reads_nothing_ends_as_incomplete_also_with_debug(answer: bytes, config: Path) -> None:
    with answering(config, answer) as given:
        found = run("all", "--debug", *given)
    assert found.exit_code == 3
    assert "nothing was checked" in found.stdout
