"""Commands of Vault."""

import json
from itertools import pairwise

from diagnose.commands.command import Command, Operator, Part, arguments
from diagnose.commands.others import EACH, for_each, typed


def vault(*words: str, address: str = "") -> Command:
    """A command of Vault; the words are literals, or come from `arguments`."""
    return Command(*((f"VAULT_ADDR={address}",) if address else ()), "vault", *words)


def within(namespace: str, command: Command) -> Command:
    """The command with a namespace of Vault (Enterprise, HCP) for each of its calls, none for ""."""
    if not namespace:
        return command
    parts: list[Part] = []
    for at, (previous, part) in enumerate(pairwise((Operator.THEN, *command.parts))):
        # What is run for each line of a pipe has the variables of what runs it.
        runs = part == "vault" or command.parts[at : at + len(EACH) + 1] == (*EACH, "vault")
        starts = runs and isinstance(previous, Operator)
        parts += [f"VAULT_NAMESPACE={namespace}", part] if starts else [part]
    return Command(*parts)


def needs_address(command: Command) -> bool:
    """Whether it runs `vault` without naming the server, which the reader's environment then has to name."""
    before: Part = Operator.THEN
    for part in command.parts:
        if part == "vault" and isinstance(before, Operator):
            return True
        before = Operator.THEN if str(part).startswith("VAULT_NAMESPACE=") else part
    return False


def status(address: str = "") -> Command:
    """Shows whether a server is unsealed."""
    return vault("status", address=address)


def read(path: str) -> Command:
    """Shows what is at a path."""
    return vault("read", *arguments(path))


def list_names(path: str) -> Command:
    """Shows the names below a path."""
    return vault("list", *arguments(path))


def write(path: str, *pairs: str) -> Command:
    """Writes KEY=VALUE pairs to a path."""
    return vault("write", *arguments(path, *map(_pair, pairs)))


def update(path: str, settings: dict[str, str | bool]) -> Command:
    """Changes some settings at a path of which each write replaces all; the settings are literals."""
    merged = Command("jq", f".data + {json.dumps(settings)}")
    return vault("read", "-format=json", *arguments(path)).pipe(merged).pipe(vault("write", *arguments(path, "-")))


def update_newest(verb: str, path: str) -> Command:
    """Works on the newest version of a secret of a KV engine."""
    plain = path.replace("/data/", "/", 1)
    newest = vault("read", "-field=current_version", *arguments(path.replace("/data/", "/metadata/", 1)))
    return newest.pipe(for_each(vault("kv", verb, "-versions=@", *arguments(plain))))


def list_auth() -> Command:
    """Shows which auth methods are enabled, and where."""
    return vault("auth", "list")


def enable_kubernetes(mount: str) -> Command:
    """Enables Kubernetes auth at a mount."""
    return vault("auth", "enable", f"-path={mount}", "kubernetes")


def read_policy(name: str) -> Command:
    """Shows a policy."""
    return vault("policy", "read", *arguments(name))


def write_policy(name: str) -> Command:
    """Writes a policy from what it reads."""
    return vault("policy", "write", *arguments(name, "-"))


def kv(verb: str, path: str, *pairs: str, flags: tuple[str, ...] = ()) -> Command:
    """Works on a secret of a KV engine, by its path in the CLI, which lacks the /data/ of the API's."""
    return vault("kv", *verb.split(), *flags, *arguments(path.replace("/data/", "/", 1), *map(_pair, pairs)))


def type_values(path: str, keys: tuple[str, ...], *, new: bool = False) -> Command:
    """Sets keys of a secret of a KV engine to values that are typed at a prompt; the other keys are retained."""
    made: Command | None = None
    for key in keys:
        verb = "put" if new and made is None else "patch"
        stored = vault("kv", verb, *arguments(path.replace("/data/", "/", 1), f"{key}=-"))
        typed_in = typed(key).pipe(stored)
        made = made.then(typed_in) if made else typed_in
    return made or kv("put", path, "KEY=NEW_VALUE")


def _pair(pair: str) -> str:
    """KEY=VALUE with a value that is none of a file or of the input: the first is escaped, the second left out."""
    key, sign, value = pair.partition("=")
    if value == "-":
        return f"{key}=NEW_VALUE"
    return f"{key}{sign}\\{value}" if value.startswith("@") else pair


def list_peers() -> Command:
    """Shows the servers of the cluster, and which one leads."""
    return vault("operator", "raft", "list-peers")


def unseal(address: str = "") -> Command:
    """Unseals a server with one key."""
    return vault("operator", "unseal", address=address)


def allow_read(policy: str, path: str, *, new: bool = False) -> Command:
    """Adds the right to read a path to a policy, or makes a new one of it."""
    # Shells differ in what `echo` makes of a backslash.
    plain = "PATH" if {'"', "\\"} & set(path) else path
    rule = Command("echo", f'path "{plain}" {{ capabilities = ["read"] }}')
    if new:
        return rule.pipe(write_policy(policy))
    both = (Operator.OPEN, *read_policy(policy).parts, Operator.THEN, *rule.parts, Operator.CLOSE)
    return Command(*both, Operator.PIPE, *write_policy(policy).parts)


def list_keys(path: str) -> Command:
    """Shows the names of a secret's keys."""
    return kv("get", path, flags=("-format=json",)).pipe(Command("jq", ".data.data | keys"))
