"""Which template it is that the agent cannot render."""

import pytest

from checks.vault.templates_rendered import TEMPLATES_RENDERED, template_meant
from diagnose.target.target import VaultFile
from tests.support.kit import agent_log, codes, findings
from tests.support.objects import pod
from tests.support.vault import AGENT, CONTAINER, NOTES, PREFIX, injected

WHOLE = '{{- with secret "secret/data/a" -}}\nexport A="{{ .Data.data.k }}"\n{{- end }}'


def file(name: str, template: str) -> VaultFile:
    return VaultFile(name=name, path="secret/data/a", template=template, destination=f"/vault/secrets/{name}")


@pytest.mark.parametrize(
    ("template", "code", "groups"),
    [
        (WHOLE.replace("{{- end }}", ""), "vault.template-invalid", {"reason": "unexpected EOF"}),
        (f"{WHOLE}{{{{ end }}}}", "vault.template-invalid", {"reason": "unexpected {{end}}"}),
        (
            WHOLE.replace("secret ", "secrets2 "),
            "vault.template-invalid",
            {"reason": 'function "secrets2" not defined'},
        ),
        (WHOLE.replace(".k ", ".other "), "vault.key-missing", {"key": "other"}),
    ],
)
def test_the_template_that_fails_is_identified_by_its_text(template: str, code: str, groups: dict[str, str]) -> None:
    meant = template_meant((file("good", WHOLE), file("bad", template)), code, groups)
    assert meant is not None
    assert meant.name == "bad"


def test_where_two_templates_can_fail_alike_neither_is_named() -> None:
    assert template_meant((file("a", WHOLE), file("b", WHOLE)), "vault.key-missing", {"key": "k"}) is None


FAILED = (
    '[ERROR] agent.template.server: template server error: error="(dynamic): parse: template: :4: unexpected EOF" '
    "backoff=-1ns"
)


def test_the_annotation_of_the_template_that_fails_is_named() -> None:
    notes = {f"{PREFIX}agent-inject-template-auth-key": WHOLE.replace("{{- end }}", "")}
    own = pod("worker-1", CONTAINER, AGENT, annotations=NOTES)
    (finding,) = findings(TEMPLATES_RENDERED, injected(own, notes=notes, logs=[agent_log(FAILED)]))
    assert finding.code == "vault.template-invalid"
    assert finding.summary.startswith(f"Annotation {PREFIX}agent-inject-template-auth-key")


def test_an_agent_that_logs_no_error_has_rendered() -> None:
    own = pod("worker-1", CONTAINER, AGENT, annotations=NOTES)
    assert codes(TEMPLATES_RENDERED, injected(own, logs=[agent_log("[INFO] agent: rendered")])) == []


LOGGED_IN = "[INFO]  agent.auth.handler: starting renewal process"
RENEWED = "[INFO]  agent.auth.handler: renewed auth token"
REFUSED = """[WARN]  agent: (view) vault.read(secret/data/a): Error making API request.

URL: GET http://vault:8200/v1/secret/data/a
Code: 403. Errors:

* permission denied"""


def refused(*before: str, times: int = 7) -> list[str]:
    own = pod("worker-1", CONTAINER, AGENT, annotations=NOTES, ready=False)
    lines = [line for entry in (*before, *[REFUSED] * times) for line in entry.splitlines()]
    return codes(TEMPLATES_RENDERED, injected(own, notes=NOTES, logs=[agent_log(*lines)]))


def test_a_token_that_may_not_even_be_renewed_has_no_uses_left() -> None:
    assert refused(LOGGED_IN) == ["vault.token-uses-exhausted"]


def test_the_commands_about_a_token_without_uses_are_for_the_agents_namespace_of_vault() -> None:
    notes = {**NOTES, f"{PREFIX}namespace": "team-a"}
    own = pod("worker-1", CONTAINER, AGENT, annotations=notes, ready=False)
    lines = [line for entry in (LOGGED_IN, *[REFUSED] * 7) for line in entry.splitlines()]
    (finding,) = findings(TEMPLATES_RENDERED, injected(own, notes=notes, logs=[agent_log(*lines)]))
    assert all(str(each.command).startswith("VAULT_NAMESPACE=team-a ") for each in finding.remediation.steps)


@pytest.mark.parametrize(("before", "times"), [((LOGGED_IN, RENEWED), 7), ((LOGGED_IN,), 2), ((), 7)])
def test_a_token_that_is_renewed_or_may_still_be_lacks_a_policy(before: tuple[str, ...], times: int) -> None:
    assert refused(*before, times=times) == ["vault.policy-denied"]


NOT_FOUND = (
    "[WARN]  agent: (view) vault.read(secret/data/alga-psa/shared): no secret exists at secret/data/alga-psa/shared"
)


def test_a_secret_that_a_ready_pod_had_is_undeleted_and_one_that_none_had_is_looked_for_first() -> None:
    failing = pod("worker-1", CONTAINER, AGENT, annotations=NOTES, ready=False)
    logs = [agent_log(NOT_FOUND)]
    (unknown,) = findings(TEMPLATES_RENDERED, injected(failing, logs=logs))
    assert [bool(each.changes) for each in unknown.remediation.steps[:3]] == [False, True, True]
    other = pod("worker-2", CONTAINER, AGENT, annotations=NOTES, ready=True)
    (deleted,) = findings(TEMPLATES_RENDERED, injected(failing, other, logs=logs))
    assert "was deleted after worker-2 had read it" in deleted.summary
    assert "vault read -field=current_version secret/metadata/alga-psa/shared" in deleted.remediation.steps[0].command
    assert "xargs -I@ vault kv undelete -versions=@ secret/alga-psa/shared" in deleted.remediation.steps[0].command
