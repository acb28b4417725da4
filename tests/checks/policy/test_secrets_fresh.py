"""The age of the worker's Secrets."""

import pytest

from checks.policy.secrets_fresh import SECRETS_FRESH
from diagnose.check.api import Context, NotApplicableError
from diagnose.target.request import Allowance
from tests.support.kit import Json, ago, codes, context, requested
from tests.support.objects import from_secret, meta, pod, running


def secret(age_days: float, *, data: bool = True) -> Json:
    fields: Json = {"f:data": {"f:KEY": {}}} if data else {"f:metadata": {"f:labels": {}}}
    return {"metadata": meta("s", age_s=400 * 86400, managedFields=[{"time": ago(days=age_days), "fieldsV1": fields}])}


def aged(thing: Json, *, started_days: float = 1000, allowed: bool = True) -> Context:
    one = pod(status={"containerStatuses": [running(since_s=started_days * 86400)]})
    ctx = context(one, container={"env": [from_secret("X", "s", "KEY")]}, secrets=[thing])
    return requested(ctx, allowed=frozenset({Allowance.SECRET_NAMES}) if allowed else frozenset())


@pytest.mark.parametrize(
    ("thing", "started_days", "expected"),
    [
        (secret(10), 5, []),
        (secret(93), 5, ["policy.secret-overdue"]),
        (secret(10), 20, ["policy.secret-newer-than-process"]),
        # A label was set lately; its data are as old as it is.
        (secret(1, data=False), 5, ["policy.secret-overdue"]),
    ],
)
def test_a_secret_is_as_old_as_its_data(thing: Json, started_days: float, expected: list[str]) -> None:
    assert codes(SECRETS_FRESH, aged(thing, started_days=started_days)) == expected


def test_without_the_flag_no_secret_is_listed() -> None:
    with pytest.raises(NotApplicableError, match="--secret-names"):
        codes(SECRETS_FRESH, aged(secret(500), allowed=False))
