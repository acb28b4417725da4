"""`diagnose explain` with a code, with a topic, and without a name."""

import pytest
from click.testing import CliRunner

from diagnose.cli.group import group


def explained(*arguments: str) -> str:
    found = CliRunner().invoke(group, ["explain", *arguments])
    assert found.exit_code == 0
    return found.stdout


def test_without_a_name_it_lists_the_topics() -> None:
    assert "vault " in explained()
    assert "diagnose explain TOPIC" in explained()


def test_a_topic_has_its_checks_and_findings_and_no_others() -> None:
    text = explained("vault")
    assert "\nvault.role-bound: " in text
    assert "    vault.role-not-found: " in text
    assert "\ndatabase." not in text


@pytest.mark.parametrize(("name", "near"), [("vualt", "vault"), ("vault.role-not-fond", "vault.role-not-found")])
def test_a_wrong_name_leads_to_a_near_one(name: str, near: str) -> None:
    found = CliRunner().invoke(group, ["explain", name])
    assert found.exit_code == 2
    assert near in found.stderr
