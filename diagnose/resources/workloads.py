"""What makes pods: Deployments, their ReplicaSets, StatefulSets."""

from datetime import datetime

from diagnose.resources.metadata import Condition, Object, Part, Selector
from diagnose.resources.pods import PodTemplate


class RollingUpdate(Part, frozen=True):
    """How many pods a rollout may have too many or too few, as a number or a share."""

    max_surge: int | str | None = None
    max_unavailable: int | str | None = None


class Strategy(Part, frozen=True):
    """How a Deployment replaces its pods."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(Part, frozen=True):
    """A Deployment as wanted."""

    replicas: int = 1
    paused: bool = False
    progress_deadline_seconds: int = 600
    strategy: Strategy = Strategy()
    selector: Selector = Selector()
    template: PodTemplate = PodTemplate()


class WorkloadStatus(Part, frozen=True):
    """A Deployment or ReplicaSet as it is."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
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
    """A ReplicaSet as wanted."""

    replicas: int = 1
    template: PodTemplate = PodTemplate()


class ReplicaSet(Object, frozen=True):
    """A ReplicaSet."""

    group = "/apis/apps/v1"
    plural = "replicasets"
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: WorkloadStatus = WorkloadStatus()


class JobSpec(Part, frozen=True):
    """A Job as wanted."""

    backoff_limit: int = 6
    active_deadline_seconds: int | None = None
    suspend: bool = False
    template: PodTemplate = PodTemplate()


class JobStatus(Part, frozen=True):
    """A Job as it is: how many of its pods run, have done their work, or have failed."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: datetime | None = None
    completion_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()


class Job(Object, frozen=True):
    """A Job."""

    group = "/apis/batch/v1"
    plural = "jobs"
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()

    def condition(self, kind: str) -> Condition | None:
        """The condition of that type, where it holds."""
        return next((each for each in self.status.conditions if (each.type, each.status) == (kind, "True")), None)
