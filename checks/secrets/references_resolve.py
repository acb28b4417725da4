"""Do the Secrets and ConfigMaps that variables are taken from exist, with their keys?

No Secret is read for this: the kubelet's own message in the pod's status says it.
"""

from collections.abc import Iterator

from checks.references import missing_in, variables_from
from diagnose.check import Check, Code, Context
from diagnose.model import Finding, Step
from diagnose.probes.objects import Pod

REASONS = {"CreateContainerConfigError", "CreateContainerError"}
SECRET = Code(
    id="secrets.secret-not-found",
    meaning="A container takes a variable from a Secret that does not exist in its namespace, so it cannot be made.",
    fix="Create the Secret, or correct its name in the values of the release.",
)
CONFIG_MAP = Code(
    id="secrets.configmap-not-found",
    meaning="A container takes a variable from a ConfigMap that does not exist in its namespace, so it cannot be made.",
    fix="Create the ConfigMap, or correct its name in the values of the release.",
)
KEY = Code(
    id="secrets.key-not-found",
    meaning="A container takes a variable from a key that the Secret or ConfigMap does not have, so it cannot be made.",
    fix="Add the key, or correct its name in the values of the release.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each missing object or key, about all pods that wait for it."""
    waiting: dict[tuple[str, str, str], list[tuple[Pod, str]]] = {}
    for pod in ctx.target.pods:
        for status in (*pod.status.init_container_statuses, *pod.status.container_statuses):
            state = status.state.waiting
            if state and state.reason in REASONS and (missing := missing_in(state.message)):
                waiting.setdefault(missing, []).append((pod, status.name))
    for (kind, name, key), members in waiting.items():
        pod, container = members[0]
        wanted = next(
            (each for each in (*pod.spec.init_containers, *pod.spec.containers) if each.name == container), None
        )
        yield _finding(
            ctx,
            kind,
            name,
            key,
            variables_from(wanted, name, key),
            tuple(dict.fromkeys(each.name for each, _ in members)),
            container,
        )


def _finding(
    ctx: Context, kind: str, name: str, key: str, variables: str, pods: tuple[str, ...], container: str
) -> Finding:
    namespace = ctx.target.namespace
    word = "Secret" if kind == "secret" else "ConfigMap"
    flag = f"--from-literal={key or 'KEY'}=RIGHT_VALUE"
    sub = "secret generic" if kind == "secret" else "configmap"
    code = KEY if key else SECRET if kind == "secret" else CONFIG_MAP
    what = f"has no key {key}" if key else "does not exist"
    data = "stringData" if kind == "secret" else "data"
    mend = (
        Step(
            text=f"Add the key to the {word}.",
            command=f'kubectl -n {namespace} patch {kind} {name} -p \'{{"{data}":{{"{key}":"RIGHT_VALUE"}}}}\'',
            changes=f"{word} {namespace}/{name}",
        )
        if key
        else Step(
            text=f"Create the {word}.",
            command=f"kubectl -n {namespace} create {sub} {name} {flag}",
            changes=f"{word} {namespace}/{name}",
        )
    )
    look = Step(
        text=f"Or see which {word}s there are, and correct the name.", command=f"kubectl -n {namespace} get {kind}s"
    )
    return code.finding(
        f"{word} {namespace}/{name}, from which {container} takes "
        f"{variables}, {what}, so the container cannot be made.",
        subjects=(f"{kind}/{name}",),
        pods=pods,
        steps=(mend, look),
        evidence=(
            ctx.saw(
                f"pod {pods[0]}, {container}",
                f"{word} {name} {what}",
                command=f"kubectl -n {namespace} describe pod {pods[0]}",
            ),
        ),
    )


REFERENCES_RESOLVE = Check(
    id="secrets.references-resolve",
    title="Secrets and keys that variables are taken from exist",
    ask=ask,
    codes=(SECRET, CONFIG_MAP, KEY),
)
