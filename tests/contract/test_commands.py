"""Every command can be asked for help, which gives an example."""

import pytest
from click.testing import CliRunner

from diagnose.cli.group import COMMANDS, group


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_with_an_example(name: str) -> None:
    # Warnings are errors here: click only warns of an option that is given twice.
    found = CliRunner().invoke(group, [name, "--help"])

    assert found.exit_code == 0, found.output
    assert "Example: " in found.output


@pytest.mark.parametrize("name", ["all", "pod", "gate", "audit", "rbac"])
def test_a_command_whose_exit_code_has_a_meaning_documents_it(name: str) -> None:
    found = CliRunner().invoke(group, [name, "--help"])

    assert "Exit codes: 0 " in found.output
    assert "[env var: DIAGNOSE_NAMESPACE]" in found.output
