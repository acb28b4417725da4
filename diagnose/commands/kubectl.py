"""Commands of kubectl; a name from the cluster that begins with a dash is written KIND/NAME, which is no flag."""

import json
from typing import Any

from diagnose.commands.command import Command, arguments, option


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


def describe(kind: str, *names: str, namespace: str = "", selector: str = "") -> Command:
    """Describes objects, with their events."""
    return kubectl("describe", *resource(kind, *names), *option("-l", selector), namespace=namespace)


def logs(
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
    text = json.dumps(change, separators=(",", ":"))
    return kubectl("patch", *resource(kind, name), *option("--type", how), "-p", text, namespace=namespace)


def edit(kind: str, name: str, *, namespace: str = "") -> Command:
    """Opens an object in an editor."""
    return kubectl("edit", *resource(kind, name), namespace=namespace)


def scale(kind: str, name: str, replicas: int, *, namespace: str) -> Command:
    """Sets how many pods a workload has."""
    return kubectl("scale", f"{kind}/{name}", f"--replicas={replicas}", namespace=namespace)


def delete(kind: str, *names: str, namespace: str = "") -> Command:
    """Deletes objects."""
    return kubectl("delete", *resource(kind, *names), namespace=namespace)


def create(kind: str, name: str, *flags: str, namespace: str = "", subtype: str = "") -> Command:
    """Creates an object; a flag is FLAG=VALUE in one word."""
    positional = arguments(*((subtype, name) if subtype else (name,)))
    if positional[0] == "--":
        return kubectl("create", kind, *flags, *positional, namespace=namespace)
    return kubectl("create", kind, *positional, *flags, namespace=namespace)


def can_i(*what: str, account: str = "", namespace: str = "") -> Command:
    """Asks whether somebody may do something; `account` is a user's full name."""
    return kubectl("auth", "can-i", *what, *((f"--as={account}",) if account else ()), namespace=namespace)


def uncordon(*nodes: str) -> Command:
    """Lets the scheduler use nodes again."""
    return kubectl("uncordon", *arguments(*nodes))


def taint(nodes: tuple[str, ...], *changes: str) -> Command:
    """Changes taints of nodes; a change that ends with a dash removes one."""
    return kubectl("taint", "nodes", *arguments(*nodes, *changes))


def top_pods(*flags: str, namespace: str) -> Command:
    """Shows what pods use of CPU and memory."""
    return kubectl("top", "pods", *flags, namespace=namespace)
