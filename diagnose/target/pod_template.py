"""Reads Vault and release from the variables, annotations and labels of a pod template."""

import base64
from collections.abc import Iterable, Iterator

import msgspec

from diagnose.resources import Container, Meta, Pod, PodTemplate, Webhook, WebhookConfiguration
from diagnose.target.target import (
    TRUE,
    VAULT,
    GitOpsController,
    LastChange,
    Release,
    VaultFacts,
    VaultFile,
)
from diagnose.text.decoding import from_json
from diagnose.text.patterns import lazy

_SOURCED = lazy(r"(?:^|[\s;&])(?:\.|source)\s+[\"']?(?P<path>/[^\s;&\"']+)")
_ASSIGNS = lazy(r"(?:^|[\s};])(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)=(?P<value>[^\n]*)")
_KEY = lazy(r"\.Data\.(?P<data>data\.)?(?P<field>\w+)|index\s+\.Data(?P<deep>\.data)?\s+\"(?P<index>[^\"]+)\"")
_READS = lazy(r"\bsecret\s+\"(?P<path>[^\"]+)\"")
_LOOPS = lazy(r"\{\{-?\s*range\b")
AGENT = "vault-agent"
ARGO_CD = "argocd.argoproj.io"
FLUX_HELM, FLUX_KUSTOMIZE = "helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"
CONTROLLERS = frozenset({"kube-controller-manager"})
AGENT_VOLUME = "vault-secrets"
_FILE_ANNOTATIONS = ("agent-inject-secret-", "agent-inject-template-file-", "agent-inject-template-")


class _Agent(msgspec.Struct, frozen=True):
    address: str = ""


class _Method(msgspec.Struct, frozen=True):
    mount_path: str = ""
    namespace: str = ""


class _AutoAuth(msgspec.Struct, frozen=True):
    method: _Method = _Method()


class _AgentConfig(msgspec.Struct, frozen=True):
    vault: _Agent = _Agent()
    auto_auth: _AutoAuth = _AutoAuth()


def literal(container: Container, name: str) -> str:
    """Returns the literal value of a variable, "" without one."""
    variable = container.variable(name)
    return variable.value.strip() if variable else ""


def vault(template: PodTemplate, container: Container, pods: tuple[Pod, ...]) -> VaultFacts:
    """Returns the Vault settings of annotations, command and injected agents (https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations)."""
    annotations = {
        key.removeprefix(VAULT): value for key, value in template.metadata.annotations.items() if key.startswith(VAULT)
    }
    folder = annotations.get("secret-volume-path", "/vault/secrets").rstrip("/")
    files = tuple(_vault_file(annotations, name, folder) for name in _file_names(annotations))
    script = "\n".join((*container.command, *container.args))
    folders = ("/vault/", f"{folder}/", *(f"{file.destination.rpartition('/')[0]}/" for file in files))
    own = tuple(
        f"{mount.mount_path.rstrip('/')}/"
        for mount in container.volume_mounts
        if not mount.name.startswith(AGENT_VOLUME)
    )
    read = (found["path"] for found in _SOURCED.finditer(script))
    sourced = tuple(dict.fromkeys(path for path in read if path.startswith(folders) and not path.startswith(own)))
    return VaultFacts(
        inject=annotations.get("agent-inject"),
        role=annotations.get("role", ""),
        auth_path=annotations.get("auth-path", "") or agent_mount(pods) or "auth/kubernetes",
        address=annotations.get("service", "") or agent_address(pods),
        files=files,
        sourced=sourced,
        namespace=annotations.get("namespace", "") or agent_namespace(pods),
    )


def _file_names(annotations: dict[str, str]) -> list[str]:
    """Returns the names of the files in annotations that give a path in Vault or a template."""
    keys = (key for key, value in annotations.items() if value.strip())
    prefixed = ((key, next((each for each in _FILE_ANNOTATIONS if key.startswith(each)), key)) for key in keys)
    return sorted({key.removeprefix(prefix) for key, prefix in prefixed if key != prefix})


def _vault_file(annotations: dict[str, str], name: str, folder: str) -> VaultFile:
    """Returns a file as the injector names it: like its annotation, in lower case unless that is turned off."""
    keeps_case = annotations.get(f"preserve-secret-case-{name}", annotations.get("preserve-secret-case", ""))
    file_name = annotations.get(f"agent-inject-file-{name}") or (name if keeps_case.lower() in TRUE else name.lower())
    return VaultFile(
        name=name,
        path=annotations.get(f"agent-inject-secret-{name}", ""),
        template=annotations.get(f"agent-inject-template-{name}")
        or annotations.get(f"agent-inject-template-file-{name}", ""),
        destination=f"{annotations.get(f'secret-volume-path-{name}', folder).rstrip('/')}/{file_name}",
    )


def release(meta: Meta, revision: str) -> Release | None:
    """Returns the Helm release of an object's labels and annotations, None where they name none."""
    release_name = meta.annotations.get("meta.helm.sh/release-name")
    name = release_name or meta.labels.get("app.kubernetes.io/instance", "")
    if not name:
        return None
    namespace = meta.annotations.get("meta.helm.sh/release-namespace", meta.namespace)
    return Release(
        name=name,
        namespace=namespace,
        chart=meta.labels.get("helm.sh/chart", ""),
        revision=revision,
        # Flux stores the records in the namespace of its HelmRelease.
        records=meta.labels.get(f"{FLUX_HELM}/namespace", namespace),
        by_helm=release_name is not None,
    )


def gitops(meta: Meta) -> GitOpsController | None:
    """Returns the GitOps controller of an object by the labels and annotations of Argo CD and Flux; None without one.

    https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ and https://fluxcd.io/flux/components/
    """
    for group, kind in ((FLUX_HELM, "HelmRelease"), (FLUX_KUSTOMIZE, "Kustomization")):
        if name := meta.labels.get(f"{group}/name"):
            return GitOpsController(
                tool="Flux", kind=kind, namespace=meta.labels.get(f"{group}/namespace", ""), name=name
            )
    tracked = meta.annotations.get(f"{ARGO_CD}/tracking-id", "").partition(":")[0]
    name = tracked or meta.labels.get(f"{ARGO_CD}/instance", "")
    if not name and any(each.manager.startswith("argocd") for each in meta.managed_fields):
        name = meta.labels.get("app.kubernetes.io/instance", "")
    if not name:
        return None
    # An application outside Argo CD's own namespace is written NAMESPACE_NAME.
    namespace, _, name = name.rpartition("_")
    return GitOpsController(tool="Argo CD", kind="Application", namespace=namespace, name=name)


def changed(meta: Meta) -> LastChange | None:
    """Returns the last change of an object's spec; scaling and status updates do not count."""
    found = [
        (each.time, each.manager)
        for each in meta.managed_fields
        if each.time and not each.subresource and each.manager not in CONTROLLERS
    ]
    at, by = max(found, default=(None, ""))
    return LastChange(by=by, at=at) if at else None


def agent_address(pods: Iterable[Pod]) -> str:
    """Returns Vault's address from the agents' configuration; that of the newest pod counts."""
    found = (_config_of(each).vault.address or literal(each, "VAULT_ADDR") for each in _agents(pods))
    return next(filter(None, found), "")


def agent_mount(pods: Iterable[Pod]) -> str:
    """Returns the mount at which the agents log in, such as auth/kubernetes; that of the newest pod counts."""
    return next(filter(None, (_config_of(each).auto_auth.method.mount_path for each in _agents(pods))), "")


def agent_namespace(pods: Iterable[Pod]) -> str:
    """Returns the namespace of Vault in which the agents log in; that of the newest pod counts."""
    found = (_config_of(each).auto_auth.method.namespace or literal(each, "VAULT_NAMESPACE") for each in _agents(pods))
    return next(filter(None, found), "")


def _agents(pods: Iterable[Pod]) -> Iterator[Container]:
    for pod in sorted(pods, key=lambda pod: pod.creation_order, reverse=True):
        for container in pod.spec.all_containers:
            if container.name.startswith(AGENT):
                yield container


def _config_of(agent: Container) -> _AgentConfig:
    """Returns the configuration that the injector wrote for an agent; an empty one where it comes from elsewhere."""
    try:
        return from_json(base64.b64decode(literal(agent, "VAULT_CONFIG")), _AgentConfig)
    except (msgspec.DecodeError, ValueError):
        return _AgentConfig()


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that a template assigns from a key of a secret.

    Attributes:
        key: the secret's key, "" where the template does not name one.
        path: the secret's path in Vault.
        versioned: whether the template reads KV version 2, whose values are below `.Data.data`.
    """

    name: str
    key: str
    path: str
    versioned: bool


def exports(file: VaultFile) -> tuple[Export, ...]:
    """Returns the variables that a file's template assigns."""
    found = []
    for hit in _ASSIGNS.finditer(file.template):
        read = _KEY.search(hit["value"])
        paths = _READS.findall(file.template[: hit.end()])
        found.append(
            Export(
                name=hit["name"],
                key=(read["field"] or read["index"]) if read else "",
                path=paths[-1] if paths else file.path,
                versioned=bool(read and (read["data"] or read["deep"])),
            )
        )
    return tuple(found)


def reads(file: VaultFile) -> tuple[str, ...]:
    """Returns the paths in Vault that the agent reads for a file, by its template, else by its annotation."""
    named = _READS.findall(file.template) or ([file.path] if file.path else [])
    return tuple(dict.fromkeys(path.partition("?")[0].strip("/") for path in named))


def is_open(file: VaultFile) -> bool:
    """Whether the variables of the file are known only once it is rendered."""
    return not exports(file) or bool(_LOOPS.search(file.template))


def injector_hooks(configurations: Iterable[WebhookConfiguration]) -> tuple[tuple[str, Webhook], ...]:
    """Returns the webhooks of the Vault agent injector, each with the name of its configuration."""
    return tuple((each.name, hook) for each in configurations for hook in each.webhooks if _is_injector(each, hook))


def _is_injector(configuration: WebhookConfiguration, hook: Webhook) -> bool:
    service = hook.client_config.service
    return (
        hook.name.endswith("vault.hashicorp.com")
        or configuration.metadata.labels.get("app.kubernetes.io/name") == "vault-agent-injector"
        or (service is not None and "vault-agent-injector" in service.name)
    )
