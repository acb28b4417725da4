"""Requests to the Kubernetes API: bounded in time and size, and none is believed before it was checked."""

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from diagnose.queries.cluster_access import KUBECONFIG_ALONE, ClusterAccess
from diagnose.queries.query import (
    ExpiredError,
    FailingServerError,
    ForbiddenError,
    NoAnswerError,
    NotFoundError,
    NotLoggedInError,
    UnreachableError,
    UntrustedServerError,
)
from diagnose.sources.kubernetes import kubeconfig
from diagnose.sources.kubernetes.clock import ServerClock
from diagnose.sources.kubernetes.server import ApiServer
from diagnose.sources.memory import return_large_blocks
from diagnose.sources.usage import Counter
from diagnose.text.decoding import from_json
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

A = TypeVar("A")

JSON, NO_TYPE = "application/json", "no content type"
CHUNK = 1 << 16
LARGEST, LARGE, LARGEST_REFUSAL = 32 << 20, 2 << 20, 1 << 16
PAUSES_S = (0.2, 1.0)
"""The pauses before a request is repeated, where the response does not require a longer one."""
TRANSIENT = frozenset({429, 502, 503, 504})
CONNECT_S = 60.0
DEPTH = 8
ADVICE = {
    401: "the API server does not accept the credentials",
    403: "forbidden",
    429: "the API server is overloaded",
}

_FORBIDDEN = lazy(
    r'is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?'
    r'(?:.*in the namespace "(?P<namespace>[^"]+)")?'
)


class TooLargeError(NoAnswerError):
    """A response is larger than what is read at once."""


class TransientError(NoAnswerError):
    """An error that may be gone on a second try, after `pause_s` seconds; what it is after the last try is `last`."""

    def __init__(self, reason: str, pause_s: float = 0.0, last: type[NoAnswerError] = NoAnswerError) -> None:
        super().__init__(reason)
        self.pause_s = pause_s
        self.last = last


class Status(msgspec.Struct, frozen=True):
    """Why the API server refused a request; of any other object its kind."""

    kind: str = ""
    message: str = ""


class Cluster(msgspec.Struct, frozen=True):
    """A connection to one cluster.

    Attributes:
        context: name of the context in the kubeconfig, or "in-cluster".
        namespace: namespace of the context.
        clock: the API server's clock.
    """

    context: str
    namespace: str
    server: ApiServer
    clock: ServerClock = msgspec.field(default_factory=ServerClock)

    @classmethod
    def connect(
        cls, context: str | None, timeout_s: float = CONNECT_S, access: ClusterAccess = KUBECONFIG_ALONE
    ) -> "Cluster":
        """Connects to the cluster of a context of the kubeconfig, or to the one that this process runs in.

        Raises:
            ClusterConfigError: no kubeconfig, no such context, unreadable, or no credentials in time (seconds).
        """
        return cls(*kubeconfig.load(context, timeout_s, access))


class ClusterSource:
    """A source that sends its requests to the API server."""

    def __init__(self, cluster: Cluster, counter: Counter) -> None:
        self._cluster = cluster
        self._counter = counter


class ApiRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A GET, or with a body a POST of a review, which creates nothing.

    Attributes:
        what: the request as reasons name it, such as "list pods in namespace msp".
        accept: the media type to accept, "" for a log.
    """

    what: str
    path: str
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    accept: str = JSON
    body: dict[str, Any] | None = None


def path_to(group: str, namespace: str, *names: str) -> str:
    """Returns the path to a resource of an API group, in all namespaces where no namespace is given."""
    parts = ("namespaces", namespace, *names) if namespace else names
    return "/".join((group, *(quote(each, safe="") for each in parts)))


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a response with the status 200 or 201."""

    request: ApiRequest
    status: int
    media_type: str
    data: bytearray

    def invalid(self, why: str) -> NoAnswerError:
        """Returns the error of a response that is no answer to the request."""
        return NoAnswerError(f"{self.request.what}: no valid answer: HTTP {self.status}, {self.media_type}, {why}")

    def decode(self, type_: type[A], kind: str = "") -> A:
        """Returns the value of a JSON object of a Kubernetes kind, "" for any.

        Raises:
            NoAnswerError: it is something else.
        """
        try:
            found = from_json(self.data, Status).kind
            if kind and found != kind:
                raise self.invalid(self.what_instead(kind))
            return from_json(self.data, type_)
        except msgspec.DecodeError as error:
            raise self.invalid(f"not JSON of {kind or 'this kind'}: {error}") from error

    def what_instead(self, kind: str) -> str:
        """Returns what the body is, which is not of the kind."""
        found = status_of(self.data)
        if found.kind == "Status":
            return f"a Status: {truncate(found.message, 200)}" if found.message else "a Status"
        return f"not a {kind}" + (f" but a {truncate(found.kind, 60)}" if found.kind else "")


def repeated(send: Callable[[], A], ends_at: float) -> A:
    """Returns the result of a request, which is repeated after transient errors as far as the deadline allows.

    Raises:
        NoAnswerError: there is none.
    """
    for pause_s in PAUSES_S:
        try:
            return send()
        except TransientError as error:
            wait_s = max(pause_s, error.pause_s)
            if time.monotonic() + wait_s >= ends_at:
                raise
            time.sleep(wait_s)
    try:
        return send()
    except TransientError as error:
        raise error.last(f"{error} (tried {len(PAUSES_S) + 1} times)") from error


class ApiClient(ClusterSource):
    """Sends requests to the API server, and repeats them after transient errors."""

    def __init__(self, cluster: Cluster, counter: Counter) -> None:
        super().__init__(cluster, counter)
        # One large body at a time, so that memory is bounded however many are sent.
        self._large = threading.Lock()

    def read(self, request: ApiRequest, use: Callable[[Body], A], ends_at: float) -> A:
        """Returns what `use` makes of the whole body of a response; the body is freed before the next large one.

        Raises:
            NoAnswerError: refused, unreachable, too large or not complete before the deadline.
        """
        return repeated(lambda: self._read(request, use, ends_at), ends_at)

    @contextmanager
    def open(self, request: ApiRequest, ends_at: float) -> Iterator[Any]:
        """Yields the response of a successful request, whose reads end at the deadline.

        Raises:
            NoAnswerError: refused, or unreachable; also for what fails while the body is read.
        """
        import urllib3

        allowed_s = min(ends_at - time.monotonic(), self._cluster.server.request_timeout_s)
        if allowed_s <= 0:
            raise NoAnswerError(f"{request.what}: not enough time")
        response: Any = None
        try:
            response = self._send(request, allowed_s)
            if response.status in {200, 201}:
                yield response
            else:
                raise _refusal(request, response, self._cluster.server)
        except (urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as error:
            raise self._failed(request, error, allowed_s, begun=response is not None) from error
        finally:
            if response is not None:
                response.close()

    def _failed(self, request: ApiRequest, error: Exception, allowed_s: float, *, begun: bool) -> NoAnswerError:
        """Returns the error of a request whose connection failed, before or after the answer had begun."""
        import urllib3

        server = self._cluster.server
        kind = NoAnswerError if begun else UnreachableError
        if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError) and not _is_refused(error):
            part = "the answer did not end" if begun else "no answer"
            # A connection that was accepted is a server that is slow.
            is_slow = not isinstance(error, urllib3.exceptions.ConnectTimeoutError)
            kind = FailingServerError if is_slow else UnreachableError
            at = "" if is_slow else f" of {_server(server)}"
            limit = f"{allowed_s:.0f}" if allowed_s >= 1 / 2 else f"{allowed_s:.2g}"
            return kind(f"{request.what}: {part}{at} within {limit} s")
        if isinstance(error, urllib3.exceptions.ProtocolError | ConnectionError):
            return TransientError(f"{request.what}: the connection broke: {_plain(error)}", last=kind)
        if kind is UnreachableError and any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error)):
            kind = UntrustedServerError
        return kind(f"{request.what}: {_unreached(server, error)}")

    def _send(self, request: ApiRequest, allowed_s: float) -> Any:
        import urllib3

        server = self._cluster.server
        headers = urllib3.HTTPHeaderDict(server.headers)
        headers.update({"Accept": request.accept} if request.accept else {})
        headers.update({"Content-Type": JSON} if request.body else {})
        self._counter.api()
        response = server.pool.request(
            "POST" if request.body else "GET",
            f"{server.url}{request.path}?{urlencode(request.parameters)}",
            body=msgspec.json.encode(request.body) if request.body else None,
            headers=headers,
            preload_content=False,
            retries=False,
            timeout=urllib3.Timeout(total=allowed_s),
        )
        self._cluster.clock.observe(response.headers.get("Date"))
        return response

    def _read(self, request: ApiRequest, use: Callable[[Body], A], ends_at: float) -> A:
        with self.open(request, ends_at) as response, ExitStack() as until_used:
            body = Body(request=request, status=response.status, media_type=media_type(response), data=bytearray())
            is_large = False
            for part in unpacked(request, response):
                body.data.extend(part)
                if len(body.data) > LARGEST:
                    raise TooLargeError(f"{request.what}: the answer has more than {LARGEST >> 20} MB")
                if len(body.data) > LARGE and not is_large:
                    is_large = True
                    self._become_large(request, until_used, ends_at)
            return use(body)

    def _become_large(self, request: ApiRequest, until_used: ExitStack, ends_at: float) -> None:
        if not self._large.acquire(timeout=max(ends_at - time.monotonic(), 0)):
            raise NoAnswerError(f"{request.what}: not read before the deadline, because other answers were too large")
        until_used.callback(self._large.release)
        return_large_blocks()


def unpacked(request: ApiRequest, response: Any) -> Iterator[bytes]:
    """Yields the body, which a proxy may have compressed although that was not requested, in pieces of limited size.

    Raises:
        NoAnswerError: it is compressed in an unknown or invalid form.
    """
    encoding = str(response.headers.get("Content-Encoding") or "identity").lower()
    chunks = response.stream(CHUNK, decode_content=False)
    if encoding == "identity":
        yield from chunks
        return
    if encoding != "gzip":
        raise invalid(request, response, f"encoded as {truncate(encoding, 40)}")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for packed in chunks:
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, 1 << 20)
                packed = unpacker.unconsumed_tail  # noqa: PLW2901
    except zlib.error as error:
        raise invalid(request, response, f"not compressed as its header states: {error}") from error
    if not unpacker.eof:
        raise invalid(request, response, "its compressed content is truncated")


def invalid(request: ApiRequest, response: Any, why: str) -> NoAnswerError:
    """Returns the error of a response that is no answer to the request."""
    return NoAnswerError(f"{request.what}: no valid answer: HTTP {response.status}, {media_type(response)}, {why}")


def _refusal(request: ApiRequest, response: Any, server: ApiServer) -> NoAnswerError:
    """Returns the error of a response without success; a redirect is not followed, because of the credentials."""
    data = b""
    for part in response.stream(CHUNK, decode_content=False):
        data += part
        if len(data) > LARGEST_REFUSAL:
            break
    status, type_ = response.status, media_type(response)
    found = status_of(data)
    by_server = found.kind == "Status" or type_ == "text/plain"
    text = found.message or (truncate(data.decode(errors="replace").strip(), 200) if by_server else type_)
    reason = f"{request.what}: HTTP {status}: {text or ADVICE.get(status, 'refused')}"
    if status == 401:
        expired = server.expired_credential(datetime.now(UTC))
        return NotLoggedInError(f"{request.what}: {expired or ADVICE[401]}")
    if status == 403:
        right = missing_right(text)
        if right.endswith(" is forbidden for system:anonymous"):
            return NotLoggedInError(f"{request.what}: the kubeconfig has no credentials that the API server accepts")
        return ForbiddenError(reason if right == text else right)
    if status == 404 and by_server:
        return NotFoundError(f"{request.what}: {text}")
    if status == 410:
        return ExpiredError(reason)
    pause_s = seconds_of(response.headers.get("Retry-After"))
    if status in TRANSIENT or (status == 500 and pause_s):
        return TransientError(reason, pause_s, FailingServerError)
    if status < 400 or not by_server:
        return NoAnswerError(f"{request.what}: no valid answer: HTTP {status}, {type_}")
    return FailingServerError(reason) if status >= 500 else NoAnswerError(reason)


def status_of(data: bytes | bytearray) -> Status:
    """Returns the Status of a refusal, an empty one where it has none."""
    try:
        return from_json(data, Status)
    except msgspec.DecodeError:
        return Status()


def seconds_of(retry_after: str | None) -> float:
    """Returns the seconds of a `Retry-After` header; the API server never sends a date."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


def media_type(response: Any) -> str:
    """Returns the media type of a response."""
    return truncate(str(response.headers.get("Content-Type") or NO_TYPE).partition(";")[0].strip(), 80)


def missing_right(message: str) -> str:
    """Returns a refusal without the name of the object, so that a missing right is one reason for many objects."""
    found = _FORBIDDEN.search(message)
    if found is None:
        return message
    in_namespace = f" in namespace {found['namespace']}" if found["namespace"] else ""
    # The metrics API calls its resource pods, too.
    resource = "pods.metrics.k8s.io" if found["group"] == "metrics.k8s.io" else found["resource"]
    return f"{found['verb']} {resource}{in_namespace} is forbidden for {found['user']}"


def _server(server: ApiServer) -> str:
    """Returns what a request is sent to: the API server, and the proxy before it."""
    return f"the API server {server.url}" + (f" (through {_proxy(server)})" if server.proxy else "")


def _proxy(server: ApiServer) -> str:
    """Returns the proxy without its password."""
    url = urlsplit(server.proxy)
    return f"the proxy {url.scheme}://{url.netloc.rpartition('@')[2]}"


def _is_refused(error: BaseException) -> bool:
    """Whether a connection was refused, or had no address, which some versions of the library count as timeouts."""
    import urllib3

    return isinstance(error, urllib3.exceptions.NewConnectionError)


def _unreached(server: ApiServer, error: BaseException) -> str:
    """Returns why a request did not reach the API server."""
    import urllib3

    chain, is_of_proxy = tuple(_chain(error)), isinstance(error, urllib3.exceptions.ProxyError)
    name = f"{_proxy(server)} to {server.url}" if is_of_proxy else _server(server)
    if any(isinstance(each, urllib3.exceptions.NameResolutionError | socket.gaierror) for each in chain):
        return f"the name of {name} does not resolve"
    if unverified := next((each for each in chain if isinstance(each, ssl.SSLCertVerificationError)), None):
        return f"the certificate of {name} is not accepted: {unverified.verify_message}"
    system = next((each for each in chain if isinstance(each, OSError) and each.strerror), None)
    return f"{name} does not answer: {system.strerror if system else _plain(error)}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an error and what it came from."""
    for _ in range(DEPTH):
        if error is None:
            return
        yield error
        inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = inner or error.__cause__ or error.__context__


def _plain(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).partition(": ")[2] or str(reason) or type(error).__name__
