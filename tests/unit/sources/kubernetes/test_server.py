"""How the API server is reached: by which proxy, and with which token."""

from pathlib import Path

import pytest

from diagnose.queries.query import NotLoggedInError
from diagnose.sources.kubernetes import server
from diagnose.sources.kubernetes.server import TokenFile, proxy_for

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
