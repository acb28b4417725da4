"""Reads a pod template: what its variables, annotations and labels say about database, Temporal, Vault and release."""

import base64
import re

import msgspec

from diagnose.probes.objects import Container, Meta, Pod, PodTemplate
from diagnose.profile import Profile
from diagnose.target import VAULT, DatabaseFacts, Release, TemporalFacts, VaultFacts, VaultFile

_SOURCED = re.compile(r"(?:^|[\s;&])(?:\.|source)\s+[\"']?(?P<path>/[^\s;&\"']+)")
_FILE_NOTES = ("agent-inject-secret-", "agent-inject-template-file-", "agent-inject-template-")


class _Agent(msgspec.Struct, frozen=True):
    address: str = ""


class _AgentConfig(msgspec.Struct, frozen=True):
    vault: _Agent = _Agent()


def literal(container: Container, name: str) -> str:
    """The literal value of a variable, or "" where it has none."""
    variable = container.variable(name)
    return variable.value.strip() if variable else ""


def database(container: Container) -> DatabaseFacts | None:
    """The database of the environment; None where no host is named."""
    host = literal(container, "DB_HOST")
    if not host:
        return None
    port = _port(literal(container, "DB_PORT"), 5432)
    return DatabaseFacts(
        host=host,
        port=port,
        name=literal(container, "DB_NAME_SERVER") or "server",
        user=literal(container, "DB_USER_SERVER") or "app_user",
        admin_host=literal(container, "DB_HOST_ADMIN") or host,
        admin_port=_port(literal(container, "DB_PORT_ADMIN"), port),
        admin_user=literal(container, "DB_USER_ADMIN") or "postgres",
    )


def temporal(container: Container, profile: Profile) -> TemporalFacts | None:
    """The Temporal server and the queues of the environment; None where no address is named."""
    address = literal(container, "TEMPORAL_ADDRESS")
    if not address:
        return None
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
    named = literal(container, "TEMPORAL_TASK_QUEUES") or literal(container, "TEMPORAL_TASK_QUEUE")
    queues = [name.strip() for name in named.split(",") if name.strip()] or list(profile.default_queues)
    return TemporalFacts(
        host=host,
        port=_port(port, 7233),
        namespace=literal(container, "TEMPORAL_NAMESPACE") or "default",
        queues=tuple(dict.fromkeys((*queues, *profile.always_polled))),
    )


def vault(template: PodTemplate, container: Container, pods: tuple[Pod, ...]) -> VaultFacts:
    """What annotations, command and injected agents say about Vault (https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations)."""
    notes = {
        key.removeprefix(VAULT): value for key, value in template.metadata.annotations.items() if key.startswith(VAULT)
    }
    folder = notes.get("secret-volume-path", "/vault/secrets").rstrip("/")
    files = tuple(_vault_file(notes, name, folder) for name in _file_names(notes))
    script = "\n".join((*container.command, *container.args))
    folders = ("/vault/", f"{folder}/", *(f"{file.destination.rpartition('/')[0]}/" for file in files))
    read = (found["path"] for found in _SOURCED.finditer(script))
    sourced = tuple(dict.fromkeys(path for path in read if path.startswith(folders)))
    return VaultFacts(
        inject=notes.get("agent-inject"),
        role=notes.get("role", ""),
        auth_path=notes.get("auth-path", "auth/kubernetes"),
        address=notes.get("service", "") or _agent_address(pods),
        files=files,
        sourced=sourced,
    )


def _file_names(notes: dict[str, str]) -> list[str]:
    """The names that annotations give to files: by a path in Vault, or by a template alone."""
    names = set()
    for key, value in notes.items():
        before = next((each for each in _FILE_NOTES if key.startswith(each)), None)
        if before and value.strip() and len(key) > len(before):
            names.add(key.removeprefix(before))
    return sorted(names)


def _vault_file(notes: dict[str, str], name: str, folder: str) -> VaultFile:
    """A file as the injector names it: after its annotation, in lower case unless told otherwise."""
    kept = notes.get(f"preserve-secret-case-{name}", notes.get("preserve-secret-case", "")).lower() in {
        "1",
        "t",
        "true",
    }
    file_name = notes.get(f"agent-inject-file-{name}") or (name if kept else name.lower())
    return VaultFile(
        name=name,
        path=notes.get(f"agent-inject-secret-{name}", ""),
        template=notes.get(f"agent-inject-template-{name}") or notes.get(f"agent-inject-template-file-{name}", ""),
        destination=f"{notes.get(f'secret-volume-path-{name}', folder).rstrip('/')}/{file_name}",
    )


def release(meta: Meta, revision: str) -> Release | None:
    """The Helm release of an object's labels and annotations, None where nothing names one."""
    name = meta.annotations.get("meta.helm.sh/release-name") or meta.labels.get("app.kubernetes.io/instance", "")
    if not name:
        return None
    return Release(
        name=name,
        namespace=meta.annotations.get("meta.helm.sh/release-namespace", meta.namespace),
        chart=meta.labels.get("helm.sh/chart", ""),
        managed_by=meta.labels.get("app.kubernetes.io/managed-by", ""),
        revision=revision,
    )


def _agent_address(pods: tuple[Pod, ...]) -> str:
    """Vault's address in the configuration that the injector gave its agents."""
    for pod in pods:
        for container in (*pod.spec.init_containers, *pod.spec.containers):
            if not container.name.startswith("vault-agent"):
                continue
            if encoded := literal(container, "VAULT_CONFIG"):
                try:
                    return msgspec.json.decode(base64.b64decode(encoded), type=_AgentConfig).vault.address
                except (msgspec.DecodeError, ValueError):
                    continue
            if address := literal(container, "VAULT_ADDR"):
                return address
    return ""


def _port(text: str, default: int) -> int:
    """The number, or what the worker's driver takes for text that is none."""
    return int(text) if text.isdigit() and 0 < int(text) < 65536 else default
