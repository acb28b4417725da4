"""A Vault of two servers lost its leader, and the one that is left alone elects none."""

import json

from tests.lab import vault_server
from tests.lab.cluster import Lab, LabError, wait_until
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import annotate, image, remove_pods, run_pod
from tests.lab.shape import agent_says

LEADER, FOLLOWER = "lab-vault-a", "lab-vault-b"
CONFIG = """
listener "tcp" {
  address = "0.0.0.0:8200"
  tls_disable = true
}
storage "raft" {
  path = "/data"
}
"""


def inject(lab: Lab) -> None:
    for name in (LEADER, FOLLOWER):
        run_pod(lab, name, _container(lab, name), files={"server.hcl": CONFIG})
    wait_until("both answer", lambda: _answers(lab, LEADER) and _answers(lab, FOLLOWER), seconds=60)
    keys = json.loads(_vault(lab, LEADER, "operator", "init", "-key-shares=1", "-key-threshold=1", "-format=json"))
    key = keys["unseal_keys_b64"][0]
    _vault(lab, LEADER, "operator", "unseal", key)
    wait_until("one leads", lambda: _mode(lab, LEADER) == "active", seconds=60)
    _vault(lab, FOLLOWER, "operator", "raft", "join", f"http://{LEADER}.{vault_server.NAMESPACE}.svc:8200")
    wait_until("the other is unsealed", lambda: _unseal(lab, FOLLOWER, key), seconds=60)
    lab.kubectl("-n", vault_server.NAMESPACE, "delete", "pod", LEADER, "--grace-period=0", "--force")
    annotate(lab, service=f"http://{FOLLOWER}.{vault_server.NAMESPACE}.svc:8200")


def heal(lab: Lab) -> None:
    remove_pods(lab, LEADER, FOLLOWER)


def _container(lab: Lab, name: str) -> dict[str, object]:
    own = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    addresses = {
        "VAULT_ADDR": "http://127.0.0.1:8200",
        "VAULT_API_ADDR": "http://$(POD_IP):8200",
        "VAULT_CLUSTER_ADDR": "https://$(POD_IP):8201",
        "VAULT_RAFT_NODE_ID": name,
    }
    return {
        "image": image(lab),
        "command": ["vault", "server", "-config=/lab/server.hcl"],
        "env": [own, *({"name": key, "value": value} for key, value in addresses.items())],
    }


def _vault(lab: Lab, server: str, *arguments: str) -> str:
    return lab.kubectl("-n", vault_server.NAMESPACE, "exec", server, "--", "vault", *arguments)


def _status(lab: Lab, server: str) -> dict[str, object]:
    # The command fails where the server is sealed, and prints its status all the same.
    text = lab.try_kubectl("-n", vault_server.NAMESPACE, "exec", server, "--", "vault", "status", "-format=json")
    found: dict[str, object] = json.loads(text) if text.startswith("{") else {}
    return found


def _answers(lab: Lab, server: str) -> bool:
    return "sealed" in _status(lab, server)


def _mode(lab: Lab, server: str) -> object:
    status = _status(lab, server)
    return "active" if status.get("is_self") else status.get("ha_mode")


def _unseal(lab: Lab, server: str, key: str) -> bool:
    try:
        _vault(lab, server, "operator", "unseal", key)
    except LabError:
        return False
    return _status(lab, server).get("sealed") is False


FAULT = Fault(
    id="V27",
    title="Vault has no active node",
    inject=inject,
    settled=lambda lab: agent_says(lab, "error authenticating"),
    heal=heal,
    causes=("vault.no-active-node",),
    names=(FOLLOWER,),
)
