"""The configuration of a cluster from a kubeconfig or a service account, within limits."""

import os
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from diagnose.sources.kubernetes import kubeconfig_files
from diagnose.sources.kubernetes.credential_plugin import NoCredentialError, Plugin, PluginError
from diagnose.sources.kubernetes.kubeconfig_files import Chosen, ClusterConfigError, Entry, NoKubeconfigError
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

A = TypeVar("A")
Renew = Callable[[Any], None]

SIZE_LIMIT = 4 << 20
DETAIL = 200
PROXIES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
REPLACED = {
    "azure": "run: kubelogin convert-kubeconfig",
    "gcp": "install gke-gcloud-auth-plugin, and run: gcloud container clusters get-credentials CLUSTER",
}
"""What replaces the auth-providers that were removed."""
MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def load(context: str | None, timeout_s: float) -> tuple[str, str, Any]:
    """Returns the name of a context of the kubeconfig, its namespace and the client's configuration of its cluster.

    Without a context, it is that of the cluster that this process runs in, if there is no kubeconfig.

    Raises:
        ClusterConfigError: no kubeconfig, no such context, unreadable, or no credentials in time (seconds).
    """
    from kubernetes.client import Configuration

    ends_at = time.monotonic() + timeout_s
    settings = Configuration()
    paths = [Path(each).expanduser() for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    paths = paths or [Path("~/.kube/config").expanduser()]
    existing = [each for each in paths if _is_there(each)]
    if not existing and context is None and "KUBERNETES_SERVICE_HOST" in os.environ:
        return _in_cluster(settings)
    if not existing:
        raise NoKubeconfigError(f"no usable kubeconfig: there is none at {', '.join(map(str, paths))}")
    # Parsing is slow, and some kinds of credentials read files or send requests without a limit.
    chosen = kubeconfig_files.choose(_within(ends_at, lambda: kubeconfig_files.load(existing)), context)
    return _configured(chosen, settings, ends_at)


def _in_cluster(settings: Any) -> tuple[str, str, Any]:
    from kubernetes import config

    try:
        config.load_incluster_config(client_configuration=settings)
        namespace = MOUNTED.read_text(encoding="utf-8").strip() if MOUNTED.exists() else "default"
    except (config.ConfigException, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable service account: {error}") from error
    return "in-cluster", namespace, settings


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


def _configured(chosen: Chosen, settings: Any, ends_at: float) -> tuple[str, str, Any]:
    from kubernetes import config

    _require_server(chosen.cluster)
    try:
        renew = _log_in(chosen, settings, ends_at)
        _within(ends_at, _loader(chosen).load_and_set, settings)
    except PluginError as error:
        raise ClusterConfigError(str(error)) from error
    except (config.ConfigException, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable kubeconfig: {truncate(one_line(str(error)), DETAIL)}") from error
    # What the client's loader raises where a file has something else than it expects.
    except (TypeError, AttributeError, KeyError, RecursionError) as error:
        context = chosen.context
        raise ClusterConfigError(
            f"no usable kubeconfig: {context.file}, context {context.name}, has another structure ({error})"
        ) from error
    _require_token(chosen.user, settings)
    _require_proxy(settings)
    settings.refresh_api_key_hook = renew or settings.refresh_api_key_hook
    return chosen.context.name, chosen.namespace, settings


def _loader(chosen: Chosen) -> Any:
    """Returns the client's loader of a context."""
    from kubernetes.config.kube_config import ConfigNode, KubeConfigLoader

    def node(kind: str, entry: Entry | None) -> list[Any]:
        return [ConfigNode(kind, {"name": entry.name, kind: entry.value}, str(entry.file))] if entry else []

    parts = {
        "current-context": chosen.context.name,
        "contexts": node("context", chosen.context),
        "clusters": node("cluster", chosen.cluster),
        "users": node("user", chosen.user if chosen.user and chosen.user.value else None),
    }
    return KubeConfigLoader(ConfigNode("kubeconfig", parts), config_base_path=None)


def _require_server(cluster: Entry) -> None:
    """Requires the URL of a server, which may lack the scheme.

    Raises:
        ClusterConfigError: there is none.
    """
    server = str(cluster.value.get("server") or "")
    if server and "://" not in server:
        is_secure = any(each.startswith(("certificate-authority", "insecure-skip")) for each in cluster.value)
        server = cluster.value["server"] = f"{'https' if is_secure else 'http'}://{server}"
    if not _is_url(server, ("http", "https")):
        has = f"{server!r}, which is no URL" if server else "no server"
        raise ClusterConfigError(f"no usable kubeconfig: cluster {cluster.name} of {cluster.file} has {has}")


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def _log_in(chosen: Chosen, settings: Any, ends_at: float) -> Renew | None:
    """Replaces the credential plug-in of the context's user, if any, by its credentials; returns what renews them."""
    found = chosen.user
    user = found.value if found else {}
    _require_provider(found)
    if not found or not user.get("exec") or any(user.get(each) for each in ("token", "tokenFile", "auth-provider")):
        return None
    known = dict(chosen.cluster.value) if user["exec"].get("provideClusterInfo") else None
    for extension in (known or {}).get("extensions") or ():
        if known and extension["name"] == "client.authentication.k8s.io/exec":
            known["config"] = extension["extension"]
    plugin = Plugin(found.name, user["exec"], found.file.parent.absolute(), known)
    try:
        # The rest of the time is for reports, and for a run that the plug-in delays.
        plugin.log_in(user, max(ends_at - time.monotonic(), 0) / 2)
    except NoCredentialError as error:
        # The cluster is known, but no request to it can be sent.
        settings.api_key["BearerToken"] = ""
        return partial(_refuse, str(error))
    return plugin.renew


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


def _require_token(user: Entry | None, settings: Any) -> None:
    """Requires that an auth-provider gives a token; otherwise nobody logs in.

    Raises:
        ClusterConfigError: it gives none.
    """
    if user and _provider_of(user) and "BearerToken" not in settings.api_key:
        raise ClusterConfigError(
            f"the auth-provider {_provider_of(user)} of user {user.name} gives no token; log in again"
        )


def _require_proxy(settings: Any) -> None:
    """Requires that the proxy, from the kubeconfig or a variable, is one that can be used.

    Raises:
        ClusterConfigError: it is not.
    """
    if settings.proxy and not _is_url(str(settings.proxy), PROXIES):
        # It may have a password.
        scheme = str(settings.proxy).partition("://")[0] if "://" in str(settings.proxy) else ""
        found = f"begins with {truncate(scheme, 20)}://" if scheme and scheme not in PROXIES else "is no URL"
        raise ClusterConfigError(
            f"the proxy of the kubeconfig (proxy-url), or of HTTPS_PROXY or ALL_PROXY, {found}; "
            f"possible are {', '.join(PROXIES)}"
        )


def _refuse(reason: str, _: Any) -> None:
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
