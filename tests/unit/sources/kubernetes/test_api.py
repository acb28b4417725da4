"""Requests to the API server: bounded in time and size, repeated after transient errors, never believed unchecked."""

import gzip
import socket
import struct
import time
from typing import Any

import msgspec
import pytest

from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError, NotLoggedInError, UnreachableError
from diagnose.sources.kubernetes import api, websocket
from diagnose.sources.kubernetes.api import ApiClient, ApiRequest, Cluster, path_to
from diagnose.sources.kubernetes.server import ApiServer
from diagnose.sources.kubernetes.websocket import StreamError
from diagnose.sources.usage import Counter
from tests.support.http import Answer, dripping, flooding, response, serving, socks_proxy

PODS = {"kind": "PodList", "apiVersion": "v1", "items": []}
WHOLE = response(PODS)
ANONYMOUS = 'pods is forbidden: User "system:anonymous" cannot list resource "pods"'
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(client: ApiClient, seconds: float = 5.0) -> bytes:
    request = ApiRequest(what="list pods in namespace msp", path="/api/v1/namespaces/msp/pods")
    return client.read(request, lambda body: bytes(body.data), time.monotonic() + seconds)


def reason(*answers: Answer, seconds: float = 5.0) -> str:
    with serving(*answers) as (client, _), pytest.raises(NoAnswerError) as caught:
        read(client, seconds)
    return str(caught.value)


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closed(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(dripping(WHOLE[:40] * 100), id="the head"),
        pytest.param(dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), id="answers before the answer"),
        pytest.param(dripping(WHOLE.replace(b"{", b" " * 1000 + b"{")), id="the body"),
        pytest.param(dripping(CHUNKED + b"1\r\n{\r\n" * 1000), id="the chunks"),
        pytest.param(dripping(CHUNKED + b"fff\r\n" + b" " * 4000), id="one chunk"),
        pytest.param(lambda _: time.sleep(5), id="silence"),
        pytest.param(flooding(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 10), id="headers without end"),
    ],
)
def test_a_read_ends_at_its_deadline_whatever_drips(answer: Answer) -> None:
    started = time.monotonic()
    assert reason(answer, seconds=0.5).startswith("list pods in namespace msp: ")
    assert time.monotonic() - started < 4


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(flooding(CHUNKED, b"fffff\r\n" + b" " * 0xFFFFF + b"\r\n"), id="without end"),
        pytest.param(
            response(gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip"),
            id="compressed",
        ),
    ],
)
def test_a_body_above_the_limit_is_refused(answer: Answer) -> None:
    assert reason(answer, seconds=30).endswith("the answer has more than 32 MB")


def test_one_large_body_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LARGE", 10)
    with serving(WHOLE) as (client, _):
        request = ApiRequest(what="list pods", path="/")
        ends_at = time.monotonic() + 0.5

        def second(body: Any) -> str:
            with pytest.raises(NoAnswerError, match="other answers were too large"):
                client.read(request, lambda _: None, ends_at)
            return "used"

        assert client.read(request, second, ends_at) == "used"
        assert read(client)


def test_a_compressed_body_is_unpacked() -> None:
    with serving(response(gzip.compress(b"[1]"), Content_Encoding="gzip")) as (client, _):
        assert read(client) == b"[1]"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_no_answer_and_is_not_followed(status: int) -> None:
    with serving(response(PODS, status, Location="/elsewhere")) as (client, script):
        with pytest.raises(NoAnswerError, match=f"list pods in namespace msp: no valid answer: HTTP {status}, appl"):
            read(client)
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (response(b"", 204, Content_Type="text/html"), "no valid answer: HTTP 204, text/html"),
        (response(b"<html>", 404, Content_Type="text/html"), "no valid answer: HTTP 404, text/html"),
        (response(b"x", Content_Encoding="br"), "no valid answer: HTTP 200, application/octet-stream, encoded as br"),
        (response(b"xxxx", Content_Encoding="gzip"), "not compressed as its header states"),
        (response(gzip.compress(b"[]")[:-4], Content_Encoding="gzip"), "its compressed content is truncated"),
        (response({"kind": "Status", "message": "etcd is down"}, 500), "HTTP 500: etcd is down"),
        (b"SSH-2.0-OpenSSH\r\n", "the connection broke"),
    ],
)
def test_the_reason_names_the_request_and_what_was_sent(answer: Answer, expected: str) -> None:
    found = reason(answer)
    assert found.startswith("list pods in namespace msp: ")
    assert expected in found


def test_only_the_api_servers_own_refusals_mean_something_about_objects() -> None:
    refused = {"kind": "Status", "message": 'pods is forbidden: User "u" cannot list resource "pods" in API group ""'}
    for error, answer in (
        (ForbiddenError, response(refused, 403)),
        (NotFoundError, response("404 page not found", 404)),
    ):
        with serving(answer) as (client, _), pytest.raises(error):
            read(client)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(response("slow down", 429, Retry_After="1"), id="429"),
        pytest.param(response("bad gateway", 502), id="502"),
        pytest.param(response("", 503), id="503"),
        pytest.param(response("", 504), id="504"),
        pytest.param(response({"kind": "Status", "message": "busy"}, 500, Retry_After="1"), id="500 with a pause"),
        pytest.param(reset, id="reset"),
        pytest.param(closed, id="closed"),
        pytest.param(WHOLE[:-10], id="a truncated body"),
        pytest.param(CHUNKED + b"5\r\n{", id="a truncated chunk"),
    ],
)
def test_a_transient_fault_is_survived(fault: Answer) -> None:
    with serving(fault, WHOLE) as (client, script):
        assert msgspec.json.decode(read(client)) == PODS
        assert len(script.requests) == 2


def test_a_request_is_sent_three_times_at_most() -> None:
    with serving(response("", 503)) as (client, script):
        with pytest.raises(NoAnswerError, match=r"list pods in namespace msp: HTTP 503.*\(tried 3 times\)"):
            read(client)
        assert len(script.requests) == 3


@pytest.mark.parametrize(
    "answer", [response("no", 500), response("no", 400), response("wait", 429, Retry_After="60"), response("", 401)]
)
def test_what_does_not_pass_is_not_sent_again(answer: Answer) -> None:
    with serving(answer) as (client, script):
        with pytest.raises(NoAnswerError):
            read(client)
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("namespace", "path"),
    [
        ("msp", "/api/v1/namespaces/msp/pods"),
        ("", "/api/v1/pods"),
        ("msp/secrets?watch=1#", "/api/v1/namespaces/msp%2Fsecrets%3Fwatch%3D1%23/pods"),
        ("a b%2F\u2028", "/api/v1/namespaces/a%20b%252F%E2%80%A8/pods"),
    ],
)
def test_a_name_is_one_part_of_a_path(namespace: str, path: str) -> None:
    assert path_to("/api/v1", namespace, "pods") == path


def cluster_at(host: str, proxy: str = "") -> Cluster:
    return Cluster("test", "msp", ApiServer(url=host, proxy=proxy))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "proxy", "expected"),
    [
        ("http://127.0.0.1:{port}", "", "the API server http://127.0.0.1:{port} does not answer: Connection refused"),
        ("https://127.0.0.1:{port}", "", "the API server https://127.0.0.1:{port} does not answer: Connection refused"),
        ("https://made-up.invalid", "", "the name of the API server https://made-up.invalid does not resolve"),
        (
            "https://made-up.invalid",
            "http://me:MADEUPPASSWORD@127.0.0.1:{port}",
            "the proxy http://127.0.0.1:{port} to https://made-up.invalid does not answer: Connection refused",
        ),
        (
            "https://made-up.invalid",
            "socks5h://127.0.0.1:{port}",
            "the API server https://made-up.invalid (through the proxy socks5h://127.0.0.1:{port}) does not answer: "
            "Connection refused",
        ),
    ],
)
def test_a_server_that_is_not_reached_is_named_with_its_proxy(host: str, proxy: str, expected: str) -> None:
    port = closed_port()
    with pytest.raises(UnreachableError) as caught:
        read(ApiClient(cluster_at(host.format(port=port), proxy.format(port=port)), Counter()))
    assert str(caught.value) == f"list pods in namespace msp: {expected.format(port=port)}"


def test_a_connection_that_breaks_each_time_does_not_reach_the_server() -> None:
    with serving(reset) as (client, _), pytest.raises(UnreachableError, match="tried 3 times"):
        read(client)


@pytest.mark.parametrize(
    "answer",
    [
        response({"kind": "Status", "message": "Unauthorized"}, 401),
        response({"kind": "Status", "message": ANONYMOUS}, 403),
    ],
)
def test_credentials_that_are_not_accepted_are_no_missing_right(answer: Answer) -> None:
    with serving(answer) as (client, _), pytest.raises(NotLoggedInError, match="credentials"):
        read(client)


@pytest.mark.parametrize(
    ("scheme", "host"),
    [("socks5", "127.0.0.9:6443"), ("socks5h", "127.0.0.9:6443"), ("socks5h", "made-up.invalid:6443")],
)
def test_requests_and_streams_go_through_a_socks_proxy(scheme: str, host: str) -> None:
    with serving(WHOLE) as (_, script), socks_proxy(script.port) as (port, targets):
        cluster = cluster_at(f"http://{host}", f"{scheme}://127.0.0.1:{port}")
        assert read(ApiClient(cluster, Counter())) == WHOLE.partition(b"\r\n\r\n")[2]
        with pytest.raises(StreamError, match="not a WebSocket"):
            websocket.connect(cluster.server, "/exec", [], ends_at=time.monotonic() + 5, limit=1 << 20)
        assert targets == [host, host]
