"""How shells read commands: each program is a function that prints its words, so that nothing runs."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from tempfile import NamedTemporaryFile

from diagnose.commands.command import Command, Operator

PROGRAMS = (
    "kubectl", "vault", "psql", "temporal", "helm", "argo", "argocd", "flux", "openssl", "docker", "curl", "jq", "grep",
    "sha256sum", "diagnose", "echo", "sleep", "kill", "base64", "head", "od", "sed", "tr", "xargs", "bash", "rm",
)  # fmt: skip
_END, _NEXT = "\x1dEND", "\x1dNEXT"
# A stage of a pipe reads all of the stage before, so that they print one after the other.
_HEAD = "exec 3>&1\n" + "".join(
    f"{each}() {{ while IFS= read -r _; do :; done; printf '%s\\0' {each} \"$@\" '{_END}' >&3; }}\n"
    for each in PROGRAMS
)
# What runs in the background prints first, and the number of its process is no word of a command.
_HEAD += f"sleep() {{ wait; printf '%s\\0' sleep \"$@\" '{_END}' >&3; }}\n"
_HEAD += f"kill() {{ printf '%s\\0' kill '{_END}' >&3; }}\n"
# Bash replaces !words of an interactive history in a script, too, where that is set.
SHELLS = {
    "bash": (("bash", "--norc", "--noprofile"), "set -o history -o histexpand\n"),
    "dash": (("dash",), ""),
    "zsh": (("zsh", "-f"), "setopt banghist interactivecomments\n"),
}
INSTALLED = tuple(shell for shell in SHELLS if shutil.which(shell))
_FLAG = re.compile(r"--?[A-Za-z][\w-]*=|-[hpUdc](?=-)")
Words = list[str]


def read(commands: Sequence[str], shell: str = "bash") -> list[list[Words]]:
    """Returns, for each command, the words of each program that it runs.

    Raises:
        AssertionError: the shell complains, as it does where it finds something else to run.
    """
    program, mode = SHELLS[shell]
    path = shutil.which(program[0])
    assert path, f"{shell} is not installed"
    lines = "".join(f"{each}\nprintf '%s\\0' '{_NEXT}' >&3\n" for each in commands)
    with NamedTemporaryFile() as file:
        file.write(f"PATH=\n{_HEAD}{mode}{lines}".encode())
        file.flush()
        run = subprocess.run(
            [path, *program[1:], file.name],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "HISTFILE": ""},
        )
    assert (run.returncode, run.stderr) == (0, b""), run.stderr[-2_000:]
    found: list[list[Words]] = [[]]
    words: Words = []
    for word in run.stdout.decode().split("\0")[:-1]:
        if word == _NEXT:
            found.append([])
        elif word == _END:
            found[-1].append(words)
            words = []
        else:
            words.append(word)
    return found[:-1]


def meant(command: Command) -> list[Words]:
    """Returns the words of each program, as the command was built."""
    found: list[Words] = [[]]
    for part in command.parts:
        if isinstance(part, Operator):
            found.append([])
        elif found[-1] or not part.startswith("VAULT_ADDR="):
            found[-1].append(part)
    return [each for each in found if each]


def flags(words: Iterable[str], hostile: re.Pattern[str]) -> list[str]:
    """Returns the words with something hostile that a program could take for a flag."""
    found = []
    for word in words:
        if word == "--":
            break
        # A flag of the command itself may have a hostile value, in the same word.
        own = _FLAG.match(word)
        if word.startswith("-") and hostile.search(word) and (own is None or hostile.search(own[0])):
            found.append(word)
    return found
