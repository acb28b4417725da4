"""Limits of the Temporal server of the 1.27 line, which it reads from a file while it runs."""

from tests.lab.cluster import Lab, wait_until

NAMESPACE, CONFIG, FILE = "temporal-legacy", "temporal-config", "dynamic.yaml"
STORED = "limits of Temporal"
SERVER = ("-n", NAMESPACE, "exec", "deployment/temporal-frontend", "--")


def set_limit(lab: Lab, name: str, value: int) -> None:
    """Give the server a setting; `restore` takes it back."""
    before = lab.item(NAMESPACE, "configmap", CONFIG)["data"][FILE]
    lab.memory.setdefault(STORED, before)
    _write(lab, f"{before}{name}: [{{value: {value}}}]\n")


def restore(lab: Lab) -> None:
    """Undo `set_limit`."""
    _write(lab, lab.memory[STORED])


def _write(lab: Lab, text: str) -> None:
    lab.patch(NAMESPACE, "configmap", CONFIG, {"data": {FILE: text}})
    # The kubelet writes a pod's files anew when the pod changes, and else within a minute or two.
    pod = lab.items(NAMESPACE, "pods", "app.kubernetes.io/name=temporal")[0]["metadata"]["name"]
    lab.kubectl("-n", NAMESPACE, "annotate", "pod", pod, f"example.com/limits={abs(hash(text))}", "--overwrite")
    read = (*SERVER, "cat", f"/etc/temporal/{FILE}")
    wait_until("the server has the file", lambda: lab.kubectl(*read).strip() == text.strip(), seconds=100)
