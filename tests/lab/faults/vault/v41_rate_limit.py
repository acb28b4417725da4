"""Vault's quota lets each address log in once an hour; behind a load balancer all agents have the same address."""

from tests.lab import vault_server, worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.vault._server import ADDRESS, annotate, remove_pods, run_pod
from tests.lab.shape import agent_says

QUOTA, BALANCER = "lab-logins", "lab-vault-lb"
# Uses the one login up by a vain one before it serves.
SCRIPT = f"""
const net = require("net");
fetch("{ADDRESS}/v1/auth/kubernetes/login", {{ method: "PUT", body: "{{}}" }}).then(() =>
  net.createServer((client) => {{
    const server = net.connect(8200, "vault.vault.svc");
    for (const each of [client, server]) each.on("error", () => {{ client.destroy(); server.destroy(); }});
    client.pipe(server).pipe(client);
  }}).listen(8200));
"""


def inject(lab: Lab) -> None:
    limit = ("path=auth/kubernetes/", "rate=1", "interval=1h")
    vault_server.vault(lab, "write", f"sys/quotas/rate-limit/{QUOTA}", *limit)
    containers = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["spec"]["template"]["spec"]["containers"]
    image = next(each["image"] for each in containers if each["name"] == worker.NAME)
    run_pod(lab, BALANCER, {"image": image, "command": ["node", "-e", SCRIPT]})
    annotate(lab, service=f"http://{BALANCER}.{vault_server.NAMESPACE}.svc:8200")


def heal(lab: Lab) -> None:
    remove_pods(lab, BALANCER)
    vault_server.vault(lab, "delete", f"sys/quotas/rate-limit/{QUOTA}")


FAULT = Fault(
    id="V41",
    title="Vault's rate limit refuses the logins",
    inject=inject,
    settled=lambda lab: agent_says(lab, "Code: 429"),
    heal=heal,
    causes=("vault.rate-limited",),
    names=("auth/kubernetes",),
)
