"""Which steps of a fix a short text shows."""

from msgspec.structs import replace

from diagnose.commands import kubectl, vault
from diagnose.model.report import Confidence, Finding, Remediation, Step
from reports.html import contents
from reports.text.fix import shown_fix

MENDING = Step("Enable the method.", vault.vault("auth", "enable", "kubernetes"), changes="Vault")
LOOK = Step("List the methods.", vault.vault("auth", "list"))
LOGIN = "To use vault: export VAULT_ADDR=http://127.0.0.1:18200, vault login."
REACH = Step(LOGIN, kubectl.forward("vault", 8200, 18200, namespace="vault"))


def finding(*steps: Step) -> Finding:
    remediation = Remediation(summary="Enable the method.", steps=steps)
    return Finding(code="vault.auth-not-enabled", summary="It is not enabled.", remediation=remediation)


def test_how_vault_reaches_its_server_is_shown_with_a_command_of_vault_alone() -> None:
    assert shown_fix(finding(MENDING, LOOK, REACH)).preparing == REACH
    restart = Step("Restart it.", kubectl.delete("pod", "a"), changes="pod a")
    assert shown_fix(finding(restart, LOOK, REACH)).preparing is None


def test_how_vault_reaches_its_server_decides_nothing() -> None:
    likely = replace(finding(MENDING, REACH), confidence=Confidence.LIKELY)
    assert shown_fix(likely).deciding is None
    assert shown_fix(replace(likely, remediation=finding(MENDING, LOOK, REACH).remediation)).deciding == LOOK


def test_how_vault_reaches_its_server_is_not_folded_on_the_page() -> None:
    shown = contents.fix(finding(MENDING, LOOK, REACH))
    assert (shown.first, shown.further) == ((MENDING, REACH), (LOOK,))
