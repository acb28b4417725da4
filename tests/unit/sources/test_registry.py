"""Asking a registry for an image: the answers of the distribution API, with and without a login."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from diagnose.queries.registry import ImagePresence, QueryRegistry
from diagnose.sources.registry import RegistrySource
from diagnose.sources.usage import Counter
from tests.lab.kubernetes import registry


class Quiet(registry.Registry):
    seen: list[str]

    def do_GET(self) -> None:  # noqa: N802 - the base class calls it so
        self.seen.append(f"{self.path} {self.headers.get('Authorization', '')}")
        super().do_GET()

    do_HEAD = do_GET  # noqa: N815 - the base class calls it so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    Quiet.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def query(image: str) -> tuple[ImagePresence, str]:
    answer = RegistrySource(Counter()).answer(QueryRegistry(image=image), 5)
    return answer.held, answer.detail


@pytest.mark.parametrize(
    ("image", "held"),
    [
        ("held/worker:1", ImagePresence.YES),
        ("held/worker:2", ImagePresence.NO),
        ("other/worker:1", ImagePresence.NO),
        ("private/x:1", ImagePresence.DENIED),
        ("denied/x:1", ImagePresence.DENIED),
        ("ratelimited/x:1", ImagePresence.UNKNOWN),
        ("broken/x:1", ImagePresence.UNKNOWN),
    ],
)
def test_what_a_registry_says_of_an_image(host: str, image: str, held: ImagePresence) -> None:
    assert query(f"{host}/{image}")[0] is held


def test_the_users_own_login_goes_to_the_token_service_and_no_further(host: str, tmp_path: Path) -> None:
    secret = base64.b64encode(b"somebody:s3cret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))
    assert query(f"{host}/held/worker:1")[0] is ImagePresence.YES
    assert query(f"{host}/private/x:1") == (ImagePresence.DENIED, f"{host} answers 401 with the login of somebody")
    token = [each for each in Quiet.seen if each.startswith("/token")]
    assert token
    assert all(each.endswith(f"Basic {secret}") for each in token)
    assert not any(secret in each for each in Quiet.seen if each not in token)


def test_a_login_of_another_registry_is_not_used(host: str, tmp_path: Path) -> None:
    secret = base64.b64encode(b"somebody:s3cret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"other.test": {"auth": secret}}}))
    query(f"{host}/private/x:1")
    assert not any(secret in each for each in Quiet.seen)


def test_a_login_that_a_credential_helper_stores_is_reported(host: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {host: "keychain"}}))
    assert "docker-credential-keychain" in query(f"{host}/private/x:1")[1]


def test_a_registry_that_is_not_there_is_no_missing_image() -> None:
    held, detail = query("127.0.0.1:1/x/y:1")
    assert held is ImagePresence.UNKNOWN
    assert "127.0.0.1:1" in detail
