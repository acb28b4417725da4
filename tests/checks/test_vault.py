"""What is read from templates, selectors and the agent's log."""

import pytest

from checks import signatures
from checks.vault.role_bound import allows
from checks.vault.templates_rendered import SOME_TEMPLATE
from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Writer, find
from diagnose.queries.kubernetes import LogLine, LogText
from diagnose.target import pod_template
from diagnose.target.target import VaultFile

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


def codes(text: str) -> dict[str, dict[str, str]]:
    lines = tuple(LogLine(line) for line in text.split("\n"))
    log = ContainerLog(
        pod="p", container="c", writer=Writer.AGENT_INIT, run="current", ready=False, command=NONE, text=LogText(lines)
    )
    return {match.signature.code: match.groups for match in find([log], signatures.load())}


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
    assert list(codes(LOGIN.format(code=code, error=error))) == [found]


def test_a_later_login_clears_a_refused_one() -> None:
    text = LOGIN.format(code=503, error="Vault is sealed")
    assert not codes(
        f"{text}\n2026-11-24T06:20:00Z [INFO]  agent.auth.handler: authentication successful, sending token"
    )


def test_a_refused_read_names_its_path_and_is_no_refused_login() -> None:
    assert codes(READ) == {"vault.policy-denied": {"path": "secret/data/a/b"}}


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
def test_each_way_that_does_not_lead_to_vault_has_one_meaning(cause: str, found: str) -> None:
    line = r'[ERROR] agent.auth.handler: error authenticating: error="Put \"http://v:8200/v1/auth/kubernetes/login\": '
    assert list(codes(f'2026-11-24T06:19:16.339Z {line}{cause}" backoff=1s')) == [found]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{{- with secret "s/data/a" -}}\nexport A="{{ .Data.data.k }}"\n{{- end }}', ("A", "k", "s/data/a", True)),
        ('{{- with secret "s/data/a" -}}export A="{{ .Data.k }}"{{- end }}', ("A", "k", "s/data/a", False)),
        ('{{ with secret "s/data/a" }}A=\'{{ index .Data.data "k-1" }}\'{{ end }}', ("A", "k-1", "s/data/a", True)),
    ],
)
def test_a_template_tells_which_key_a_variable_is_from(template: str, expected: tuple[str, str, str, bool]) -> None:
    file = VaultFile(name="a", path="s/data/z", template=template, destination="/vault/secrets/a")
    (found,) = pod_template.exports(file)
    assert (found.name, found.key, found.path, found.versioned) == expected
    assert not pod_template.is_open(file)


@pytest.mark.parametrize(
    "template", ["", "/etc/template.ctmpl", "{{ range $k, $v := .Data }}export {{ $k }}=1{{ end }}"]
)
def test_a_template_without_names_is_open(template: str) -> None:
    assert pod_template.is_open(VaultFile(name="a", path="p", template=template, destination="/vault/secrets/a"))


def test_a_role_may_allow_by_pattern() -> None:
    assert allows(("other", "temporal-*"), "temporal-worker")
    assert allows(("*",), "anything")
    assert not allows(("temporal",), "temporal-worker")


@pytest.mark.parametrize(
    ("said", "code", "group"),
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
def test_each_template_that_fails_says_how(said: str, code: str, group: tuple[str, str]) -> None:
    line = f'2026-11-24T18:21:01.809Z [ERROR] agent.template.server: template server error: error="(dynamic): {said}"'
    assert codes(f"{line} backoff=-1ns")[code][group[0]] == group[1]
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
    assert codes(line) == {code: group}
