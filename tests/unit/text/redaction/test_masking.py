"""What may not leave the cluster does not, and what people need to read stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.text import redaction

CANARY = "CANARYmadeup0123456789"


@pytest.mark.parametrize(
    "line",
    [
        f"INTERNAL_API_SHARED_SECRET={CANARY}",
        f'export ALGA_AUTH_KEY="{CANARY}"',
        f"export ALGA_AUTH_KEY='{CANARY}'",
        f'{{"apiKey":"{CANARY}"}}',
        f'{{"password": "{CANARY}"}}',
        f'{{"message":"{{\\"password\\": \\"{CANARY}\\"}}"}}',
        f"Authorization: Bearer {CANARY}",
        f"X-Vault-Token: hvs.{CANARY}",
        f"token hvs.{CANARY}{CANARY}",
        f"password={CANARY} host=db",
        f"postgres://user:{CANARY}@host:5432/db",
        f"redis://:{CANARY}@host",
        f"Using DB_PASSWORD_ADMIN environment variable: {CANARY}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
        f"STRIPE_SECRET_KEY=sk_live_{CANARY}",
        f"NEXTAUTH_SECRET: {CANARY}",
        f"/bin/sh: 1: /vault/secrets/auth-key: {CANARY}: not found",
        f"/vault/secrets/auth-key: {CANARY}",
        f'{{"volume": {{"password" : "{CANARY}"}}}}',
        f'secret "db-password" : {CANARY}',
    ],
)
def test_no_shape_of_a_secret_survives(line: str) -> None:
    assert CANARY not in redaction.text(line)


@pytest.mark.parametrize(
    "line",
    [
        "connect ECONNREFUSED 10.96.9.238:6432",
        'secret "db-secrets" not found',
        "couldn't find key pgbouncer-password in Secret msp/db-secrets",
        'password authentication failed for user "app_user"',
        "no secret exists at secret/data/alga-psa/temporal-worker",
        "/bin/sh: 1: .: cannot open /vault/secrets/internal-api: No such file",
        "/bin/sh: 2: .: cannot open /vault/secrets/auth-key: Permission denied",
        "/bin/sh: 2: /vault/secrets/auth-key: Syntax error: Unterminated quoted string",
        'export ALGA_AUTH_KEY="<no value>"',
        'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"',
        "  • NEXTAUTH_SECRET: Secret used by NextAuth for session management",
        'invalid role name "temporal-worker"',
        'MountVolume.SetUp failed for volume "api-credentials" : secret "frontend-api-keys" not found',
        'MountVolume.SetUp failed for volume "db-password" : references non-existent secret key: api-key',
        'MountVolume.SetUp failed for volume "vault-token" : hostPath type check failed: /var/x is not a directory',
        'persistentvolumeclaim "session-secret" : storageclass "fast" not found',
    ],
)
def test_what_explains_a_fault_stays_readable(line: str) -> None:
    assert redaction.text(line) == line


def test_control_sequences_are_taken_out() -> None:
    assert redaction.text("\x1b[31merror\x1b[39m: x\x07\u202ey\r") == "error: xy"


def test_endless_lines_are_truncated_with_a_mark() -> None:
    assert redaction.text("many words " * 1_000).endswith(redaction.TRUNCATION_MARK)


def test_values_of_secret_variables_are_masked_by_their_names() -> None:
    assert redaction.mask_value("DB_PASSWORD_SERVER", CANARY) == redaction.MASK
    assert redaction.mask_value("DB_HOST", "db.msp") == "db.msp"


def test_telling_placeholders_are_kept() -> None:
    assert redaction.mask_value("ALGA_AUTH_KEY", "<no value>") == "<no value>"
    assert redaction.mask_value("ALGA_AUTH_KEY", "") == ""


@given(st.text())
def test_redacting_twice_changes_nothing_more(raw: str) -> None:
    once = redaction.text(raw)
    assert redaction.text(once) == once
