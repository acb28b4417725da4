"""What messages of programs of many languages say of the cause of their end."""

import pytest

from diagnose.domain.kubernetes.exit_codes import CRASHING, POST_START
from diagnose.domain.kubernetes.stated_causes import alternatives_of, fixed_by, stated


@pytest.mark.parametrize(
    ("message", "code", "named"),
    [
        ("open /etc/tls/tls.crt: permission denied", "secrets.file-not-readable", "/etc/tls/tls.crt"),
        ("java.nio.file.AccessDeniedException: /var/lib/x", "secrets.file-not-readable", "/var/lib/x"),
        ("PermissionError: [Errno 13] Permission denied: '/etc/app/key'", "secrets.file-not-readable", "/etc/app/key"),
        ("Error: ENOENT: no such file or directory, open '/etc/rates.json'", "process.file-missing", "/etc/rates.json"),
        ("System.IO.FileNotFoundException: Could not find file '/etc/a.json'.", "process.file-missing", "/etc/a.json"),
        ("exec /scripts/run.sh: no such file or directory", "workload.interpreter-not-found", "/scripts/run.sh"),
        ("KeyError: 'LEDGER_URL'", "config.variable-missing", "LEDGER_URL"),
        ("sh: 3: TARGET_HOST: unbound variable", "config.variable-missing", "TARGET_HOST"),
        ("environment variable DATABASE_URL is missing.", "config.variable-missing", "DATABASE_URL"),
        ("QUEUE_NAME is required", "config.variable-missing", "QUEUE_NAME"),
        ("ModuleNotFoundError: No module named 'stripe_client'", "process.module-not-found", "stripe_client"),
        ("java.lang.ClassNotFoundException: com.example.Main", "process.module-not-found", "com.example.Main"),
        ("cannot load such file -- pg", "process.module-not-found", "pg"),
        ("java.net.UnknownHostException: ledger-db", "network.host-not-found", ""),
        ("dial tcp 10.0.0.1:5432: connect: connection refused", "network.refused", ""),
        ("context deadline exceeded", "network.timed-out", ""),
        ("x509: certificate signed by unknown authority", "temporal.certificate-rejected", ""),
        ("tls: private key does not match public key", "secrets.key-pair-mismatch", ""),
        ("OSError: [Errno 24] Too many open files: '/tmp/shard'", "process.files-exhausted", ""),
        ("listen tcp :8080: bind: address already in use", "health.port-taken", ""),
        ('password authentication failed for user "ledger"', "database.login-rejected", ""),
        ("flag provided but not defined: -quee", "", "argument"),
    ],
)
def test_a_message_leads_to_the_finding_of_its_kind(message: str, code: str, named: str) -> None:
    first = next(iter(stated(message)))
    assert first.code == code
    assert named in first


@pytest.mark.parametrize("message", ["", "ValueError: PORT is not a number", "done with /etc/app", "reading KEY=1"])
def test_a_message_of_no_kind_says_nothing(message: str) -> None:
    assert not list(stated(message))


def test_what_the_message_says_comes_before_what_a_crash_mostly_follows_from() -> None:
    assert "/etc/x" in alternatives_of(CRASHING, "open /etc/x: permission denied")[0]
    assert alternatives_of(CRASHING, "") == CRASHING.alternatives
    assert alternatives_of(POST_START, "connection refused") == ()


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        ("FATAL: licence file /etc/app/licence.key has expired", "Replace /etc/app/licence.key, which has expired."),
        ("expired certificate: /etc/tls/tls.crt", "Replace /etc/tls/tls.crt, which has expired."),
        ("migration 0042 failed: column tenant_id exists", "run before has left (column tenant_id), or record it"),
        ('ERROR: relation "ledger" already exists', 'run before has left (relation "ledger"), or record it'),
        ("KeyError: 'LEDGER_URL'", "Set LEDGER_URL in the pod template."),
        ("no such file or directory: /etc/rates.json", "Put /etc/rates.json into the image, or mount it."),
        ("ModuleNotFoundError: No module named 'stripe_client'", "Use an image that has stripe_client"),
        ("it is Tuesday", CRASHING.fix),
    ],
)
def test_the_fix_of_a_crash_is_what_its_message_demands(message: str, fix: str) -> None:
    assert fix in fixed_by(CRASHING, message).fix
    assert fixed_by(POST_START, message) is POST_START
