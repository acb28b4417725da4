"""What a program's own message says of the cause of its end: the kind of the error, and what it names."""

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check.api import Code, Context
from diagnose.commands import kubectl
from diagnose.model.report import Alternative, Step
from diagnose.resources import Pod
from diagnose.text.patterns import lazy

_PATH = r"[\"'`@ ]{0,8}(?P<it>(?<![\w.\-])/[\w.\-]{1,255}(?:/[\w.\-]{1,255}){0,20})"
_VARIABLE = r"[\"'`$ ]{0,8}(?P<it>(?-i:[A-Z][A-Z0-9_]{2,60}))"
_MOUNTS, _ARGUMENTS = "{.spec.containers[*].volumeMounts}", "{.spec.containers[*].args}"
_IMAGES, _PORTS = "{.spec.containers[*].image}", "{.spec.containers[*].ports}"
_VARIABLES = "{.spec.containers[*].env}{.spec.containers[*].envFrom}"
_USER = "{.spec.securityContext}{.spec.containers[*].securityContext}{.spec.volumes}"
_SERVICES = "services"
_SHOWN = {
    _VARIABLES: "List the variables of its containers.",
    _IMAGES: "Show its images.",
    _MOUNTS: "Show what is mounted where.",
    _USER: "Show the user and the mounts of the pod.",
    _ARGUMENTS: "Show the command that it runs.",
    _PORTS: "List the ports of the pod's containers.",
    _SERVICES: "List the Services with their addresses and ports.",
}


class Kind(msgspec.Struct, frozen=True):
    """A kind of error that programs of all languages report.

    Attributes:
        code: of the finding that stands for it, "" for none.
        pattern: of the message; its group `it` is what the message names.
        text: the sentence, with {it}.
        shows: what decides: fields of the pod, or the Services.
        fix: what a person has to do, with {it}.
    """

    code: str
    pattern: re.Pattern[str]
    text: str
    shows: str
    fix: str


def _kind(code: str, pattern: str, text: str, shows: str, fix: str) -> Kind:
    return Kind(code, lazy(pattern, re.IGNORECASE), text, shows, fix)


_KINDS = (
    _kind("", rf"{_PATH}[^/\n]{{0,60}}?\bexpired|\bexpired[^/\n]{{0,60}}?{_PATH.replace('it', 'before')}",
          "Not the file that is meant is at {it}: compare what is mounted there.", _MOUNTS,
          "Replace {it}, which has expired."),
    _kind("", r"(?P<it>\b(?:column|constraint|index|relation|sequence|table|type|key)\b [\"'`]?[\w.\-]{1,63}[\"'`]?)"
              r"(?: of \w{1,20} [\"'`]?[\w.\-]{1,63}[\"'`]?)? (?:already )?exists\b",
          "Another run makes {it} at the same time: list what runs.", _ARGUMENTS,
          "Take back what the run before has left ({it}), or record it as done; then run it again."),
    _kind("process.files-exhausted", r"too many open files|\bE[MN]FILE\b",
          "The process may open no more files: compare its limit with what it opens.", _ARGUMENTS,
          "Raise the limit of open files, or let the program close what it opens."),
    _kind("process.disk-full", r"no space left|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b",
          "A volume that it writes to is full: compare their sizes and limits.", _MOUNTS,
          "Enlarge the volume that it writes to, or find what fills it."),
    _kind("health.port-taken", r"address already in use|\bEADDRINUSE\b|port \d{1,5} (?:was|is) already",
          "Another process of the pod has its port.", _PORTS,
          "Give one of the two processes another port."),
    _kind("process.not-loadable", r"exec format error|shared librar|invalid ELF|GLIBC\S{0,40} not found|relocating",
          "Its program, or a library, does not match the node's processor or the image.", _IMAGES,
          "Use an image that is built for the node's processor, with the libraries that it loads."),
    _kind("workload.interpreter-not-found", rf"\bexec (?:failed)?:?{_PATH}[\"']?:? (?:failed: )?no such file",
          "The interpreter in the first line of {it} is not in the image, or the file is not.", _MOUNTS,
          "Correct the first line of {it}, or use an image that has its interpreter."),
    _kind("process.module-not-found",
          r"(?:no module named|cannot find (?:module|package)|cannot load such file --|can't locate"
          r"|ClassNotFoundException:|find or load main class|unable to (?:load|resolve) module)"
          r" ?[\"'`]?(?P<it>[\w./@\-]{1,200})",
          "The image lacks {it}, which the program loads: compare with the image that ran before.",
          _IMAGES, "Use an image that has {it}, or install it there."),
    _kind("secrets.key-pair-mismatch", r"private key (?:type )?does not match|key values mismatch|KEY_VALUES_MISMATCH",
          "A private key is not that of the certificate beside it.", _MOUNTS,
          "Put the private key of the certificate into its Secret, or the certificate of that key."),
    _kind("temporal.certificate-rejected",
          r"x509|certificate|\bPKIX\b|CERT_|tls: |ssl(?:v3)? (?:alert|error|routines)|handshake",
          "One side does not accept the certificate of the other: compare authority, names and dates.", _MOUNTS,
          "Replace the certificate, or give the other side the authority that signed it."),
    _kind("secrets.file-not-readable",
          rf"(?:permission denied|\bEACCES\b|AccessDenied\w{{0,20}}+)[^/\n]{{0,60}}?{_PATH}"
          rf"|{_PATH.replace('it', 'before')}[^/\n]{{0,40}}(?:permission denied|not readable)",
          "Its user may not use {it}: compare the file's owner and mode with the user.", _USER,
          "Let the container's user read {it}: by fsGroup, runAsUser or the mode of its volume."),
    _kind("process.file-missing",
          rf"(?:no such file[^/\n]{{0,60}}?|\bENOENT\b[^/\n]{{0,60}}?|(?:could not|cannot) find file){_PATH}"
          rf"|{_PATH.replace('it', 'before')}[^/\n]{{0,40}}(?:no such file|does not exist|not found)",
          "{it} is neither in the image nor in a volume.", _MOUNTS, "Put {it} into the image, or mount it."),
    _kind("config.variable-missing",
          rf"(?:KeyError:|key not found:|environment variable|env(?:ironment)? var|missing(?: required)?){_VARIABLE}\b"
          rf"|\b{_VARIABLE.replace('it', 'before')}[\"'`]?:? (?:is |was |are |must |has )?(?:not (?:set|be)|required"
        r"|missing"
          r"|undefined|unset|empty|be set|NotPresent|unbound|environment variable)",
          "No variable {it} reaches the program, or it is empty.", _VARIABLES, "Set {it} in the pod template."),
    _kind("database.login-rejected",
          r"password authentication|authentication failed|access denied for user|WRONGPASS|NOAUTH|28P01|login failed",
          "A server refuses the login: compare user and password with what the server has.", _VARIABLES,
          "Give the program a user and a password that the server has."),
    _kind("network.host-not-found",
          r"name or service not known|\bENOTFOUND\b|no such host|UnknownHost|translate host name|name does not resolve"
          r"|nodename nor servname|host not found",
          "The name of a host that it needs does not exist: compare it with those of the Services.", _SERVICES,
          "Correct the host in the program's settings, or create the Service."),
    _kind("network.refused", r"refused\b", "Nothing listens where it connects to: compare address and port.",
          _SERVICES, "Start what it connects to, or correct its address."),
    _kind("network.timed-out", r"timed? ?out|deadline exceeded|unreachable|no route to host|broken pipe|reset by peer",
          "A server that it needs does not answer, or something drops the packets.", _SERVICES,
          "Let the server that it names answer, or correct its address."),
    _kind("", r"(?:unknown|unrecogni[sz]ed|bad|invalid|undefined) (?:\w{1,20} )?(?:flag|option|argument)|flag provided"
              r"|required flag|arguments are required|^usage:",
          "Its command has an argument that the program does not know, or lacks one.", _ARGUMENTS,
          "Correct the arguments of the container's command."),
)  # fmt: skip


def stated(message: str) -> Iterator[Alternative]:
    """Yields what a message says of its cause, the most exact kind first."""
    for kind in _KINDS:
        if found := kind.pattern.search(message):
            yield Alternative(kind.text.format(it=_it(found)), kind.code)


def alternatives_of(code: Code, message: str) -> tuple[str, ...]:
    """Returns what a crash may follow from: what its message says first, then what its code does."""
    first = tuple(stated(message))[:2]
    known = {each.code for each in first}
    others = tuple(each for each in code.alternatives if getattr(each, "code", "") not in known - {""})
    return (*first, *others) if code.symptom else ()


def fixed_by(code: Code, message: str) -> Code:
    """Returns the code of a crash with what its message demands to be done in place of what helps in general."""
    found = next(((each, hit) for each in _KINDS if (hit := each.pattern.search(message))), None)
    if not code.symptom or found is None:
        return code
    kind, hit = found
    return replace(code, fix=kind.fix.format(it=_it(hit)))


def _it(hit: re.Match[str]) -> str:
    return next((text for text in hit.groupdict().values() if text), "it")


def deciding_steps(ctx: Context, pod: Pod, message: str) -> tuple[Step, ...]:
    """Returns the step that shows what decides about the kind of a message."""
    kind = next((each for each in _KINDS if each.pattern.search(message)), None)
    if kind is None:
        return ()
    namespace = ctx.target.namespace
    command = kubectl.get("pod", pod.name, namespace=namespace, output=f"jsonpath={kind.shows}")
    if kind.shows == _SERVICES:
        command = kubectl.get("services,endpointslices", namespace=namespace)
    return (Step(_SHOWN[kind.shows], command),)
