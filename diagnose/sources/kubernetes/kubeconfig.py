"""The configuration of a cluster from a kubeconfig or a service account, within limits."""

import math
import os
import ssl
import stat
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from diagnose.queries.cluster_access import ClusterAccess
from diagnose.queries.query import NotLoggedInError
from diagnose.sources.kubernetes import kubeconfig_files
from diagnose.sources.kubernetes.credential_plugin import NoCredentialError, Plugin, PluginError
from diagnose.sources.kubernetes.kubeconfig_files import Chosen, ClusterConfigError, Entry, NoKubeconfigError
from diagnose.sources.kubernetes.server import ApiServer, Login, TokenFile, proxy_for
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

A = TypeVar("A")

SIZE_LIMIT = 4 << 20
DETAIL = 200
PROXIES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
REPLACED = {
    "azure": "run: kubelogin convert-kubeconfig",
    "gcp": "install gke-gcloud-auth-plugin, and run: gcloud container clusters get-credentials CLUSTER",
}
"""What replaces the auth-providers that were removed."""
MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def load(context: str | None, timeout_s: float, access: ClusterAccess) -> tuple[str, str, ApiServer]:
    """Returns the name of a context of the kubeconfig, its namespace and its API server.

    Without a context, it is that of the cluster that this process runs in, if there is no kubeconfig.

    Raises:
        ClusterConfigError: no kubeconfig, no such context, unreadable, or no credentials in time (seconds).
    """
    ends_at = time.monotonic() + timeout_s
    paths = paths_of(access)
    existing = [each for each in paths if _is_there(each)]
    if not existing and context is None and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _in_cluster(access)
    if not existing:
        origin = " (KUBECONFIG)" if os.environ.get("KUBECONFIG") and not access.kubeconfig else ""
        raise NoKubeconfigError(
            f"no usable kubeconfig: there is none at {', '.join(map(str, paths))}{origin}",
            "name one with --kubeconfig or KUBECONFIG; without a cluster, try: diagnose demo",
        )
    # Parsing is slow, and some kinds of credentials read files or send requests without a limit.
    chosen = kubeconfig_files.choose(_within(ends_at, lambda: kubeconfig_files.load(existing)), context)
    return chosen.context.name, chosen.namespace, _server(chosen, ends_at, access)


def paths_of(access: ClusterAccess) -> list[Path]:
    """Returns the paths of the kubeconfig: of the flag, else of KUBECONFIG, else that of kubectl."""
    given = [access.kubeconfig] if access.kubeconfig else os.environ.get("KUBECONFIG", "").split(os.pathsep)
    return [Path(each).expanduser() for each in given if each] or [Path("~/.kube/config").expanduser()]


def _in_cluster(access: ClusterAccess) -> tuple[str, str, ApiServer]:
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    url = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    login, namespace = TokenFile(MOUNTED / "token"), MOUNTED / "namespace"
    try:
        if not login():
            raise ClusterConfigError(f"no usable service account: {login.path} is empty")
        tls = ssl.create_default_context(cafile=str(MOUNTED / "ca.crt"))
        name = namespace.read_text(encoding="utf-8").strip() if namespace.exists() else "default"
    except (NotLoggedInError, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable service account: {error}") from error
    return "in-cluster", name, ApiServer(url=url, proxy=proxy_for(url), tls=tls, login=login, **_by(access, {}))


def _is_there(path: Path) -> bool:
    """Whether a kubeconfig exists, which then is a file of a size that one may have.

    Raises:
        ClusterConfigError: it is something else.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ClusterConfigError(f"no usable kubeconfig: {path} cannot be read: {error.strerror or error}") from error
    if not stat.S_ISREG(found.st_mode):
        raise ClusterConfigError(f"no usable kubeconfig: {path} is not a file")
    if found.st_size > SIZE_LIMIT:
        raise ClusterConfigError(f"no usable kubeconfig: {path} has {found.st_size >> 20} MB")
    return True


def _server(chosen: Chosen, ends_at: float, access: ClusterAccess) -> ApiServer:
    context, cluster = chosen.context, chosen.cluster.value
    url = _url(chosen.cluster)
    try:
        login = _login(chosen, ends_at)
        tls = _within(ends_at, _tls, chosen)
        certificate = _data_of(chosen.user, "client-certificate") if chosen.user else b""
        stated = _by(access, chosen.user.value if chosen.user else {})
    except PluginError as error:
        raise ClusterConfigError(str(error), error.step) from error
    except (NotLoggedInError, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable kubeconfig: {truncate(one_line(str(error)), DETAIL)}") from error
    # What a file has that is something else than expected.
    except (TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ClusterConfigError(
            f"no usable kubeconfig: {context.file}, context {context.name}, has another structure ({error})"
        ) from error
    proxy = proxy_for(url, str(cluster.get("proxy-url") or ""))
    _require_proxy(proxy)
    name = str(cluster.get("tls-server-name") or "")
    return ApiServer(url=url, proxy=proxy, name=name, tls=tls, login=login, certificate=certificate, **stated)


def _by(access: ClusterAccess, user: dict[str, Any]) -> dict[str, Any]:
    """Returns what flags and a user of the kubeconfig state of all requests: flags replace what the user has.

    Raises:
        ClusterConfigError: a header cannot have one of the names.
    """
    if access.user:
        named = [("Impersonate-User", access.user), *(("Impersonate-Group", each) for each in access.groups)]
    else:
        single = {"Impersonate-User": user.get("as"), "Impersonate-Uid": user.get("as-uid")}
        named = [(header, str(value)) for header, value in single.items() if value]
        named += [("Impersonate-Group", str(each)) for each in user.get("as-groups") or ()]
        extra = (user.get("as-user-extra") or {}).items()
        named += [
            (f"Impersonate-Extra-{quote(str(key).lower(), safe='')}", str(each))
            for key, values in extra
            for each in values
        ]
    for _, value in named:
        if not (value.isascii() and value.isprintable()):
            raise ClusterConfigError(f"{value!r} cannot be impersonated: it is no name that a request can have")
    return {"impersonated": tuple(named), "request_timeout_s": access.request_timeout_s or math.inf}


def _tls(chosen: Chosen) -> ssl.SSLContext:
    """Returns how connections are secured: by the authority of the cluster and the certificate of the user."""
    cluster, user = chosen.cluster, chosen.user
    authority = _data_of(cluster, "certificate-authority")
    tls = ssl.create_default_context(cadata=authority.decode("ascii", "ignore") if authority else None)
    if cluster.value.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    certificate = _data_of(user, "client-certificate") if user else b""
    if user and certificate:
        # The library of TLS reads it from a file only.
        with NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + _data_of(user, "client-key"))
            file.flush()
            # An empty password, as OpenSSL otherwise prompts for that of an encrypted key.
            tls.load_cert_chain(file.name, password="")
    return tls


def _data_of(entry: Entry, name: str) -> bytes:
    """Returns what an entry has in a field or in the file that it names."""
    if data := entry.value.get(f"{name}-data"):
        return b64decode(data)
    return (entry.file.parent / path).read_bytes() if (path := entry.value.get(name)) else b""


def _url(cluster: Entry) -> str:
    """Returns the URL of a cluster's server, which may lack the scheme.

    Raises:
        ClusterConfigError: there is none.
    """
    server = str(cluster.value.get("server") or "")
    if server and "://" not in server:
        is_secure = any(each.startswith(("certificate-authority", "insecure-skip")) for each in cluster.value)
        server = f"{'https' if is_secure else 'http'}://{server}"
    if not _is_url(server, ("http", "https")):
        has = f"{server!r}, which is no URL" if server else "no server"
        raise ClusterConfigError(f"no usable kubeconfig: cluster {cluster.name} of {cluster.file} has {has}")
    return server.rstrip("/")


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _login(chosen: Chosen, ends_at: float) -> Login:
    """Returns the login of a user: by an auth-provider, a token, a plug-in, or a password, as far as it has one."""
    found = chosen.user
    user = found.value if found else {}
    _require_provider(found)
    if found and _provider_of(found):
        return _within(ends_at, _of_provider, chosen, found)
    if token := user.get("token"):
        return partial(str, f"Bearer {token}")
    if found and (path := user.get("tokenFile")):
        login = TokenFile(found.file.parent / path)
        _within(ends_at, login)
        return login
    if found and user.get("exec"):
        return _of_plugin(chosen.cluster, found, ends_at)
    if "username" in user and "password" in user:
        pair = f"{user['username']}:{user['password']}"
        return partial(str, f"Basic {b64encode(pair.encode()).decode()}")
    return str


def _of_plugin(cluster: Entry, found: Entry, ends_at: float) -> Login:
    """Returns the login of a user by a credential plug-in."""
    settings = found.value["exec"]
    known = dict(cluster.value) if settings.get("provideClusterInfo") else None
    for extension in (known or {}).get("extensions") or ():
        if known and extension["name"] == "client.authentication.k8s.io/exec":
            known["config"] = extension["extension"]
    plugin = Plugin(found.name, settings, found.file.parent.absolute(), known)
    try:
        # The rest of the time is for reports, and for a run that the plug-in delays.
        plugin.log_in(found.value, max(ends_at - time.monotonic(), 0) / 2)
    except NoCredentialError as error:
        # The cluster is known, but no request to it can be sent.
        return partial(_refuse, str(error))
    return plugin.authorization


def _of_provider(chosen: Chosen, user: Entry) -> Login:
    """Returns the login of a user by an auth-provider, whose protocol the official client library has.

    Raises:
        ClusterConfigError: it gives no token; otherwise nobody logs in.
    """
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import ConfigNode, KubeConfigLoader

    def node(kind: str, entry: Entry) -> ConfigNode:
        return ConfigNode(kind, {"name": entry.name, kind: entry.value}, str(entry.file))

    kinds = {"context": chosen.context, "cluster": chosen.cluster, "user": user}
    parts = {f"{kind}s": [node(kind, entry)] for kind, entry in kinds.items()}
    whole = ConfigNode("kubeconfig", {"current-context": chosen.context.name, **parts})
    settings = Configuration()
    try:
        KubeConfigLoader(whole, config_base_path=None).load_and_set(settings)
    except ConfigException as error:
        raise ValueError(str(error)) from error
    if "BearerToken" not in settings.api_key:
        raise ClusterConfigError(
            f"the auth-provider {_provider_of(user)} of user {user.name} gives no token; log in again"
        )
    return partial(settings.get_api_key_with_prefix, "BearerToken")


def _provider_of(user: Entry | None) -> str:
    provider = user.value.get("auth-provider") if user else None
    return str(provider.get("name") or "") if isinstance(provider, dict) else ""


def _require_provider(user: Entry | None) -> None:
    """Requires that an auth-provider is one that kubectl still has.

    Raises:
        ClusterConfigError: it was removed.
    """
    name = _provider_of(user)
    if user and name and name != "oidc":
        raise ClusterConfigError(
            f"the auth-provider {name} of user {user.name} is none that kubectl still has (since 1.26 it needs a "
            f"credential plug-in); {REPLACED.get(name, 'fetch the kubeconfig again from who runs the cluster')}"
        )


def _require_proxy(proxy: str) -> None:
    """Requires that the proxy, from the kubeconfig or a variable, is one that can be used.

    Raises:
        ClusterConfigError: it is not.
    """
    if proxy and not _is_url(proxy, PROXIES):
        # It may have a password.
        scheme = proxy.partition("://")[0] if "://" in proxy else ""
        found = f"begins with {truncate(scheme, 20)}://" if scheme and scheme not in PROXIES else "is no URL"
        raise ClusterConfigError(
            f"the proxy of the kubeconfig (proxy-url), or of HTTPS_PROXY or ALL_PROXY, {found}; "
            f"possible are {', '.join(PROXIES)}"
        )


def _refuse(reason: str) -> str:
    raise NoCredentialError(reason)


def _within(ends_at: float, run: Callable[..., A], *arguments: Any) -> A:
    """Returns the result of a function that may take indefinitely.

    Raises:
        ClusterConfigError: it has not ended in time.
    """
    done: Future[A] = Future()

    def work() -> None:
        try:
            done.set_result(run(*arguments))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return done.result(max(ends_at - time.monotonic(), 0))
    except TimeoutError:
        raise ClusterConfigError("no usable kubeconfig: it could not be read in time") from None
