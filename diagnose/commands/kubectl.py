"""Commands of kubectl; a name from the cluster that begins with a dash is written KIND/NAME, which is no flag."""

import json
import re
from typing import Any

from diagnose.commands.command import Command, Operator, arguments, option, quote
from diagnose.commands.others import grep, typed, without_line_breaks

MOST_NAMES = 50
"""How many objects one command names at most, so that it stays readable."""


def field(name: str) -> str:
    """A field's name in a jsonpath, with all signs of its syntax escaped."""
    return re.sub(r"[^\w-]", r"\\\g<0>", name)


def text(value: str) -> str:
    """A text in a jsonpath's filter."""
    return json.dumps(value, ensure_ascii=False)


def kubectl(*words: str, namespace: str = "") -> Command:
    """A command of kubectl in a namespace; the words are literals, or come from `option` and `resource`."""
    return Command("kubectl", *option("-n", namespace), *words)


def resource(kind: str, *names: str) -> tuple[str, ...]:
    """Objects of a kind as kubectl takes them: KIND NAME …."""
    if any(name.startswith("-") for name in names) or kind.startswith("-"):
        return tuple(f"{kind.lstrip('-')}/{name}" for name in names)
    return (kind, *names)


def get(
    kind: str,
    *names: str,
    namespace: str = "",
    everywhere: bool = False,
    selector: str = "",
    fields: str = "",
    output: str = "",
    flags: tuple[str, ...] = (),
) -> Command:
    """Shows objects; `everywhere` are those of all namespaces, `flags` are further ones, as literals."""
    return kubectl(
        "get",
        *resource(kind, *names),
        *(("-A",) if everywhere else ()),
        *option("-l", selector),
        *option("--field-selector", fields),
        *option("-o", output),
        *flags,
        namespace=namespace,
    )


def named_by(kinds: str, column: str, name: str) -> Command:
    """Shows kind and name of the objects of all namespaces that have a name in a field."""
    columns = f"custom-columns=KIND:.kind,NAME:.metadata.name,NAMED:{column}"
    return get(kinds, output=columns).pipe(grep(name, "-Fw"))


def describe(kind: str, *names: str, namespace: str = "", selector: str = "") -> Command:
    """Describes objects, with their events."""
    return kubectl("describe", *resource(kind, *names), *option("-l", selector), namespace=namespace)


def log(
    pod: str = "",
    container: str = "",
    *,
    namespace: str,
    selector: str = "",
    previous: bool = False,
    tail: int = 0,
    flags: tuple[str, ...] = (),
) -> Command:
    """Prints logs of a pod (or of KIND/NAME), or of those that a selector finds."""
    named = f"pod/{pod}" if pod.startswith("-") else pod
    return kubectl(
        "logs",
        *((named,) if named else ()),
        *option("-l", selector),
        *option("-c", container),
        *(("--previous",) if previous else ()),
        *flags,
        *((f"--tail={tail}",) if tail else ()),
        namespace=namespace,
    )


def run_in(pod: str, *words: str, namespace: str, container: str = "", terminal: bool = False) -> Command:
    """Runs a program in a container of a pod (or of KIND/NAME)."""
    named = f"pod/{pod}" if pod.startswith("-") else pod
    flags = ("-it",) if terminal else ()
    return kubectl("exec", *flags, named, *option("-c", container), "--", *words, namespace=namespace)


def patch(kind: str, name: str, change: Any, *, namespace: str = "", how: str = "") -> Command:
    """Patches an object with plain data; `how` is "merge" or "json", by default a strategic merge."""
    return kubectl("patch", *resource(kind, name), *option("--type", how), "-p", _json(change), namespace=namespace)


def _json(change: Any) -> str:
    return json.dumps(change, separators=(",", ":"))


def edit(kind: str, name: str, *, namespace: str = "") -> Command:
    """Opens an object in an editor."""
    return kubectl("edit", *resource(kind, name), namespace=namespace)


def scale(kind: str, name: str, replicas: int, *, namespace: str) -> Command:
    """Sets how many pods a workload has."""
    return kubectl("scale", f"{kind}/{name}", f"--replicas={replicas}", namespace=namespace)


def delete(kind: str, *names: str, namespace: str = "", grace_s: int | None = None) -> Command:
    """Deletes objects, of very many ones the first; `grace_s` is for how long pods may run on."""
    grace = () if grace_s is None else (f"--grace-period={grace_s}",)
    return kubectl("delete", *resource(kind, *names[:MOST_NAMES]), *grace, namespace=namespace)


def create(kind: str, name: str, *flags: str, namespace: str = "", subtype: str = "") -> Command:
    """Creates an object; a flag is FLAG=VALUE in one word."""
    what = (kind, subtype) if subtype else (kind,)
    return kubectl("create", *what, *arguments(name, options=flags), namespace=namespace)


def can_i(*what: str, account: str = "", namespace: str = "") -> Command:
    """Returns the query whether an account has a right; `account` is a user's full name."""
    return kubectl("auth", "can-i", *what, *((f"--as={account}",) if account else ()), namespace=namespace)


def cordon(*nodes: str) -> Command:
    """Lets the scheduler put no more pods on nodes."""
    return kubectl("cordon", *arguments(*nodes))


def uncordon(*nodes: str) -> Command:
    """Lets the scheduler use nodes again."""
    return kubectl("uncordon", *arguments(*nodes))


def label(kind: str, names: tuple[str, ...], *changes: str, namespace: str = "") -> Command:
    """Changes labels of objects; a change that ends with a dash removes one."""
    return kubectl("label", *resource(kind, *names), *arguments(*changes), namespace=namespace)


def taint(nodes: tuple[str, ...], *changes: str) -> Command:
    """Changes taints of nodes; a change that ends with a dash removes one."""
    return kubectl("taint", "nodes", *arguments(*nodes, *changes))


def top_pods(*flags: str, namespace: str) -> Command:
    """Shows what pods use of CPU and memory."""
    return kubectl("top", "pods", *flags, namespace=namespace)


LOGIN = "diagnose-login"
"""The directory that has a login for a moment: no file of the reader has its name."""


def create_pull_secret(name: str, registry: str, *, namespace: str, replaces: bool = False) -> Command:
    """Logs in to a registry, which prompts for user and password, and makes the login a pull secret.

    One that it replaces is deleted before, since the type of a Secret cannot be changed. The login is removed also
    where the Secret is not created.
    """
    flags = ("--type=kubernetes.io/dockerconfigjson", f"--from-file=.dockerconfigjson={LOGIN}/config.json")
    made = create("secret", name, *flags, namespace=namespace, subtype="generic")
    login = Command("docker", "--config", LOGIN, "login", *arguments(registry))
    if replaces:
        made = delete("secret", name, namespace=namespace).add("--ignore-not-found").then(made)
    return Command(*login.then(made).parts, Operator.THEN, "rm", "-rf", LOGIN)


def create_secret(name: str, keys: tuple[str, ...], *, namespace: str) -> Command:
    """Creates a Secret, with the value of its key typed at a prompt; those of several keys as lines KEY=value."""
    if len(keys) != 1:
        return create("secret", name, "--from-env-file=/dev/stdin", namespace=namespace, subtype="generic")
    made = create("secret", name, f"--from-file={keys[0]}=/dev/stdin", namespace=namespace, subtype="generic")
    return typed(keys[0]).pipe(made)


def store_key_pair(name: str, *, certificate: str, key: str, namespace: str) -> Command:
    """Sets the two keys of a Secret that have a certificate and its private key to files that a person has."""
    return _stored(name, f"{certificate}=RIGHT_CERTIFICATE", f"{key}=RIGHT_KEY", namespace=namespace)


def set_secret_key(name: str, key: str, *, namespace: str) -> Command:
    """Sets one key of a Secret to a value that is typed at a prompt."""
    return typed(key).pipe(_stored(name, f"{key}=/dev/stdin", namespace=namespace))


def copy_to_secret_key(pod: str, container: str, variable: str, name: str, key: str, *, namespace: str) -> Command:
    """Sets one key of a Secret to the value of a variable in a running container, unless it has none there."""
    value = run_in(pod, "printenv", *arguments(variable), namespace=namespace, container=container)
    copied = value.pipe(without_line_breaks()).pipe(_stored(name, f"{key}=/dev/stdin", namespace=namespace))
    return value.pipe(grep(".", "-q")).then(copied)


def _stored(name: str, *files: str, namespace: str) -> Command:
    """Sets keys of a Secret to what is in files, each of which is KEY=PATH."""
    flags = (*(f"--from-file={each}" for each in files), "--dry-run=client", "--output=json")
    change = create("secret", name, *flags, namespace=namespace, subtype="generic")
    return change.pipe(kubectl("patch", *resource("secret", name), "--patch-file=/dev/stdin", namespace=namespace))


_LABELS = {"labels": {"controller-uid": None, "batch.kubernetes.io/controller-uid": None}}
_OF_ANY: dict[str, Any] = {"status": None, "metadata": {"uid": None, "resourceVersion": None}}
_META = {**_OF_ANY["metadata"], **_LABELS}
_OF_SERVER: dict[str, dict[str, Any]] = {
    # The rest is set anew for a Job, whatever it has.
    "job": {"spec": {"selector": None, "template": {"metadata": _LABELS}}},
    "pod": {**_OF_ANY, "metadata": _META, "spec": {"nodeName": None}},
}
"""What the API server has set in an object of a kind, and takes in none that is created."""


def recreate(kind: str, name: str, *, namespace: str) -> Command:
    """Deletes a Job or Pod and creates it again."""
    return _as_created(kind, name, namespace).pipe(kubectl("replace", "--force", "-f", "-", namespace=namespace))


def recreate_with(kind: str, name: str, change: Command, *, namespace: str) -> Command:
    """Deletes a Job or Pod and creates it again, with a change of its own that is made on the way."""
    changed = _as_created(kind, name, namespace).pipe(_on_input(kind, name, change))
    return changed.pipe(kubectl("replace", "--force", "-f", "-", namespace=namespace))


def _as_created(kind: str, name: str, namespace: str) -> Command:
    cleared = _local("patch", "--type", "merge", "-p", _json(_OF_SERVER.get(kind, _OF_ANY)))
    return get(kind, name, namespace=namespace, output="json").pipe(cleared)


def _on_input(kind: str, name: str, change: Command) -> Command:
    """The change of an object by `kubectl set` or `kubectl patch`, for the object that it reads."""
    named = {f"{kind}/{name}", kind, name, "kubectl", "-n"}
    verb = ("set", change.parts[change.parts.index("set") + 1]) if change.has("set") else ("patch",)
    at = max(change.parts.index(each) for each in verb) + 1
    rest = [each for each in change.parts[at:] if each not in named]
    return _local(*verb, *rest)


def _local(*words: str) -> Command:
    """A change of the object that it reads, which it prints."""
    at = 2 if words[0] == "set" else 1
    return Command("kubectl", *words[:at], "--local", "-f", "-", "--output=json", *words[at:])


def endpoints(service: str, *, namespace: str) -> Command:
    """Shows the endpoints of a Service."""
    return get("endpointslices", namespace=namespace, selector=f"kubernetes.io/service-name={service}")


def dns_label(namespace: str) -> str:
    """The label of the pods of the cluster's DNS in a namespace."""
    return "dns.operator.openshift.io/daemonset-dns=default" if namespace == "openshift-dns" else "k8s-app=kube-dns"


def dns_pods(kinds: str = "pods", output: str = "wide", namespace: str = "kube-system") -> Command:
    """Shows the pods of the cluster's DNS."""
    return get(kinds, namespace=namespace, selector=dns_label(namespace), output=output)


def connect_from(pod: str, host: str, port: int, *, namespace: str, container: str) -> Command:
    """Opens a port from a container, whose bash reads the script as a second shell: the host is quoted for both."""
    script = f"exec 3<>/dev/tcp/{quote(host)}/{port}"
    return run_in(pod, "bash", "-c", script, namespace=namespace, container=container)


def vault_pods() -> Command:
    """Shows the pods of Vault's servers."""
    return get("pods", everywhere=True, selector="app.kubernetes.io/name=vault", output="wide")


def debug_node(node: str, *words: str) -> Command:
    """Runs a program of a node, in the node's own file system, by a pod that is made for it."""
    flags = ("-it", "--image=busybox", "--profile=sysadmin")
    return kubectl("debug", f"node/{node}", *flags, "--", "chroot", "/host", *words)


def forward(service: str, port: int, local: int, *, namespace: str) -> Command:
    """Forwards a port of a Service to a local one."""
    return kubectl("port-forward", *arguments(f"service/{service}", f"{local}:{port}"), namespace=namespace)


def through_service(service: str, port: int, local: int, command: Command, *, namespace: str) -> Command:
    """Runs a command while a port of a Service is forwarded to a local one."""
    forwarded = forward(service, port, local, namespace=namespace)
    begin = (Operator.OPEN, *forwarded.parts, Operator.DISCARD, Operator.BACKGROUND, "sleep", "2", Operator.THEN)
    return Command(*begin, *command.parts, Operator.THEN, "kill", Operator.LAST_BACKGROUND, Operator.CLOSE)
