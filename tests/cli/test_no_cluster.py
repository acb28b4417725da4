"""A kubeconfig that leads to no cluster is one error with what to do next, and the exit code of wrong usage."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli.group import group

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
