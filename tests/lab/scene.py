"""A namespace with workloads under test, other than the worker's: its healthy state, and the return to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tests.lab.cluster import JsonObject, Lab, wait_until

CONFIGURATION = (
    *("configmaps", "secrets", "services", "networkpolicies", "roles", "rolebindings", "resourcequotas"),
    *("poddisruptionbudgets", "persistentvolumeclaims", "serviceaccounts", "horizontalpodautoscalers"),
)
CONTROLLERS = ("deployments", "statefulsets", "daemonsets")
KINDS = (*CONFIGURATION, *CONTROLLERS, "jobs", "cronjobs")
VOLATILE = ("resourceVersion", "generation", "managedFields", "uid", "creationTimestamp")
COUNTED = "deployment.kubernetes.io/revision"
CLUSTER_CONFIG = "kube-root-ca.crt"
BACK_OFF = "CrashLoopBackOff"


@dataclass(frozen=True)
class Scene:
    """All that is in one namespace. A fault may change, add and delete whatever it likes of `KINDS`.

    Attributes:
        error: what only errors have in the logs of its programs: pods that logged one of an earlier fault are replaced.
    """

    namespace: str
    error: str = ""

    def is_deployed(self, lab: Lab) -> bool:
        """Whether the namespace exists, which `make lab` alone does not create."""
        return bool(lab.try_kubectl("get", "namespace", self.namespace, "--ignore-not-found", "-o", "name"))

    def wait_healthy(self, lab: Lab, seconds: float) -> float:
        """Wait until every workload has the pods that it wants, and return the seconds that this took."""

        def holds() -> bool:
            return self.is_healthy(lab) and not self._sweep(lab)

        return wait_until(f"all of {self.namespace} is ready", holds, seconds=seconds)

    def is_healthy(self, lab: Lab) -> bool:
        """Whether every workload is complete, and no pod is unready or on its way out."""
        workloads = lab.items(self.namespace, ",".join(CONTROLLERS))
        # Those of a CronJob stay where they failed during a fault, and others follow.
        jobs = [each for each in lab.items(self.namespace, "jobs") if not each["metadata"].get("ownerReferences")]
        pods = [pod for pod in self.pods(lab) if not (_is_done(pod) or _is_failed_run(pod))]
        are_done = all(each["status"].get("succeeded") for each in jobs)
        return bool(workloads) and are_done and all(map(is_complete, workloads)) and all(map(is_ready, pods))

    def remember_healthy(self, lab: Lab) -> None:
        """Stores all objects and pods of the healthy state."""
        lab.memory[self.namespace] = json.dumps([[kind, each] for kind, each in self._objects(lab)])
        lab.memory[f"{self.namespace}/pods"] = " ".join(pod["metadata"]["uid"] for pod in self.pods(lab))

    def go_back(self, lab: Lab) -> None:
        """Restore all objects of the healthy state, delete all others and the pods that are not ready."""
        healthy = {(kind, _name(each)): each for kind, each in json.loads(lab.memory[self.namespace])}
        present = {(kind, _name(each)): each for kind, each in self._objects(lab)}
        for kind, name in present.keys() - healthy.keys():
            # A claim goes when no pod uses it any more.
            self._delete(lab, kind, name, "--wait=false")
        for (kind, name), each in healthy.items():
            if present.get((kind, name)) != each:
                self._restore(lab, kind, each, exists=(kind, name) in present)
        # A StatefulSet never replaces a pod that is not ready, and a back-off may last for minutes.
        before = lab.memory[f"{self.namespace}/pods"].split()
        broken = [
            _name(pod)
            for pod in self.pods(lab)
            if not (is_ready(pod) or _is_done(pod)) or (_is_bare(pod) and pod["metadata"]["uid"] not in before)
        ]
        if broken:
            self._delete(lab, "pod", *broken, "--grace-period=1", "--wait=false")

    def pods(self, lab: Lab, prefix: str = "") -> list[JsonObject]:
        """All pods with names that begin so."""
        return [pod for pod in lab.items(self.namespace, "pods") if _name(pod).startswith(prefix)]

    def new_pods(self, lab: Lab) -> list[JsonObject]:
        """The living pods that the healthy state did not have, and those of it that are no longer ready."""
        before = lab.memory.get(f"{self.namespace}/pods", "").split()
        return [
            pod
            for pod in self.pods(lab)
            if not _is_done(pod)
            and "deletionTimestamp" not in pod["metadata"]
            and not (pod["metadata"]["uid"] in before and is_ready(pod))
        ]

    def set_env(self, lab: Lab, workload: str, *changes: str) -> None:
        """Set (`NAME=value`) or remove (`NAME-`) variables of a workload, which begins a rollout."""
        lab.kubectl("-n", self.namespace, "set", "env", workload, *changes)

    def patch(self, lab: Lab, workload: str, change: dict[str, Any]) -> None:
        """Change an object, as KIND/NAME, by a strategic merge patch."""
        kind, _, name = workload.partition("/")
        lab.patch(self.namespace, kind, name, change)

    def patch_container(self, lab: Lab, workload: str, name: str, change: dict[str, Any]) -> None:
        """Change a container of a workload's pod template."""
        self.patch(lab, workload, {"spec": {"template": {"spec": {"containers": [{"name": name, **change}]}}}})

    def apply(self, lab: Lab, *objects: JsonObject) -> None:
        """Create or change objects of the namespace."""
        lab.kubectl("-n", self.namespace, "apply", "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))

    def restart(self, lab: Lab, workload: str) -> None:
        """Begin a rollout of new pods from the same template."""
        lab.kubectl("-n", self.namespace, "rollout", "restart", workload)

    def change_job(self, lab: Lab, name: str, change: JsonObject, *containers: JsonObject) -> None:
        """Run a Job anew with its container changed and with more containers: its template cannot be changed."""
        job = _plain(lab.item(self.namespace, "job", name))
        spec = job["spec"]["template"]["spec"]
        spec["containers"] = [{**spec["containers"][0], **change}, *containers]
        self._restore(lab, "Job", job, exists=True)

    def logs(self, lab: Lab, prefix: str, text: str) -> bool:
        """Whether a container of such a pod has this text in the log of its present or its last run."""
        return any(
            text in lab.try_kubectl("-n", self.namespace, "logs", _name(pod), "--all-containers", *previous)
            for pod in self.pods(lab, prefix)
            for previous in ((), ("--previous",))
        )

    def is_older(self, lab: Lab, prefix: str, seconds: float) -> bool:
        """Whether such a pod was created longer ago than this."""
        made = [datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) for pod in self.pods(lab, prefix)]
        return any((datetime.now(UTC) - each).total_seconds() > seconds for each in made)

    def repeats(self, lab: Lab, prefix: str, text: str) -> bool:
        """Whether a running pod has logged this text three times in the last moments."""
        latest = ("--all-containers", "--since=90s")
        read = partial(lab.try_kubectl, "-n", self.namespace, "logs")
        return any(read(_name(pod), *latest).count(text) >= 3 for pod in self.pods(lab, prefix))

    def waits(self, lab: Lab, prefix: str, *reasons: str) -> bool:
        """Whether a container of such a pod waits for one of these reasons."""
        return any(
            status.get("state", {}).get("waiting", {}).get("reason") in reasons
            for pod in self.pods(lab, prefix)
            for status in pod["status"].get("containerStatuses", [])
        )

    def crashes(self, lab: Lab, prefix: str, text: str) -> bool:
        """Whether such a pod is in back-off after a run with this text in its log."""
        return self.waits(lab, prefix, BACK_OFF) and self.logs(lab, prefix, text)

    def has_failed(self, lab: Lab, name: str) -> bool:
        """Whether a Job has failed for good."""
        conditions = lab.item(self.namespace, "job", name)["status"].get("conditions", [])
        return any(each["type"] == "Failed" and each["status"] == "True" for each in conditions)

    def is_unready(self, lab: Lab, prefix: str) -> bool:
        """Whether such a pod runs, is to stay, and is not ready."""
        running = (pod for pod in self.pods(lab, prefix) if pod["status"].get("phase") == "Running")
        return any(not is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in running)

    def restarts(self, lab: Lab, prefix: str) -> int:
        """How often a container of such a pod was started again, at most."""
        pods = self.pods(lab, prefix)
        statuses = [each for pod in pods for each in pod["status"].get("containerStatuses", [])]
        return max((each["restartCount"] for each in statuses), default=0)

    def has_event(self, lab: Lab, prefix: str, text: str, *, times: int = 1) -> bool:
        """Whether objects with names that begin so have events with this text, so many in all.

        Those of a pod that is gone do not count: a StatefulSet gives its name to the next one.
        """
        present = {pod["metadata"]["uid"] for pod in self.pods(lab)}
        observed = 0
        for each in lab.items(self.namespace, "events"):
            of = each["involvedObject"]
            is_present = of.get("kind") != "Pod" or of.get("uid") in present
            if is_present and of.get("name", "").startswith(prefix) and text in each.get("message", ""):
                observed += each.get("count") or 1
        return observed >= times

    def _sweep(self, lab: Lab) -> list[str]:
        """Deletes running pods that have logged an error, and returns their names."""
        read = partial(lab.try_kubectl, "-n", self.namespace, "logs", "--all-containers")
        running = [_name(pod) for pod in self.pods(lab) if self.error and not _is_done(pod)]
        if found := [name for name in running if self.error in read(name)]:
            self._delete(lab, "pod", *found, "--grace-period=1", "--wait=false")
        return found

    def _objects(self, lab: Lab) -> Iterator[tuple[str, JsonObject]]:
        """All objects that no other object owns, but for what the cluster itself makes, without what it fills in."""
        for each in lab.items(self.namespace, ",".join(KINDS)):
            owners = each["metadata"].get("ownerReferences", [])
            if all(owner["kind"] == "WorkerDeployment" for owner in owners) and _name(each) != CLUSTER_CONFIG:
                yield each["kind"], _plain(each)

    def _restore(self, lab: Lab, kind: str, healthy: JsonObject, *, exists: bool) -> None:
        if kind == "Job" and exists:
            self._delete(lab, kind, _name(healthy))
        verb = "replace" if exists and kind != "Job" else "create"
        lab.kubectl("-n", self.namespace, verb, "-f", "-", stdin=json.dumps(healthy))

    def _delete(self, lab: Lab, kind: str, *names: str) -> None:
        lab.kubectl("-n", self.namespace, "delete", "--ignore-not-found", kind, *names)


ORDERS, SHIPPING, BILLING = map(Scene, ("orders", "shipping", "billing"))
SHOP = Scene("shop", error=" ERROR ")


def job(name: str, container: JsonObject, **pod: Any) -> JsonObject:
    """A Job that runs a container once, with more fields of its pods' spec."""
    spec = {"restartPolicy": "Never", "containers": [container], **pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": {"app": name}}, "spec": spec}},
    }


def is_ready(pod: JsonObject) -> bool:
    """Whether a pod is ready and not on its way out."""
    conditions = pod["status"].get("conditions", [])
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _is_bare(pod: JsonObject) -> bool:
    return not pod["metadata"].get("ownerReferences")


def _is_done(pod: JsonObject) -> bool:
    return bool(pod["status"].get("phase") == "Succeeded")


def _is_failed_run(pod: JsonObject) -> bool:
    """Whether a pod is a Job's and has failed: it stays after the fault for as long as its Job."""
    owners = pod["metadata"].get("ownerReferences", [])
    return pod["status"].get("phase") == "Failed" and any(owner["kind"] == "Job" for owner in owners)


def is_complete(workload: JsonObject) -> bool:
    """Whether a controller has as many ready pods of its present template as it wants."""
    status = workload["status"]
    if status.get("observedGeneration") != workload["metadata"]["generation"]:
        return False
    if workload["kind"] == "DaemonSet":
        desired = status["desiredNumberScheduled"]
        return bool(desired == status.get("numberReady", 0) == status.get("updatedNumberScheduled", 0))
    return bool(workload["spec"]["replicas"] == status.get("readyReplicas", 0) == status.get("updatedReplicas", 0))


def _plain(item: JsonObject) -> JsonObject:
    """An object as it is applied: without its status and what the API server counts."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in VOLATILE}
    metadata["annotations"] = {k: v for k, v in metadata.get("annotations", {}).items() if k != COUNTED}
    plain = {key: value for key, value in item.items() if key != "status"} | {"metadata": metadata}
    if item["kind"] == "Job":
        # Labels and selector with the uid of the old Job: the API server makes those of the new one.
        template = item["spec"]["template"]
        labels = {k: v for k, v in template["metadata"].get("labels", {}).items() if not _is_of_controller(k)}
        spec = {key: value for key, value in item["spec"].items() if key != "selector"}
        metadata["labels"] = {k: v for k, v in metadata.get("labels", {}).items() if not _is_of_controller(k)}
        plain["spec"] = spec | {"template": {**template, "metadata": {"labels": labels}}}
    return plain


def _is_of_controller(label: str) -> bool:
    return label.rpartition("/")[2] in ("controller-uid", "job-name")


def _name(item: JsonObject) -> str:
    found: str = item["metadata"]["name"]
    return found
