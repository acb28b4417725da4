"""The health of Temporal's frontend."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from checks.temporal.serving import SERVING
from diagnose.check.api import Context
from diagnose.model.report import Confidence, Status
from diagnose.queries.query import AnswerState, NoAnswerError, NoProgramError
from diagnose.queries.temporal import Queue, TemporalAnswer
from diagnose.queries.tls import Handshake
from diagnose.sources.temporal.frontend import why_refused
from diagnose.target.profile import Profile
from diagnose.target.request import Allowance
from diagnose.text.redaction import scrub
from tests.support.kit import NOW, Json, codes, data_of, findings, log, outcome, requested
from tests.support.objects import pod
from tests.support.temporal import CLIENT, HOST, QUEUE, answering, poller, settings, worker


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (TemporalAnswer(AnswerState.YES, serving="SERVING"), []),
        (TemporalAnswer(AnswerState.YES, serving="NOT_SERVING"), ["temporal.not-serving"]),
        (TemporalAnswer(AnswerState.YES, serving="UNIMPLEMENTED: unknown service"), ["temporal.not-temporal"]),
        (TemporalAnswer(AnswerState.NO, speaks="TLS"), ["temporal.tls-expected"]),
        (TemporalAnswer(AnswerState.NO, speaks="HTTP/1.1"), ["temporal.not-grpc"]),
    ],
)
def test_what_answers_on_the_port_is_named(answer: TemporalAnswer, expected: list[str]) -> None:
    assert codes(SERVING, answering(answer)) == expected


def test_the_query_that_begins_ahead_is_the_one_that_the_check_runs() -> None:
    ctx = answering(TemporalAnswer(AnswerState.YES, serving="SERVING"))
    assert SERVING.ahead
    SERVING.ahead(ctx)
    (begun,) = data_of(ctx).begun
    assert codes(SERVING, ctx) == []
    assert begun in data_of(ctx).queries


SHOWN = Handshake(
    names=(HOST, "*.other.example"),
    issuer="Made-up authority",
    valid_from=NOW - timedelta(days=9),
    valid_until=NOW + timedelta(days=9),
)
REFUSED = "the server ends connections without one"
OF_ANY = Profile(name="temporal-worker")
WITH_TLS = settings(TEMPORAL_TLS="true")
NO_CONNECTION = log("Temporal connection failed: Failed to connect before the deadline")


def over_tls(**changes: Any) -> TemporalAnswer:
    """The answer of a frontend that requires other credentials."""
    shown = msgspec.structs.replace(SHOWN, **changes)
    return TemporalAnswer(AnswerState.NO, speaks="TLS", detail=REFUSED, handshake=shown)


def unknown(ctx: Context) -> str:
    """The reason for which the check is unknown."""
    found = outcome(SERVING, ctx)
    assert found.status is Status.UNKNOWN
    assert found.findings == ()
    return found.reason


@pytest.mark.parametrize("container", [WITH_TLS, settings(TEMPORAL_TLS_CLIENT_CERT_PATH="/tls/tls.crt")])
def test_a_worker_with_tls_whose_certificate_is_not_read_is_no_fault(container: Json) -> None:
    reason = unknown(answering(over_tls(), container=container, profile=OF_ANY))
    assert "Made-up authority" in reason
    assert REFUSED in reason


def test_the_reason_with_its_flags_is_not_taken_for_a_secret() -> None:
    refused = msgspec.structs.replace(over_tls(), detail=why_refused("", Handshake(wants_certificate=True)))
    reason = unknown(answering(refused, profile=OF_ANY))
    assert scrub(f"{reason}; more of it") == f"{reason}; more of it"
    assert "--temporal-tls-cert and --temporal-tls-key" in reason


def test_a_worker_of_which_tls_is_not_known_is_no_fault() -> None:
    assert REFUSED in unknown(answering(over_tls(), profile=OF_ANY))


def test_a_worker_that_gets_no_connection_may_lack_tls() -> None:
    own = worker(ready=False)
    (finding,) = findings(SERVING, answering(over_tls(), own, profile=OF_ANY, logs=[NO_CONNECTION]))
    assert (finding.code, finding.confidence) == ("temporal.tls-expected", Confidence.LIKELY)


def test_a_worker_set_to_plain_text_lacks_tls() -> None:
    ctx = answering(over_tls(), container=settings(TEMPORAL_TLS="false"), profile=OF_ANY)
    (finding,) = findings(SERVING, ctx)
    assert (finding.code, finding.confidence) == ("temporal.tls-expected", Confidence.CERTAIN)


def test_a_proxy_may_add_the_tls() -> None:
    own = pod("worker-1", {"name": "worker", **CLIENT}, {"name": "istio-proxy"})
    assert REFUSED in unknown(answering(over_tls(), own))


@pytest.mark.parametrize(
    ("changes", "container", "expected"),
    [
        ({"valid_until": NOW - timedelta(hours=1)}, WITH_TLS, "has expired"),
        ({"valid_from": NOW + timedelta(hours=1)}, WITH_TLS, "not valid before"),
        ({"names": ("other.example",)}, WITH_TLS, f"is for other.example, not for {HOST}"),
        ({}, settings(TEMPORAL_TLS_SERVER_NAME="inner.example"), "not for inner.example"),
    ],
)
def test_a_certificate_that_no_client_accepts_is_found_without_credentials(
    changes: dict[str, Any], container: Json, expected: str
) -> None:
    (finding,) = findings(SERVING, answering(over_tls(**changes), container=container, profile=OF_ANY))
    assert finding.code == "temporal.certificate-rejected"
    assert expected in finding.summary


def test_a_certificate_that_the_worker_does_not_verify_is_no_fault() -> None:
    own = settings(TEMPORAL_TLS="true", TEMPORAL_TLS_DISABLE_HOST_VERIFICATION="true")
    assert REFUSED in unknown(answering(over_tls(names=("other.example",)), container=own, profile=OF_ANY))


def test_a_server_without_tls_is_found_where_the_worker_uses_it_and_does_not_poll() -> None:
    answer = TemporalAnswer(AnswerState.YES, serving="SERVING", queues=(Queue(QUEUE),))
    (finding,) = findings(SERVING, answering(answer, container=WITH_TLS, profile=OF_ANY))
    assert (finding.code, finding.confidence) == ("temporal.tls-unexpected", Confidence.LIKELY)
    polled = msgspec.structs.replace(answer, queues=(Queue(QUEUE, (poller("worker-1"),)),))
    assert codes(SERVING, answering(polled, container=WITH_TLS, profile=OF_ANY)) == []


@pytest.mark.parametrize("serving", ["Unauthenticated: Request unauthorized.", "PERMISSION_DENIED: no"])
def test_a_frontend_that_wants_credentials_is_unknown_with_the_flag_that_gives_them(serving: str) -> None:
    answer = TemporalAnswer(AnswerState.YES, serving=serving, encrypted=True)
    own = settings(TEMPORAL_API_KEY="made-up-key")
    ctx = answering(answer, container=own, profile=OF_ANY)
    assert "--temporal-api-key-file" in unknown(ctx)
    given = requested(ctx, allowed=frozenset({Allowance.TEMPORAL_LOGIN}))
    assert "the credentials given do not suffice" in unknown(given)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Server connection error: tonic::transport::Error(Transport, ConnectError(Custom { kind: InvalidData, error: "
         "InvalidCertificate(UnknownIssuer) }))", "temporal.certificate-rejected"),
        ("failed reaching server: rpc error: code = Unauthenticated desc = no", "temporal.unauthorized"),
    ],
)  # fmt: skip
def test_the_log_of_a_worker_that_does_not_start_names_the_fault(line: str, expected: str) -> None:
    ctx = answering(over_tls(), worker(ready=False), container=WITH_TLS, profile=OF_ANY, logs=[log(line)])
    found = outcome(SERVING, ctx)
    assert [each.code for each in found.findings] == [expected]


PREFACE = log(
    'failed reaching server: last connection error: connection error: desc = "error reading server preface: EOF"'
)


def test_a_worker_whose_connections_end_before_a_reply_lacks_tls_where_the_server_speaks_it() -> None:
    ctx = answering(over_tls(), worker(ready=False), profile=OF_ANY, logs=[PREFACE])
    (finding,) = findings(SERVING, ctx)
    assert (finding.code, finding.confidence) == ("temporal.tls-expected", Confidence.CERTAIN)


def test_a_worker_whose_connections_end_before_a_reply_may_lack_tls_where_nothing_answers_here() -> None:
    ctx = answering(NoAnswerError("no answer"), worker(ready=False), profile=OF_ANY, logs=[PREFACE])
    (finding,) = outcome(SERVING, ctx).findings
    assert (finding.code, finding.confidence) == ("temporal.tls-expected", Confidence.LIKELY)


def test_a_worker_without_the_client_certificate_that_the_server_requires_is_found() -> None:
    answer = over_tls(wants_certificate=True)
    ctx = answering(answer, worker(ready=False), container=WITH_TLS, profile=OF_ANY, logs=[PREFACE])
    assert codes(SERVING, ctx) == ["temporal.unauthorized"]


def test_that_no_program_in_the_image_could_try_it_is_no_remark_where_the_server_answers() -> None:
    # Such as of an image without a shell.
    nothing = [NoProgramError("the image has neither node nor a shell")]
    ctx = answering(over_tls(), container=WITH_TLS, profile=OF_ANY, survey_problems=nothing)
    assert "neither node" not in outcome(SERVING, ctx).reason


ENDED_BY_SERVER = (
    "failed reaching server: last connection error: write tcp 10.0.0.1:1->10.0.0.2:7233: write: broken pipe"
)
OF_FOLDER = ({"name": "tls", "mountPath": "/etc/tls"},)
OF_SECRET = {"secret": {"secretName": "client-tls"}}


def with_certificate(
    line: str, answer: TemporalAnswer, mounts: Sequence[Json] = OF_FOLDER, volume: Json = OF_SECRET
) -> Context:
    """What a check sees of a worker that shows a certificate, and crashes."""
    main = {"name": "worker", **settings(TEMPORAL_TLS_CERT="/etc/tls/tls.crt", TEMPORAL_TLS_KEY="/etc/tls/tls.key")}
    main["volumeMounts"] = list(mounts)
    own = pod("worker-1", main, ready=False, volumes=[{"name": "tls", **volume}])
    return answering(answer, own, container=main, profile=OF_ANY, logs=[log(line)])


def test_a_server_that_ends_the_connections_of_a_certificate_refuses_it_likely() -> None:
    (finding,) = findings(SERVING, with_certificate(ENDED_BY_SERVER, over_tls(wants_certificate=True)))
    assert (finding.code, finding.confidence) == ("temporal.certificate-rejected", Confidence.LIKELY)
    assert "Secret client-tls" in finding.summary
    assert finding.pods == ("worker-1",)


@pytest.mark.parametrize(
    ("mounts", "volume"),
    [
        (OF_FOLDER, {"projected": {"sources": [{"secret": {"name": "client-tls"}}]}}),
        ([{"name": "tls", "mountPath": f"/etc/tls/{each}", "subPath": each} for each in ("tls.crt", "tls.key")],
         OF_SECRET),
    ],
)  # fmt: skip
def test_the_secret_of_a_refused_certificate_is_named_however_it_is_mounted(mounts: list[Json], volume: Json) -> None:
    ctx = with_certificate(ENDED_BY_SERVER, over_tls(wants_certificate=True), mounts, volume)
    (finding,) = findings(SERVING, ctx)
    assert "Secret client-tls" in finding.summary


@pytest.mark.parametrize(
    "alert",
    [
        "failed reaching server: last connection error: remote error: tls: unknown certificate authority",
        "failed reaching server: last connection error: remote error: tls: expired certificate",
        "Server connection error: tonic::transport::Error(Transport, received fatal alert: BadCertificate)",
    ],
)
def test_an_alert_of_the_server_about_the_workers_certificate_proves_it(alert: str) -> None:
    (finding,) = findings(
        SERVING, with_certificate(alert, TemporalAnswer(AnswerState.YES, serving="SERVING", encrypted=True))
    )
    assert (finding.code, finding.confidence) == ("temporal.certificate-rejected", Confidence.CERTAIN)


def test_a_client_that_shows_none_of_its_certificates_has_one_of_another_authority() -> None:
    alert = "failed reaching server: error reading server preface: remote error: tls: certificate required"
    (finding,) = findings(SERVING, with_certificate(alert, over_tls(wants_certificate=True)))
    assert (finding.code, finding.confidence) == ("temporal.certificate-rejected", Confidence.LIKELY)
