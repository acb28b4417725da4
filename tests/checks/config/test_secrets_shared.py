"""Secrets that the worker shares with the server."""

import pytest

from checks.config.secrets_shared import SECRETS_SHARED
from diagnose.check.api import NotApplicableError
from tests.support.kit import WORKER, Json, codes, context, findings
from tests.support.objects import deployment, from_secret, variables

NOTES = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/agent-inject-secret-auth-key": "secret/data/app/shared",
    "vault.hashicorp.com/agent-inject-template-auth-key": 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"',
}


@pytest.mark.parametrize(
    ("there", "expected", "remark"),
    [
        (from_secret("NEXTAUTH_SECRET", "a"), [], ""),
        (from_secret("NEXTAUTH_SECRET", "b"), ["config.secret-differs-from-server"], ""),
        (from_secret("NEXTAUTH_SECRET", "a", "other"), ["config.secret-differs-from-server"], ""),
        (variables(NEXTAUTH_SECRET="x")[0], [], "not compared"),
    ],
)
def test_secrets_of_one_kind_of_place_are_compared(there: Json, expected: list[str], remark: str) -> None:
    ctx = context(
        profile=WORKER,
        container={"env": [from_secret("NEXTAUTH_SECRET", "a")]},
        deployments=[deployment("server", there)],
    )
    assert codes(SECRETS_SHARED, ctx) == expected
    assert remark in ctx.remark


def test_a_path_in_vault_is_compared_also_where_the_other_reads_it_bare() -> None:
    bare = {
        "vault.hashicorp.com/agent-inject": "true",
        "vault.hashicorp.com/agent-inject-secret-alga_auth_key": "secret/data/old/shared",
        "vault.hashicorp.com/agent-inject-template-alga_auth_key": "{{ .Data.data.alga_auth_key }}",
    }
    command = ". /vault/secrets/auth-key"
    (finding,) = findings(
        SECRETS_SHARED,
        context(
            profile=WORKER,
            container={"env": [], "args": [command]},
            annotations=NOTES,
            deployments=[deployment("server", annotations=bare)],
        ),
    )
    assert "secret/data/old/shared" in finding.summary
    same = bare | {"vault.hashicorp.com/agent-inject-secret-alga_auth_key": "secret/data/app/shared"}
    assert (
        findings(
            SECRETS_SHARED,
            context(
                profile=WORKER,
                container={"env": [], "args": [command]},
                annotations=NOTES,
                deployments=[deployment("server", annotations=same)],
            ),
        )
        == []
    )


def test_without_a_sibling_that_shares_a_secret_there_is_nothing_to_compare() -> None:
    with pytest.raises(NotApplicableError):
        findings(
            SECRETS_SHARED,
            context(
                profile=WORKER,
                container={"env": [from_secret("NEXTAUTH_SECRET", "a")]},
                deployments=[deployment("server")],
            ),
        )


def test_after_the_comparison_the_secret_is_taken_from_where_the_other_workload_has_it() -> None:
    own = {"env": [from_secret("NEXTAUTH_SECRET", "a")]}
    server = deployment("server", from_secret("NEXTAUTH_SECRET", "b"))
    (finding,) = findings(SECRETS_SHARED, context(profile=WORKER, container=own, deployments=[server]))
    look, take = finding.remediation.steps
    assert not look.changes
    assert take.text.startswith("If they differ")
    assert '"secretKeyRef":{"name":"b","key":"k"}' in take.command
