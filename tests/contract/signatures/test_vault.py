"""What Vault agents log, and which signature each text matches; texts of OpenBao 2.7."""

import pytest

from checks import signatures
from checks.vault.templates_rendered import SOME_TEMPLATE
from diagnose.logs.signatures import Match
from tests.support.kit import agent_log, matched

LOGIN = """2026-11-24T06:19:16.339Z [ERROR] agent.auth.handler: error authenticating:
  error=
  | Error making API request.
  |
  | URL: PUT http://vault.vault.svc:8200/v1/auth/kubernetes/login
  | Code: {code}. Errors:
  |
  | * {error}
   backoff=1.86s"""
READ = """2026-11-24T06:29:31.043Z [WARN]  agent: (view) vault.read(secret/data/a/b): Error making API request.

URL: GET http://vault.vault.svc:8200/v1/secret/data/a/b
Code: 403. Errors:

* 1 error occurred:
\t* permission denied

 (retry attempt 1 after "250ms")"""


def groups(text: str) -> dict[str, dict[str, str]]:
    """Returns the groups of each signature that an agent's log matches, by code."""
    return {match.signature.code: match.groups for match in matched(agent_log(text))}


@pytest.mark.parametrize(
    ("code", "error", "found"),
    [
        (400, 'invalid role name "x"', "vault.role-not-found"),
        (403, "service account name not authorized", "vault.service-account-not-bound"),
        (403, "namespace not authorized", "vault.namespace-not-bound"),
        (403, "permission denied", "vault.login-denied"),
        (400, "missing client token", "vault.auth-path-not-found"),
        (500, "could not load backend configuration", "vault.auth-not-configured"),
        (403, "invalid issuer (iss) claim", "vault.issuer-mismatch"),
        (403, "invalid not before (nbf) claim: token not yet valid", "vault.clock-skew"),
        (429, 'request path "auth/kubernetes/login": rate limit quota exceeded', "vault.rate-limited"),
        (503, "Vault is sealed", "vault.sealed"),
        (500, "local node not active but active cluster node not found", "vault.no-active-node"),
    ],
)
def test_each_refused_login_has_one_meaning(code: int, error: str, found: str) -> None:
    assert list(groups(LOGIN.format(code=code, error=error))) == [found]


def test_a_later_login_clears_a_refused_one() -> None:
    text = LOGIN.format(code=503, error="Vault is sealed")
    assert not groups(
        f"{text}\n2026-11-24T06:20:00Z [INFO]  agent.auth.handler: authentication successful, sending token"
    )


def test_a_refused_read_names_its_path_and_is_no_refused_login() -> None:
    assert groups(READ) == {"vault.policy-denied": {"path": "secret/data/a/b"}}


@pytest.mark.parametrize(
    ("cause", "found"),
    [
        ("dial tcp: lookup vault.x.svc on 10.96.0.10:53: no such host", "vault.host-not-found"),
        ("dial tcp 10.96.222.153:8200: connect: connection refused", "vault.refused"),
        ("dial tcp 10.105.115.221:8200: i/o timeout", "vault.timed-out"),
        ("x509: certificate signed by unknown authority", "vault.certificate-not-trusted"),
        ("read tcp 10.1.1.1:1->10.2.2.2:8200: read: connection reset by peer", "vault.connection-reset"),
    ],
)
def test_each_failed_route_to_vault_has_one_meaning(cause: str, found: str) -> None:
    line = r'[ERROR] agent.auth.handler: error authenticating: error="Put \"http://v:8200/v1/auth/kubernetes/login\": '
    assert list(groups(f'2026-11-24T06:19:16.339Z {line}{cause}" backoff=1s')) == [found]


@pytest.mark.parametrize(
    ("error", "code", "group"),
    [
        (
            r"execute: template: :2:18: executing \"\" at <.Data.data.k>: map has no entry for key \"k\"",
            "vault.key-missing",
            ("key", "k"),
        ),
        ("parse: template: :4: unexpected EOF", "vault.template-invalid", ("reason", "unexpected EOF")),
        (
            r"parse: template: :1: function \"secrets2\" not defined",
            "vault.template-invalid",
            ("reason", r"function \"secrets2\" not defined"),
        ),
        (
            r"execute: template: :2:18: executing \"\" at <.Data.k.x>: can't evaluate field x in type interface {}",
            "vault.template-failed",
            ("reason", "can't evaluate field x in type interface {}"),
        ),
    ],
)
def test_each_template_that_fails_says_how(error: str, code: str, group: tuple[str, str]) -> None:
    line = f'2026-11-24T18:21:01.809Z [ERROR] agent.template.server: template server error: error="(dynamic): {error}"'
    assert groups(f"{line} backoff=-1ns")[code][group[0]] == group[1]
    (signature,) = [each for each in signatures.load() if each.code == code]
    assert signature.summary.startswith(SOME_TEMPLATE)


@pytest.mark.parametrize(
    ("line", "code", "group"),
    [
        (
            r'[ERROR] agent.template.server: template server error: error="error rendering \"(dynamic)\" => '
            r'\"/vault/x/a\": failed writing file: mkdir /vault/x: read-only file system" backoff=-1ns',
            "vault.file-not-written",
            {"file": "/vault/x/a", "reason": "read-only file system"},
        ),
        (
            "error loading configuration from /home/vault/config.json: error parsing 'template': decoding failed due "
            "to the following error(s):",
            "vault.agent-config-invalid",
            {"reason": "error parsing 'template'"},
        ),
        (
            "error loading configuration from /home/vault/config.json: error parsing 'auto_auth': time: invalid "
            'duration "soon"',
            "vault.agent-config-invalid",
            {"reason": "error parsing 'auto_auth': time: invalid duration \"soon\""},
        ),
    ],
)
def test_an_agent_that_cannot_work_says_what_it_lacks(line: str, code: str, group: dict[str, str]) -> None:
    assert groups(line) == {code: group}


AT = "2026-11-24T18:18:15.545Z"


def only(error: str) -> Match:
    line = f'{AT} [ERROR] agent.auth.handler: error authenticating: error="{error}" backoff=1s'
    (match,) = matched(agent_log(line))
    return match


@pytest.mark.parametrize(
    ("error", "code", "groups"),
    [
        (
            "certificate has expired or is not yet valid: current time 2026-11-24T18:18:15Z is after "
            "2026-11-23T18:11:53Z",
            "vault.certificate-expired",
            {"end": "2026-11-23T18:11:53Z"},
        ),
        (
            "certificate has expired or is not yet valid: current time 2026-11-24T18:18:15Z is before "
            "2026-11-25T18:11:53Z",
            "vault.certificate-not-yet-valid",
            {"begin": "2026-11-25T18:11:53Z"},
        ),
        (
            "certificate is valid for vault.example.org, not lab-vault-tls.vault.svc",
            "vault.certificate-not-trusted",
            {"reason": "certificate is valid for vault.example.org, not lab-vault-tls.vault.svc"},
        ),
    ],
)
def test_a_certificate_is_not_trusted_or_not_valid_now(error: str, code: str, groups: dict[str, str]) -> None:
    put = r"Put \"https://v.vault.svc:8200/v1/auth/kubernetes/login\": tls: failed to verify certificate: x509: "
    match = only(f"{put}{error}")
    assert (match.signature.code, match.groups) == (code, groups)


def test_plain_http_to_tls_is_a_reset_connection() -> None:
    match = only("read tcp 127.0.0.1:58448->127.0.0.1:18200: read: connection reset by peer")
    assert match.signature.code == "vault.connection-reset"


def test_a_ca_file_that_is_not_there_is_named() -> None:
    text = (
        "Error fetching client: failed to setup TLS config: Error loading CA File: open /vault/tls/ca.crt: no such "
        "file or directory"
    )
    (match,) = matched(agent_log(text))
    assert (match.signature.code, match.groups) == ("vault.ca-file-missing", {"file": "/vault/tls/ca.crt"})


def test_an_unknown_error_is_quoted() -> None:
    text = (
        f"{AT} [ERROR] agent.auth.handler: error authenticating:\n  error=\n  | Error making API request.\n  | \n"
        "  | URL: PUT http://v:8200/v1/auth/kubernetes/login\n  | Code: 500. Errors:\n  | \n"
        "  | * 1 error occurred:\n  | \t* internal error\n   backoff=1s"
    )
    (match,) = matched(agent_log(text))
    assert match.signature.code == "vault.login-failed"
    assert match.groups == {"mount": "auth/kubernetes", "status": "500", "error": "internal error"}
    match = only(r"Put \"http://v:8200/v1/auth/kubernetes/login\": proxyconnect tcp: no way")
    assert (match.signature.code, match.groups) == ("vault.request-failed", {"error": "proxyconnect tcp: no way"})


def test_an_unknown_error_of_a_read_names_its_path() -> None:
    text = (
        f"{AT} [WARN]  agent: (view) vault.read(secret/data/a/b): Error making API request.\n\n"
        "URL: GET http://vault.vault.svc:8200/v1/secret/data/a/b\nCode: 500. Errors:\n\n* 1 error occurred:\n"
        '\t* internal error\n\n (retry attempt 1 after "250ms")'
    )
    (match,) = matched(agent_log(text))
    assert match.signature.code == "vault.read-failed"
    assert match.groups == {"path": "secret/data/a/b", "status": "500", "error": "internal error"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("dial tcp 10.91.2.9:8200: connect: connection refused", "vault.refused"),
        ("dial tcp 10.91.2.9:8200: connect: no route to host", "vault.unreachable"),
        ("dial tcp 10.91.2.9:8200: i/o timeout", "vault.timed-out"),
        ("context deadline exceeded", "vault.timed-out"),
        ("dial tcp: lookup vault-0.vault-internal on 10.96.0.10:53: no such host", "vault.host-not-found"),
    ],
)
def test_the_address_that_an_agent_was_redirected_to_is_kept(error: str, code: str) -> None:
    match = only(rf"Put \"http://10.91.2.9:8200/v1/auth/kubernetes/login\": {error}")
    assert (match.signature.code, match.groups["url"]) == (code, "http://10.91.2.9:8200")


def test_a_refused_rate_names_the_path() -> None:
    text = (
        f"{AT} [ERROR] agent.auth.handler: error authenticating:\n  error=\n  | Error making API request.\n  | \n"
        "  | URL: PUT http://127.0.0.1:18300/v1/auth/kubernetes/login\n  | Code: 429. Errors:\n  | \n"
        '  | * request path "auth/kubernetes/login": rate limit quota exceeded\n   backoff=1s'
    )
    (match,) = matched(agent_log(text))
    assert (match.signature.code, match.groups) == ("vault.rate-limited", {"path": "auth/kubernetes/login"})
