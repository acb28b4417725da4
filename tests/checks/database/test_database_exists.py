"""The database that the environment names."""

import pytest

from checks.database.database_exists import DATABASE_EXISTS
from diagnose.model.report import Confidence, Finding
from diagnose.queries.exec_survey.survey import Login
from tests.support.database import CLIENT, PORT, surveyed
from tests.support.kit import WORKER, codes, context, findings, survey
from tests.support.objects import backends, pod


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (
            Login(purpose="server", code="3D000", message='database "server" does not exist'),
            ["database.database-not-found"],
        ),
        (Login(purpose="server", connected=True), []),
    ],
)
def test_a_database_that_does_not_exist_is_found(login: Login, expected: list[str]) -> None:
    assert codes(DATABASE_EXISTS, surveyed(login)) == expected


def listed(ini: str) -> Finding:
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=True)
    behind = backends("pgbouncer", PORT)
    behind["pods"][0]["spec"]["volumes"] = [{"name": "config", "configMap": {"name": "pooler"}}]
    config = {"metadata": {"name": "pooler", "namespace": "msp"}, "data": {"pgbouncer.ini": ini}}
    refused = Login(purpose="server", code="08P01", message="no such database: server")
    ctx = context(
        own,
        profile=WORKER,
        container=CLIENT,
        surveys=[survey(own, logins=(refused,))],
        configmaps=[config],
        **{**behind, "pods": [own, *behind["pods"]]},
    )
    (finding,) = findings(DATABASE_EXISTS, ctx)
    return finding


def test_a_database_that_the_poolers_list_has_under_another_name_is_called_by_that() -> None:
    finding = listed("[databases]\nserver_prod = host=db dbname=server\n[pgbouncer]\npool_mode = transaction\n")
    assert (finding.subjects[0], finding.confidence) == ("configmap/pooler", Confidence.CERTAIN)
    assert "which has it as server_prod" in finding.summary
    assert "DB_NAME_SERVER=server_prod" in str(finding.remediation.steps[0].command)


def test_a_database_that_the_poolers_list_lacks_is_added_there_or_misspelt() -> None:
    finding = listed("[databases]\nsales = host=db\n;server = host=db\n[users]\n")
    assert "which has sales" in finding.summary
    assert finding.confidence is Confidence.LIKELY
    assert "edit configmap pooler" in str(finding.remediation.steps[0].command)


@pytest.mark.parametrize("ini", ["[databases]\n* = host=db\n", "[pgbouncer]\n", "[databases]\nserver = host=db\n"])
def test_a_list_that_does_not_explain_the_error_is_left_out(ini: str) -> None:
    assert listed(ini).subjects == ("database/server",)
