"""Where the nodes' containerd finds a registry, as faults set it."""

import shutil

from tests.lab.kubernetes.settings import existing_nodes


def lead(host: str, url: str) -> None:
    """Let every node ask for images of a host at this address; containerd reads it anew for each pull."""
    for node in existing_nodes():
        folder = node.folder / "registries" / host
        folder.mkdir(exist_ok=True)
        (folder / "hosts.toml").write_text(f'server = "{url}"\n')


def forget(host: str) -> None:
    """Undo `lead`."""
    for node in existing_nodes():
        shutil.rmtree(node.folder / "registries" / host, ignore_errors=True)
