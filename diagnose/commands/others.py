"""Commands of programs that few checks name."""

from diagnose.commands.command import Command, arguments, option


def curl(url: str, *flags: str) -> Command:
    """Gets a URL; the flags are literals."""
    return Command("curl", *flags, *arguments(url))


def speaks_tls(address: str) -> Command:
    """Shows whether HOST:PORT speaks TLS with HTTP/2."""
    return Command("openssl", "s_client", *option("-connect", address), "-alpn", "h2")


def show_certificate() -> Command:
    """Shows whose certificate a pipe gives in base64, and until when it is valid."""
    decoded = Command("base64", "-d")
    return decoded.pipe(Command("openssl", "x509", "-noout", "-subject", "-issuer", "-dates"))


def gate_manifest(*, namespace: str) -> Command:
    """Lets the gate judge a manifest that it reads from a pipe."""
    return Command("diagnose", "gate", "--phase", "pre", *option("-n", namespace), "--manifest", "-")


def role(*, namespace: str, command: str = "") -> Command:
    """Prints the role that a run of a command needs, without contact to the cluster."""
    return Command("diagnose", "rbac", "--offline", *option("-n", namespace), *option("--for", command))


def diagnosis(*, namespace: str) -> Command:
    """Diagnoses the worker of another namespace."""
    return Command("diagnose", "all", *option("-n", namespace))


def typed(name: str) -> Command:
    """Prompts for a secret value, which neither a screen nor a history shows, and passes it on."""
    return Command("bash", "-c", 'read -rsp "$1: " value && printf %s "$value"', "--", name)


def watch(*, namespace: str, workload: str = "") -> Command:
    """Diagnoses the worker of a namespace, or a workload, until it is healthy."""
    target = (*option("-n", namespace), *option("--workload", workload))
    return Command("diagnose", "watch", *target, "--until-healthy")


def pod_diagnosis(pod: str, *, namespace: str) -> Command:
    """Diagnoses a pod."""
    return Command("diagnose", "pod", *arguments(pod), *option("-n", namespace))


def grep(text: str, *flags: str) -> Command:
    """Shows the lines of a pipe that have a text; the flags are literals."""
    return Command("grep", *flags, *arguments(text))


EACH = ("xargs", "-I@")
"""What runs the program that is named after it."""


def for_each(command: Command) -> Command:
    """Runs a command for each line that a pipe gives, which stands for its `@`."""
    return Command(*EACH, *command.parts)


def without_line_breaks() -> Command:
    """Passes on what a pipe gives without its line breaks."""
    return Command("tr", "-d", r"\n")


def digest() -> Command:
    """Shows the SHA-256 sum of what a pipe gives."""
    return Command("sha256sum")


def signs_of_first_line() -> Command:
    """Shows the first line of a pipe sign by sign, with those that a terminal does not show."""
    return Command("head", "-1").pipe(Command("od", "-c"))


def without_carriage_returns() -> Command:
    """Takes the carriage returns at the ends of lines out of the texts of an object, in JSON as it comes by a pipe."""
    return Command("sed", r"s/\\r\\n/\\n/g")
