"""What is proved of the templates, a function each; a proof that does not hold raises AssertionError."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.lab.argo import workflows
from tests.lab.argo.workflows import RIGHTS, Ended, Step
from tests.lab.kubernetes.shell import LabError
from tests.lab.services.cluster import kubectl
from tests.lab.services.settings import NAMESPACE, RELEASE

Parameters = dict[str, str]
NOWHERE = {"namespace": "default", "phase": "post"}
"""A namespace without a workload: one may be deployed, so a waiting gate keeps waiting."""


def gate(image: str, **options: str) -> tuple[Ended, Step]:
    """One gate, run to its end; the parameters of its template are given by the workflow of `gated`."""
    name = workflows.start("lab-gated", {"image": image, "phase": "post", "namespace": NAMESPACE, **options})
    found = workflows.ended(name)
    return found, found.steps["gate"]


def passes(image: str) -> str:
    """A healthy worker opens the gate."""
    found, step = gate(image)
    assert (found.phase, step.exit_code, step.tries) == ("Succeeded", "0", 1), found
    assert step.report["exit_code"] == 0, step
    assert step.report["complete"], step
    assert "GATE OPEN" in step.outputs["summary"], step
    return f"exit 0 in {found.seconds:.0f} s"


def fails(image: str) -> str:
    """A failure closes it, and is not tried again."""
    found, step = gate(image, **NOWHERE)
    assert (found.phase, step.exit_code, step.tries) == ("Failed", "1", 1), found
    assert step.report["exit_code"] == 1, step
    assert step.report["causes"][0]["code"] == "workload.not-found", step
    return f"exit 1 in {found.seconds:.0f} s, one try"


def cannot_tell(image: str) -> str:
    """A missing right closes it, and is tried again as often as the template says."""
    with _without_rights():
        found, step = gate(image)
    assert (found.phase, step.exit_code, step.tries) == ("Failed", "3", 3), found
    assert step.report["exit_code"] == 3, step
    assert "forbidden" in step.outputs["summary"], step
    return f"exit 3 in {found.seconds:.0f} s, {step.tries} tries"


def requires(image: str) -> str:
    """A required check that was skipped closes it."""
    found, step = gate(image, require="release.version-runs workload.ready")
    assert (found.phase, step.exit_code) == ("Failed", "3"), found
    assert step.report["required"] == ["release.version-runs", "workload.ready"], step
    return f"exit 3 in {found.seconds:.0f} s, {step.tries} tries"


def times_out(image: str) -> str:
    """A wait that comes to its limit says what was still missing."""
    found, step = gate(image, **NOWHERE, wait="20s")
    assert (found.phase, step.exit_code) == ("Failed", "1"), found
    assert step.report["wait"]["ended"] == "deadline", step
    assert "still missing: workload.found" in " ".join(step.outputs["summary"].split()), step
    return f"exit 1 after {step.report['wait']['waited_s']:.0f} s and {step.report['wait']['tries']} looks"


def passes_its_deadline(image: str) -> str:
    """A pod that is killed at activeDeadlineSeconds closes the gate, and its report is there."""
    found, step = gate(image, **NOWHERE, wait="10m", deadline="60")
    assert (found.phase, step.phase, step.tries) == ("Failed", "Failed", 1), found
    return _cut_short(found, step)


def is_killed(image: str) -> str:
    """A pod that is deleted, as when its node is drained, closes the gate, and its report is there."""
    name = workflows.start("lab-gated", {"image": image, **NOWHERE, "wait": "10m"})
    pod = workflows.running_pod(name)
    time.sleep(20)
    kubectl("-n", workflows.NAMESPACE, "delete", "pod", pod, "--wait=false")
    found = workflows.ended(name)
    return _cut_short(found, found.steps["gate"])


def is_stopped(image: str) -> str:
    """A workflow that is stopped sends its gate a signal; the gate ends by itself and leaves its report."""
    name = workflows.start("lab-gated", {"image": image, **NOWHERE, "wait": "10m"})
    workflows.running_pod(name)
    time.sleep(20)
    kubectl("-n", workflows.NAMESPACE, "patch", "workflow", name, "--type=merge", "-p", '{"spec":{"shutdown":"Stop"}}')
    found = workflows.ended(name)
    return _cut_short(found, found.steps["gate"])


def _cut_short(found: Ended, step: Step) -> str:
    assert found.phase in {"Failed", "Error"}, found
    report = step.report
    assert report["exit_code"] != 0, step
    assert not report["complete"], step
    assert step.outputs["summary"], step
    stored = "its own report" if report.get("interrupted") else "the default of its outputs"
    return f"{step.phase}, exit code {step.exit_code or 'none'}, {step.message[:60]!r}, {stored}, {found.seconds:.0f} s"


def deploys(image: str, deployer: str) -> str:
    """Gate, deploy, gate: a good deploy stays."""
    before = _revision()
    found = _deploy(image, deployer, "--set podAnnotations.proof=good-$(date +%s)")
    assert found.phase == "Succeeded", found
    assert _revision() == before + 1
    assert found.steps["gate-after"].report["exit_code"] == 0, found
    return f"revision {before + 1}, in {found.seconds:.0f} s"


def rolls_back(image: str, deployer: str) -> str:
    """A deploy that breaks the worker is taken back to the revision before, and the workflow fails."""
    before = _revision()
    found = _deploy(image, deployer, "--set image.tag=never-built")
    assert found.phase == "Failed", found
    assert found.steps["gate-after"].exit_code == "1", found
    cause = found.steps["gate-after"].report["causes"][0]["code"]
    assert cause == "workload.image-not-found", cause
    assert found.steps["rollback"].phase == "Succeeded", found
    assert found.steps["gate-rolled-back"].exit_code == "0", found
    assert _revision() == before + 2
    return f"{cause}, back to revision {before} as {before + 2}, in {found.seconds:.0f} s"


def stays_closed(image: str, deployer: str) -> str:
    """Nothing is deployed through a closed gate."""
    before = _revision()
    with _without_rights():
        found = _deploy(image, deployer, "--set podAnnotations.proof=never")
    assert found.phase == "Failed", found
    assert "deploy" not in found.steps, found
    assert _revision() == before
    return f"revision is still {before}, in {found.seconds:.0f} s"


def looks_regularly(image: str) -> str:
    """The CronWorkflow starts a look by itself."""
    try:
        found = workflows.ended(workflows.every_minute(image))
    finally:
        workflows.never()
    assert (found.phase, found.steps["look"].exit_code) == ("Succeeded", "0"), found
    return f"exit 0 in {found.seconds:.0f} s"


def looks_at_an_incident(image: str) -> str:
    """The run of an alert succeeds and names the cause; another one about the same target waits for its end."""
    names = [workflows.start("diagnose-incident", {"image": image, "namespace": "default"}) for _ in range(2)]
    first, second = (workflows.ended(name) for name in names)
    assert {first.phase, second.phase} == {"Succeeded"}, (first, second)
    assert first.steps["look"].exit_code == "1", first
    assert "workload.not-found" in first.steps["look"].outputs["short"], first
    begun = min(node["startedAt"] for node in workflows.status(names[1])["nodes"].values() if node["type"] == "Pod")
    assert begun >= workflows.status(names[0])["finishedAt"], begun
    return f"exit 1 in {first.seconds:.0f} s, the other one after it"


def looks_at_a_fleet(image: str) -> str:
    """A pod for each namespace that has the worker, found by its label; then one page."""
    workflows.claim("diagnose-fleet")
    found = workflows.ended(workflows.start("diagnose-fleet", {"image": image}))
    assert found.phase == "Succeeded", found
    assert found.steps["merge"].outputs["summary"].startswith("1 target: "), found
    return f"{sum(name.startswith('look(') for name in found.steps)} namespace, in {found.seconds:.0f} s"


def misses_none_of_a_fleet(image: str) -> str:
    """A namespace without a worker, and one that does not exist, are on the page and in the exit code."""
    workflows.claim("diagnose-fleet")
    found = workflows.ended(workflows.start("diagnose-fleet", {"image": image, "namespaces": "msp,default,nowhere"}))
    page = found.steps["merge"].outputs["summary"]
    assert found.phase == "Failed", found
    assert found.steps["merge"].exit_code == "1", found
    assert all(name in page for name in ("default", "nowhere")), page
    return f"exit 1, in {found.seconds:.0f} s"


def _deploy(image: str, deployer: str, change: str) -> Ended:
    parameters = {
        "image": image,
        "namespace": NAMESPACE,
        "deploy-image": deployer,
        "deploy-command": f"helm -n {NAMESPACE} upgrade {RELEASE} /chart --reuse-values {change}",
    }
    return workflows.ended(workflows.start("diagnose-deploy", parameters))


def _revision() -> int:
    secrets = json.loads(kubectl("-n", NAMESPACE, "get", "secrets", "-l", f"owner=helm,name={RELEASE}", "-o", "json"))
    return max(int(each["metadata"]["labels"]["version"]) for each in secrets["items"])


@contextmanager
def _without_rights() -> Iterator[None]:
    kubectl("delete", "clusterrolebinding", "lab-diagnose")
    try:
        yield
    finally:
        kubectl("apply", "-f", str(RIGHTS))


GATES: tuple[Callable[[str], str], ...] = (
    passes,
    fails,
    cannot_tell,
    requires,
    times_out,
    passes_its_deadline,
    is_killed,
    is_stopped,
    looks_regularly,
    looks_at_an_incident,
    looks_at_a_fleet,
    misses_none_of_a_fleet,
)
FLOWS: tuple[Callable[[str, str], str], ...] = (deploys, rolls_back, stays_closed)


def attempt(proof: Callable[[], str]) -> tuple[bool, str]:
    """Whether a proof holds, and what it measured or why not."""
    try:
        return True, proof()
    except (AssertionError, LabError, KeyError) as error:
        return False, f"{type(error).__name__}: {error}"
