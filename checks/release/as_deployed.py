"""Is the Deployment as its release defines it? The next upgrade reverts what was changed in the cluster.

Image, names of variables, resources and, without an autoscaler, replicas are compared. Runs only with --helm-history.
"""

from collections.abc import Iterator
from functools import reduce

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import OWNER
from diagnose.check.rights import Scope, helm_records, lists, optional
from diagnose.commands.command import NONE, Command
from diagnose.domain.delivery.helm import helm, history_of, release_of
from diagnose.domain.kubernetes.autoscaling import autoscalers_of
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.helm import ManifestObject
from diagnose.resources import Autoscaler, Deployment, image_reference, quantities

DRIFTED = Code(
    id="release.drifted",
    meaning="The Deployment differs from Helm's record of the release: it was changed in the cluster. The next upgrade "
    "or rollback reverts that, or combines with it.",
    fix="Move the change into the values of the release, or revert it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports differences between the manifest of the deployed revision and the live Deployment."""
    release = release_of(ctx)
    deployment = deployment_of(ctx)
    record = history_of(ctx, release).deployed
    made = record.made("Deployment", deployment.name) if record else None
    if record is None or made is None:
        raise NotApplicableError(f"no deployed revision of {release.name} contains the Deployment")
    differs = list(_differences(ctx, made, deployment))
    if not differs:
        return
    by = f" (last change: {who})" if (who := _last_change(deployment)) else ""
    listed, manifest = "; ".join(text for text, _ in differs), helm(release, "get manifest")
    yield DRIFTED.finding(
        f"Deployment {deployment.name} differs from revision {record.revision} of its release{by}: {listed}.",
        *_reverted(ctx, [command for _, command in differs]),
        Step("Read the release's manifest.", manifest),
        Step("Find out who changed what.", ctx.owner.get("yaml", ("--show-managed-fields",))),
        subjects=(f"deployment/{deployment.name}",),
        evidence=(ctx.record_evidence(f"deployment {deployment.name}", listed, command=manifest),),
    )


def _last_change(deployment: Deployment) -> str:
    """Returns who changed it last and when, other than Helm and the cluster's own controllers."""
    found = [
        (each.time, each.manager)
        for each in deployment.metadata.managed_fields
        if each.time and not each.subresource and each.manager not in {"helm", "kube-controller-manager"}
    ]
    return "{1} at {0:%Y-%m-%d %H:%M}".format(*max(found)) if found else ""


def _reverted(ctx: Context, commands: list[Command]) -> tuple[Step, ...]:
    """Returns the step that sets everything back; none where the record does not have all of it."""
    if not all(commands):
        return ()
    text = "Set it back to what the release has; to keep it, move it into the release's values instead."
    return (Step(text, reduce(Command.then, commands), changes=ctx.deployment),)


def _differences(ctx: Context, made: ManifestObject, deployment: Deployment) -> Iterator[tuple[str, Command]]:
    """Yields each difference with the command that takes it back, `NONE` where its value before is not known."""
    owner = ctx.owner
    for container in deployment.spec.template.spec.containers:
        desired = made.container(container.name)
        if desired is None:
            yield f"container {container.name} is not in it", NONE
            continue
        if desired.image != container.image:
            released, live = image_reference.parse(desired.image), image_reference.parse(container.image)
            by_tag = desired.image == released.with_tag(released.tag) and container.image == released.with_tag(live.tag)
            text = f"image {container.image}, not {desired.image}"
            if by_tag:
                text = f"image tag {live.tag}, not {released.tag}"
            yield text, owner.set_image(f"{container.name}={desired.image}")
        names, had = {each.name for each in container.env}, set(desired.variables)
        if added := sorted(names - had):
            remove = (f"{each}-" for each in added)
            yield f"added {', '.join(added)}", owner.set_env(*remove, container=container.name)
        if lacking := sorted(had - names):
            yield f"without {', '.join(lacking)}", NONE
        for part in ("requests", "limits"):
            live_of, had_of = getattr(container.resources, part), getattr(desired.resources, part)
            for name, text in _resources(part, live_of, had_of):
                flag = f"--{part}={name}={had_of.get(name, '')}"
                yield text, owner.set_resources(container.name, flag) if name in had_of else NONE
    if made.replicas not in {None, deployment.spec.replicas} and not autoscalers_of(ctx):
        text = f"{deployment.spec.replicas} replicas, not {made.replicas}"
        yield text, owner.scale(made.replicas)


def _resources(part: str, live: dict[str, str], had: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the resources of which the amounts differ, each with both."""
    for name in sorted({*live, *had}):
        if not _same(live.get(name, ""), had.get(name, "")):
            yield name, f"{part}.{name} {live.get(name, 'none')}, not {had.get(name, 'none')}"


def _same(live: str, had: str) -> bool:
    """Whether two quantities are equal, also in different notations."""
    amount = quantities.parse(live)
    return live == had or (amount is not None and amount == quantities.parse(had))


AS_DEPLOYED = Check(
    id="release.as-deployed",
    title="The Deployment is as its release defines it",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(DRIFTED,),
    occasions=(Occasion.AUDIT,),
    reads=(*OWNER, *helm_records(), *optional(lists(Scope.OWN, Autoscaler))),
)
