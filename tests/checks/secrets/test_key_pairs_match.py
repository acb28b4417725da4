"""Private keys that are not those of their certificates."""

import pytest

from checks.secrets.key_pairs_match import KEY_PAIRS_MATCH
from checks.workload.running import RUNNING
from diagnose.check.api import Context
from diagnose.commands.placeholders import placeholders
from diagnose.model.report import Confidence
from reports.text.fix import shown_fix
from tests.support.kit import Json, context, findings, log, outcome
from tests.support.objects import crashing, pod

GO = "failed loading client cert/key path: tls: private key type does not match public key type"


def seen(*secrets: tuple[str, str], line: str = GO, env: str = "", ready: bool = False) -> Context:
    volumes = [{"name": name, "secret": {"secretName": name}} for name, _ in secrets]
    mounts = [{"name": name, "mountPath": path} for name, path in secrets]
    variables = [{"name": "CLIENT_CERT", "value": env}] if env else []
    container = {"name": "worker", "env": variables, "volumeMounts": mounts}
    one: Json = pod("worker-1", container, ready=ready, volumes=volumes, status={"containerStatuses": [crashing(1)]})
    return context(one, logs=[log("starting", line, "exiting")])


@pytest.mark.parametrize(
    "line",
    [
        GO,
        "tls: private key does not match public key",
        "Error: error:05800074:x509 certificate routines::key values mismatch",
        "ssl.SSLError: [X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:4046)",
        "code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'",
        "invalid private key: keys may not be consistent: InconsistentKeys(KeyMismatch)",
        'FATAL:  private key file "server.key" does not match certificate: key values mismatch',
        "System.ArgumentException: The provided key does not match the public key for this certificate.",
    ],
)
def test_a_pair_that_the_program_rejects_is_certain_where_one_secret_has_it(line: str) -> None:
    (finding,) = findings(KEY_PAIRS_MATCH, seen(("client-tls", "/etc/tls"), line=line))
    assert (finding.code, finding.confidence) == ("secrets.key-pair-mismatch", Confidence.CERTAIN)
    assert "Secret client-tls at /etc/tls" in finding.summary
    assert finding.subjects == ("secret/client-tls",)


def test_the_pair_is_stored_before_the_pods_are_restarted() -> None:
    (finding,) = findings(KEY_PAIRS_MATCH, seen(("client-tls", "/etc/tls")))
    first = shown_fix(finding).fixing
    assert first is not None
    assert placeholders(first.command) == ("RIGHT_CERTIFICATE", "RIGHT_KEY")
    assert "create secret generic client-tls --from-file=tls.crt=" in first.command
    (unknown,) = findings(KEY_PAIRS_MATCH, seen())
    assert shown_fix(unknown).fixing == unknown.remediation.steps[0]


def test_the_secret_is_the_one_that_a_setting_names() -> None:
    ctx = seen(("client-tls", "/etc/tls"), ("server-tls", "/etc/server"), env="/etc/tls/tls.crt")
    (finding,) = findings(KEY_PAIRS_MATCH, ctx)
    assert (finding.subjects, finding.confidence) == (("secret/client-tls",), Confidence.CERTAIN)


def test_one_of_several_secrets_is_likely() -> None:
    (finding,) = findings(KEY_PAIRS_MATCH, seen(("client-tls", "/etc/tls"), ("server-tls", "/etc/server")))
    assert finding.confidence is Confidence.LIKELY


def test_a_pair_that_no_secret_has_is_likely() -> None:
    (finding,) = findings(KEY_PAIRS_MATCH, seen())
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "ctx",
    [
        pytest.param(seen(("client-tls", "/etc/tls"), ready=True), id="the pod works"),
        pytest.param(seen(("client-tls", "/etc/tls"), line="x509: certificate has expired"), id="another error"),
        pytest.param(seen(("client-tls", "/etc/tls"), line="host key for db does not match"), id="a key of SSH"),
    ],
)
def test_other_errors_are_left_to_others(ctx: Context) -> None:
    assert outcome(KEY_PAIRS_MATCH, ctx).findings == ()


def test_it_explains_the_crash() -> None:
    earlier = RUNNING.stage_of("workload.crash-looping").earlier
    assert KEY_PAIRS_MATCH.stage_of("secrets.key-pair-mismatch") in earlier
