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

from diagnose.sources.kubernetes.credential_plugin import NoCredentialError, Plugin, PluginError
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

A = TypeVar("A")
Renew = Callable[[Any], None]

SIZE_LIMIT = 4 << 20
DETAIL = 200
MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class ClusterConfigError(Exception):
    """There is no usable configuration of a cluster; the message has the reason."""


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
    if context is None and "KUBERNETES_SERVICE_HOST" in os.environ and not paths[0].exists():
        return _in_cluster(settings)
    for path in paths:
        _require_file(path)
    return _from_files(os.pathsep.join(map(str, paths)), context, settings, ends_at)


def _in_cluster(settings: Any) -> tuple[str, str, Any]:
    from kubernetes import config

    try:
        config.load_incluster_config(client_configuration=settings)
        namespace = MOUNTED.read_text(encoding="utf-8").strip() if MOUNTED.exists() else "default"
    except (config.ConfigException, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable service account: {error}") from error
    return "in-cluster", namespace, settings


def _require_file(path: Path) -> None:
    """Requires that a kubeconfig, if it exists, is a file of a size that one may have.

    Raises:
        ClusterConfigError: it is something else.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ClusterConfigError(f"no usable kubeconfig: {error}") from error
    if not stat.S_ISREG(found.st_mode):
        raise ClusterConfigError(f"no usable kubeconfig: {path} is not a file")
    if found.st_size > SIZE_LIMIT:
        raise ClusterConfigError(f"no usable kubeconfig: {path} has {found.st_size >> 20} MB")


def _from_files(paths: str, context: str | None, settings: Any, ends_at: float) -> tuple[str, str, Any]:
    from kubernetes import config
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger
    from yaml import YAMLError

    try:
        # Parsing is slow, and some kinds of credentials read files or send requests without a limit.
        merged = _within(ends_at, lambda: KubeConfigMerger(paths).config)
        if merged is None:
            raise ClusterConfigError(f"no usable kubeconfig: there is none at {paths}")
        loader = KubeConfigLoader(merged, active_context=context, config_base_path=None)
        active = loader.current_context
        renew = _log_in(merged, active["context"], settings, ends_at)
        _within(ends_at, lambda: loader.load_and_set(settings))
        _require_token(merged, active["context"], settings)
        settings.refresh_api_key_hook = renew or settings.refresh_api_key_hook
        return str(active["name"]), str(active["context"].get("namespace") or "default"), settings
    except PluginError as error:
        raise ClusterConfigError(str(error)) from error
    except (config.ConfigException, YAMLError, OSError, ValueError) as error:
        raise ClusterConfigError(f"no usable kubeconfig: {truncate(one_line(str(error)), DETAIL)}") from error
    # What the client's loader raises where a file has something else than it expects.
    except (TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ClusterConfigError(f"no usable kubeconfig: {paths} has another structure ({error})") from error


def _log_in(merged: Any, about: dict[str, Any], settings: Any, ends_at: float) -> Renew | None:
    """Replaces the credential plug-in of the context's user, if any, by its credentials; returns what renews them."""
    name, found = about.get("user"), _user_of(merged, about)
    if found is None:
        return None
    user: dict[str, Any] = found.value["user"]
    if not user or not user.get("exec") or any(user.get(each) for each in ("token", "tokenFile", "auth-provider")):
        return None
    cluster = merged["clusters"].get_with_name(about["cluster"])
    known = dict(cluster.value["cluster"]) if user["exec"].get("provideClusterInfo") else None
    for extension in (known or {}).get("extensions") or ():
        if known and extension["name"] == "client.authentication.k8s.io/exec":
            known["config"] = extension["extension"]
    plugin = Plugin(str(name), user["exec"], Path(found.path or "").parent.absolute(), known)
    try:
        # The rest of the time is for reports, and for a run that the plug-in delays.
        plugin.log_in(user, max(ends_at - time.monotonic(), 0) / 2)
    except NoCredentialError as error:
        # The cluster is known, but no request to it can be sent.
        settings.api_key["BearerToken"] = ""
        return partial(_refuse, str(error))
    return plugin.renew


def _user_of(merged: Any, about: dict[str, Any]) -> Any:
    name = about.get("user")
    return merged["users"].get_with_name(name, safe=True) if name and merged.safe_get("users") else None


def _require_token(merged: Any, about: dict[str, Any], settings: Any) -> None:
    """Requires that an auth-provider, most of which kubectl no longer has, gives a token; otherwise nobody logs in.

    Raises:
        ClusterConfigError: it gives none.
    """
    found = _user_of(merged, about)
    provider = (found.value["user"] or {}).get("auth-provider") if found else None
    if provider and "BearerToken" not in settings.api_key:
        raise ClusterConfigError(
            f"the auth-provider {provider.get('name')} of user {about['user']} gives no token; kubectl needs a "
            "credential plug-in in its place since 1.26"
        )


def _refuse(reason: str, _: Any) -> None:
    raise NoCredentialError(reason)


def _within(ends_at: float, run: Callable[[], A]) -> A:
    """Returns the result of a function that may take indefinitely.

    Raises:
        ClusterConfigError: it has not ended in time.
    """
    done: Future[A] = Future()

    def work() -> None:
        try:
            done.set_result(run())
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return done.result(max(ends_at - time.monotonic(), 0))
    except TimeoutError:
        raise ClusterConfigError("no usable kubeconfig: it could not be read in time") from None
