"""The route to Vault."""

import pytest

from checks.vault.reachable import REACHABLE
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from tests.support.kit import codes, context, survey
from tests.support.objects import backends, pod
from tests.support.vault_login import NOTES


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ConnectionState.CONNECTED, []),
        (ConnectionState.REFUSED, ["vault.refused"]),
        (ConnectionState.TIMED_OUT, ["vault.timed-out"]),
    ],
)
def test_refused_and_timed_out_have_codes_of_their_own(state: ConnectionState, expected: list[str]) -> None:
    own = pod(ready=state is ConnectionState.CONNECTED)
    tried = survey(own, connections=(Connection("vault.vault.svc", 8200, state),))
    ctx = context(own, annotations=NOTES, surveys=[tried], **backends("vault", 8200, namespace="vault"))
    assert codes(REACHABLE, ctx) == expected
