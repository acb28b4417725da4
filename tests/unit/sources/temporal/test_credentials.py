"""The user's credentials for Temporal, by flags and by the environment of the SDKs."""

from pathlib import Path

import pytest

from diagnose.queries.temporal_login import TemporalLogin
from diagnose.sources.temporal.credentials import Credentials, CredentialsError, load

KEY = "made-up-api-key"


def file(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_no_flag_is_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
    assert load(TemporalLogin()) == Credentials()
    assert not load(TemporalLogin()).encrypts


def test_flags_name_files(tmp_path: Path) -> None:
    login = TemporalLogin(
        ca=file(tmp_path, "ca.pem", "made-up CA"),
        certificate=file(tmp_path, "c.pem", "made-up certificate"),
        key=file(tmp_path, "k.pem", "made-up key"),
        api_key_file=file(tmp_path, "key", f"{KEY}\n"),
        server_name="temporal.example",
    )
    found = load(login)
    assert (found.ca, found.certificate, found.key) == (b"made-up CA", b"made-up certificate", b"made-up key")
    assert (found.api_key, found.server_name, found.encrypts) == (KEY, "temporal.example", True)


def test_the_environment_counts_where_it_is_allowed_and_after_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "orders.a1b2c.tmprl.cloud:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", KEY)
    found = load(TemporalLogin(environment=True))
    assert (found.address, found.api_key, found.encrypts) == ("orders.a1b2c.tmprl.cloud:7233", KEY, True)
    other = TemporalLogin(environment=True, api_key_file=file(tmp_path, "key", "another-made-up-key"))
    assert load(other).api_key == "another-made-up-key"


def test_the_configuration_file_and_its_profile_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"""[profile.default]\naddress = "temporal.example:7233"\n[profile.orders]\naddress = "orders.example:7233"
[profile.orders.tls]\nserver_name = "inner.example"\nserver_ca_cert_path = "{file(tmp_path, "ca", "made-up CA")}"\n"""
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", file(tmp_path, "temporal.toml", text))
    assert load(TemporalLogin(environment=True)).address == "temporal.example:7233"
    monkeypatch.setenv("TEMPORAL_PROFILE", "orders")
    found = load(TemporalLogin(environment=True))
    assert (found.address, found.server_name, found.ca) == ("orders.example:7233", "inner.example", b"made-up CA")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nowhere/c.pem", "TEMPORAL_TLS_CLIENT_KEY_PATH": "/nowhere/k"}, "nowhere"),
        ({"TEMPORAL_PROFILE": "absent"}, "absent"),
        ({"TEMPORAL_TLS": "false", "TEMPORAL_API_KEY": KEY}, "over TLS"),
    ],
)
def test_an_environment_that_cannot_be_used_is_named(
    variables: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CredentialsError, match=reason) as caught:
        load(TemporalLogin(environment=True))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("flag", "content", "reason"),
    [
        ("api_key_file", "", "empty"),
        ("api_key_file", "two made-up\nlines", "no API key"),
        ("certificate", "made-up", "needs its key"),
        ("key", "made-up", "needs its key"),
    ],
)
def test_files_that_cannot_be_used_are_named(tmp_path: Path, flag: str, content: str, reason: str) -> None:
    with pytest.raises(CredentialsError, match=reason) as caught:
        load(TemporalLogin(**{flag: file(tmp_path, "file", content)}))  # type: ignore[arg-type]
    assert "made-up" not in str(caught.value)
    with pytest.raises(CredentialsError, match="No such file"):
        load(TemporalLogin(ca=str(tmp_path / "absent")))
