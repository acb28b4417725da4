"""Which looks were lookups, and which lines say that nobody answered."""

from datetime import timedelta

import msgspec
import pytest

from checks import signatures
from checks.network.dns_answers import DNS_ANSWERS
from diagnose.check.api import SurveyResult
from diagnose.commands.command import NONE
from diagnose.domain.network.dns import is_lookup, tells
from diagnose.logs.signatures import ContainerLog, Writer, find
from diagnose.queries.exec_survey.survey import Connection, Reached, SurveyAnswer
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.resources import Pod
from tests.support.kit import NOW, context


@pytest.mark.parametrize(
    ("host", "state", "is_one"),
    [
        ("db.msp.svc", Reached.CONNECTED, True),
        ("db.msp.svc", Reached.NAME_UNRESOLVED, True),
        ("db.msp.svc", Reached.NO_TOOL, False),
        ("10.0.0.1", Reached.CONNECTED, False),
        ("fd00::1", Reached.REFUSED, False),
        ("localhost", Reached.CONNECTED, False),
    ],
)
def test_an_address_needs_no_lookup(host: str, state: Reached, is_one: bool) -> None:
    assert is_lookup(Connection(host, 5432, state)) is is_one


def test_what_timed_out_at_no_address_may_have_waited_for_dns() -> None:
    assert not tells(Connection("db.msp.svc", 5432, Reached.TIMED_OUT))
    assert tells(Connection("db.msp.svc", 5432, Reached.TIMED_OUT, address="10.96.0.7"))
    assert tells(Connection("db.msp.svc", 5432, Reached.NAME_UNRESOLVED))


def unanswered(*lines: str) -> bool:
    log = ContainerLog(
        pod="p",
        container="vault-agent-init",
        writer=Writer.AGENT_INIT,
        run="current",
        ready=False,
        command=NONE,
        text=LogText(tuple(LogLine(line) for line in lines)),
    )
    return any(each.signature.check == "network.dns-answers" for each in find([log], signatures.load()))


AGENT = (
    '[ERROR] agent.auth.handler: error authenticating: error="Put \\"http://vault.vault.svc:8200/v1/x\\": dial tcp: '
)


@pytest.mark.parametrize(
    ("end", "is_unanswered"),
    [
        (
            "lookup vault.vault.svc on 10.96.0.10:53: read udp 10.91.1.27:5->10.96.0.10:53: read: connection refused",
            True,
        ),
        ("lookup vault.vault.svc on 10.96.0.10:53: read udp 10.91.1.27:5->10.96.0.10:53: i/o timeout", True),
        ("lookup vault.vault.svc: server misbehaving", True),
        ("lookup vault.vault.svc on 10.96.0.10:53: no such host", False),
    ],
)
def test_a_name_that_does_not_exist_is_an_answer(end: str, is_unanswered: bool) -> None:
    assert unanswered(AGENT + end) is is_unanswered


def test_an_agent_that_logged_in_since_had_its_answer() -> None:
    failed = AGENT + "lookup vault.vault.svc: i/o timeout"
    assert not unanswered(failed, "[INFO]  agent.auth.handler: authentication successful, sending token to sinks")


def worker(name: str, *, ready: bool, age_s: float) -> Pod:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    made = {"name": name, "creationTimestamp": (NOW - timedelta(seconds=age_s)).isoformat()}
    return msgspec.convert({"metadata": made, "status": {"conditions": [condition]}}, Pod)


@pytest.mark.parametrize(("ready", "age_s"), [(False, 40), (True, 4000), (False, 4000)])
def test_a_look_may_be_too_slow_for_an_answer_that_others_get(ready: bool, age_s: float) -> None:
    silent, served = worker("silent", ready=ready, age_s=age_s), worker("served", ready=True, age_s=4000)
    reached = {silent.name: Reached.NAME_UNRESOLVED, served.name: Reached.CONNECTED}
    ctx = context(silent, served)
    surveys = tuple(
        SurveyResult(
            pod=pod,
            container="worker",
            answer=SurveyAnswer(tool="node", connections=(Connection("db.msp.svc", 5432, reached[pod.name]),)),
        )
        for pod in (silent, served)
    )
    vars(ctx.run_data)["surveys"] = lambda: surveys
    assert not list(DNS_ANSWERS.run(ctx))
