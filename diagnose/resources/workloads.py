"""Workloads: Deployments, ReplicaSets, StatefulSets and Jobs."""

from diagnose.resources.metadata import Condition, Object, Part, Time
from diagnose.resources.pods import PodTemplate
from diagnose.resources.selectors import Selector


class RollingUpdate(Part, frozen=True):
    """The limits of a rolling update, as a number or a percentage of pods."""

    max_surge: int | str | None = None
    max_unavailable: int | str | None = None


class Strategy(Part, frozen=True):
    """The update strategy of a Deployment."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(Part, frozen=True):
    """The spec of a Deployment."""

    replicas: int = 1
    paused: bool = False
    strategy: Strategy = Strategy()
    selector: Selector = Selector()
    template: PodTemplate = PodTemplate()


class WorkloadStatus(Part, frozen=True):
    """The status of a Deployment or ReplicaSet."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(Object, frozen=True):
    """A Deployment."""

    group = "/apis/apps/v1"
    plural = "deployments"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class StatefulSet(Object, frozen=True):
    """A StatefulSet."""

    group = "/apis/apps/v1"
    plural = "statefulsets"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class ReplicaSetSpec(Part, frozen=True):
    """The spec of a ReplicaSet."""

    replicas: int = 1
    template: PodTemplate = PodTemplate()


class ReplicaSet(Object, frozen=True):
    """A ReplicaSet."""

    group = "/apis/apps/v1"
    plural = "replicasets"
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: WorkloadStatus = WorkloadStatus()


class JobSpec(Part, frozen=True):
    """The spec of a Job."""

    suspend: bool = False
    template: PodTemplate = PodTemplate()


class JobStatus(Part, frozen=True):
    """The status of a Job, with the numbers of its active and failed pods."""

    active: int = 0
    failed: int = 0
    start_time: Time | None = None
    conditions: tuple[Condition, ...] = ()


class Job(Object, frozen=True):
    """A Job."""

    group = "/apis/batch/v1"
    plural = "jobs"
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()

    def condition(self, kind: str) -> Condition | None:
        """Returns the condition of that type, where its status is True."""
        return next((each for each in self.status.conditions if (each.type, each.status) == (kind, "True")), None)
