"""How the API server is reached: by which proxy, and with which token."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diagnose.queries.query import NotLoggedInError
from diagnose.sources.kubernetes import server
from diagnose.sources.kubernetes.server import ApiServer, TokenFile, proxy_for
from tests.support.certificates import authority

URL, PROXY = "https://api.example.com:6443", "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment without any proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_the_proxy_is_that_of_the_kubeconfig_else_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    assert proxy_for(URL) == ""
    environment.setenv("HTTP_PROXY", "http://other.example")
    assert proxy_for(URL) == ""
    environment.setenv("ALL_PROXY", PROXY)
    assert proxy_for(URL) == PROXY
    environment.setenv("https_proxy", "http://more.example")
    assert proxy_for(URL) == "http://more.example"
    assert proxy_for(URL, PROXY) == PROXY


@pytest.mark.parametrize(
    ("url", "excluded", "is_excluded"),
    [
        (URL, "*", True),
        (URL, "other.example, .Example.com", True),
        (URL, "example.com", True),
        (URL, "api.example.com:6443", True),
        (URL, "api.example.com:443", False),
        (URL, "ample.com", False),
        (URL, "10.0.0.0/8", False),
        (URL, " , ", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.2.0.0/16", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
    ],
)
def test_a_host_may_be_excluded_from_the_proxy(
    url: str, excluded: str, is_excluded: bool, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HTTPS_PROXY", PROXY)
    environment.setenv("NO_PROXY", excluded)
    assert (proxy_for(url) == "") is is_excluded


def test_the_token_of_a_file_is_read_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "token"
    path.write_text("made-up-first", encoding="utf-8")
    login = TokenFile(path)
    assert login() == "Bearer made-up-first"
    path.write_text("made-up-second", encoding="utf-8")
    assert login() == "Bearer made-up-first"
    monkeypatch.setattr(server, "TOKEN_S", -1.0)
    assert login() == "Bearer made-up-second"
    path.unlink()
    with pytest.raises(NotLoggedInError, match="cannot be read"):
        login()


def token(**claims: object) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"Bearer made-up.{payload}.made-up"


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (token(exp=1_700_000_000), "the token of the kubeconfig expired at 2023-11-14 22:13:20 UTC"),
        (token(exp=4_000_000_000), ""),
        (token(exp="soon"), ""),
        (token(), ""),
        ("Bearer made-up", ""),
        ("Bearer a.!!.c", ""),
        ("", ""),
    ],
)
def test_a_token_that_has_expired_is_told_from_one_that_is_wrong(authorization: str, expected: str) -> None:
    server = ApiServer(url="http://made.up", login=lambda: authorization)
    assert server.expired_credential(datetime(2026, 1, 1, tzinfo=UTC)) == expected


def test_a_client_certificate_that_has_expired_is_named() -> None:
    certificate = authority().ca.read_bytes()
    server = ApiServer(url="https://made.up", certificate=certificate)
    assert server.expired_credential(datetime.now(UTC)) == ""
    assert server.expired_credential(datetime(2200, 1, 1, tzinfo=UTC)).startswith("the client certificate of the kube")
    assert ApiServer(url="https://made.up", certificate=b"no PEM").expired_credential(datetime.now(UTC)) == ""
