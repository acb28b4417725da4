"""The Kubernetes API: lists of typed objects and logs, by plain requests without the client's models."""

import os
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from diagnose.queries.kubernetes import Listing, ListObjects, LogText, ReadLog
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.sources.kubernetes.clock import ServerClock
from diagnose.sources.kubernetes.logs import read_log
from diagnose.sources.source import answers
from diagnose.sources.usage import Counter
from diagnose.text.decoding import from_json, list_from_json
from diagnose.text.sentences import truncate

PAGE = 1_000
JSON = "application/json"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
ADVICE = {
    401: "the API server does not accept the credentials; log in again or fix the kubeconfig",
    403: "forbidden",
    429: "the API server is overloaded",
}


_FORBIDDEN = re.compile(
    r'is forbidden: User "(?P<user>[^"]+)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)"'
    r'(?: in API group "(?P<group>[^"]*)")?'
    r'(?:.*in the namespace "(?P<namespace>[^"]+)")?'
)


class ClusterConfigError(Exception):
    """There is no usable configuration of a cluster; the message has the reason."""


class _Problem(msgspec.Struct, frozen=True):
    message: str = ""
    reason: str = ""


class _ListMeta(msgspec.Struct, frozen=True):
    next: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct, frozen=True):
    # For metadata-only lists and the metrics API, an empty list is null.
    items: list[msgspec.Raw] | None = None
    metadata: _ListMeta = _ListMeta()


@dataclass(frozen=True)
class Cluster:
    """A connection to one cluster.

    Attributes:
        context: name of the context in the kubeconfig, or "in-cluster".
        namespace: namespace of the context.
        clock: the API server's clock.
    """

    context: str
    namespace: str
    client: Any
    clock: ServerClock = field(default_factory=ServerClock)

    @classmethod
    def connect(cls, context: str | None) -> "Cluster":
        """Connects to the cluster of a context of the kubeconfig, or to the one that this process runs in.

        Raises:
            ClusterConfigError: no kubeconfig, no such context, unreadable.
        """
        from kubernetes import config
        from kubernetes.client import ApiClient, Configuration

        settings = Configuration()
        try:
            if context is None and _in_cluster():
                config.load_incluster_config(client_configuration=settings)
                return cls("in-cluster", _mounted_namespace(), ApiClient(settings))
            config.load_kube_config(context=context, client_configuration=settings)
            contexts, active = config.list_kube_config_contexts()
        except (config.ConfigException, OSError, ValueError) as error:
            raise ClusterConfigError(f"no usable kubeconfig: {error}") from error
        chosen = next((each for each in contexts if each["name"] == context), active)
        return cls(chosen["name"], chosen["context"].get("namespace", "default"), ApiClient(settings))


def _in_cluster() -> bool:
    default = Path(os.environ.get("KUBECONFIG", "~/.kube/config").split(":")[0]).expanduser()
    return "KUBERNETES_SERVICE_HOST" in os.environ and not default.exists()


def _mounted_namespace() -> str:
    path = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    return path.read_text(encoding="utf-8").strip() if path.exists() else "default"


class ClusterSource:
    """A source that sends its requests to the API server."""

    def __init__(self, cluster: Cluster, counter: Counter) -> None:
        self._cluster = cluster
        self._counter = counter

    def _websocket_headers(self) -> dict[str, str]:
        """Returns the headers of a WebSocket to a pod, with the user's credentials."""
        headers: dict[str, str] = {"sec-websocket-protocol": "v4.channel.k8s.io"}
        self._cluster.client.update_params_for_auth(headers, [], ["BearerToken"], "", "GET", None)
        return headers


class KubernetesSource(ClusterSource):
    """Answers `ListObjects` and `ReadLog`."""

    @answers(ListObjects)
    def list(self, query: ListObjects[Any], timeout_s: float) -> Listing[Any]:
        """Returns all objects of the kind, reading page by page."""
        in_namespace = f"/namespaces/{query.namespace}" if query.namespace else ""
        path = f"{query.kind.group}{in_namespace}/{query.plural.partition('.')[0]}"
        items: list[Any] = []
        token = ""
        while True:
            chosen = {"labelSelector": query.selector, "fieldSelector": query.fields}
            parameters = {"limit": PAGE} | {name: value for name, value in chosen.items() if value}
            accept = METADATA_ONLY if query.kind.metadata_only else JSON
            try:
                response = self._get(
                    path, parameters | ({"continue": token} if token else {}), timeout_s, accept=accept
                )
            except ForbiddenError:
                self._require_served(query.kind.group, timeout_s)
                raise
            page = from_json(response.data, _Page)
            items += list_from_json(page.items or [], query.kind)
            token = page.metadata.next
            if not token:
                return Listing(tuple(items))

    def _require_served(self, group: str, timeout_s: float) -> None:
        """Distinguishes a missing API group from a missing right: the API server answers "forbidden" to both.

        Raises:
            NotFoundError: the API server has no such group.
        """
        if group.startswith("/apis/") and group.split("/")[2].endswith(".io") and ".k8s." not in group:
            with suppress(ForbiddenError):
                self._get(group, {}, timeout_s)

    def get(
        self, path: str, parameters: dict[str, Any], timeout_s: float, *, body: dict[str, Any] | None = None
    ) -> bytes:
        """Returns the body of a response; with a body it is that of a review, a POST that creates nothing.

        Raises:
            NoAnswerError: refused or unreachable.
        """
        answer: bytes = self._get(path, parameters, timeout_s, body=body).data
        return answer

    @answers(ReadLog)
    def log(self, query: ReadLog, timeout_s: float) -> LogText:
        """Returns the container's log, read as a stream of any size."""
        path = f"/api/v1/namespaces/{query.namespace}/pods/{query.pod}/log"
        parameters = {"container": query.container, "timestamps": "true", "limitBytes": 64 * 1024 * 1024}
        if query.previous:
            parameters["previous"] = "true"
        response = self._get(path, parameters, timeout_s, accept="")
        try:
            return read_log(response.stream(1 << 16), timeout_s)
        finally:
            response.release_conn()

    def _get(
        self,
        path: str,
        parameters: dict[str, Any],
        timeout_s: float,
        *,
        accept: str = JSON,
        body: dict[str, Any] | None = None,
    ) -> Any:
        """Sends a GET, or with a body a POST; without a type to accept the response is a stream.

        Raises:
            NoAnswerError: refused or unreachable; NotFoundError: there is no such object.
        """
        import urllib3

        client = self._cluster.client
        headers: dict[str, str] = {"Accept": accept} if accept else {}
        headers |= {"Content-Type": JSON} if body else {}
        method = "POST" if body else "GET"
        client.update_params_for_auth(headers, [], ["BearerToken"], path, method, None)
        url = f"{client.configuration.host}{path}?{urlencode(parameters)}"
        self._counter.api()
        try:
            response = client.rest_client.pool_manager.request(
                method,
                url,
                body=msgspec.json.encode(body) if body else None,
                headers=headers,
                preload_content=bool(accept),
                retries=False,
                timeout=urllib3.Timeout(total=timeout_s),
            )
        except (urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as error:
            raise NoAnswerError(
                f"the API server {client.configuration.host} does not answer: {_plain(error)}"
            ) from error
        if accept:
            self._cluster.clock.observe(response.headers.get("Date"))
        if response.status < 400:
            return response
        raise _refusal(response.status, path, response.data)


def _refusal(status: int, path: str, body: bytes) -> NoAnswerError:
    try:
        message = from_json(body, _Problem).message
    except msgspec.DecodeError:
        message = truncate(body.decode(errors="replace"), 200)
    if status == 403:
        return ForbiddenError(missing_right(message))
    if status == 404:
        return NotFoundError(message or f"{path} does not exist")
    return NoAnswerError(message or f"{path}: {status}, {ADVICE.get(status, 'refused')}")


def missing_right(message: str) -> str:
    """Returns a refusal without the name of the object, so that a missing right is one reason for many objects."""
    found = _FORBIDDEN.search(message)
    if found is None:
        return message
    in_namespace = f" in namespace {found['namespace']}" if found["namespace"] else ""
    # The metrics API calls its resource pods, too.
    resource = "pods.metrics.k8s.io" if found["group"] == "metrics.k8s.io" else found["resource"]
    return f"{found['verb']} {resource}{in_namespace} is forbidden for {found['user']}"


def _plain(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).partition(": ")[2] or str(reason) or type(error).__name__
