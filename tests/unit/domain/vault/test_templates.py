"""What templates need of Vault."""

from diagnose.domain.vault.templates import required_secrets
from diagnose.target.target import VAULT
from tests.support.predeploy import NOTES, PATH, POD, before_deploy


def test_a_key_that_a_template_tests_first_may_be_missing() -> None:
    asked = '{{ if .Data.data.k }}export A="{{ .Data.data.k }}"{{ end }}'
    text = f'{{{{ with secret "{PATH}" }}}}{asked}{{{{ end }}}}'
    notes = {**NOTES, f"{VAULT}agent-inject-template-a": text}
    (required,) = required_secrets(before_deploy({**POD, "metadata": {"annotations": notes}}))
    assert required.keys == ()
