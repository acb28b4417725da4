"""The objects that make pods: Deployments, StatefulSets, DaemonSets, Jobs, CronJobs, Rollouts and ReplicaSets."""

import msgspec

from diagnose.resources.metadata import Condition, Meta, Object, Part, Reference, Time
from diagnose.resources.pods import Pod, PodTemplate
from diagnose.resources.selectors import Selector

REVISION_HASH = "controller-revision-hash"
"""The label with the template of a StatefulSet's or DaemonSet's pod."""


class Workload(Object, frozen=True):
    """An object that makes pods."""

    @property
    def kind(self) -> str:
        """The kind, as the API names it."""
        return self.api_kind or type(self).__name__

    @property
    def template(self) -> PodTemplate:
        """What new pods are made from; empty where that is another workload's template."""
        raise NotImplementedError

    @property
    def desired(self) -> int | None:
        """The number of pods that should run now; None where the object states none."""
        return None


class TemplateSpec(Part, frozen=True):
    """The spec of an object that makes pods from a template of its own."""

    template: PodTemplate = PodTemplate()


class TemplatedWorkload(Workload, frozen=True):
    """An object that makes pods from a template of its own."""

    spec: TemplateSpec = TemplateSpec()

    @property
    def template(self) -> PodTemplate:
        """What new pods are made from."""
        return self.spec.template


class ReplicatedSpec(TemplateSpec, frozen=True):
    """The spec of an object that makes a number of pods."""

    replicas: int = 1
    min_ready_seconds: int = 0


class ReplicatedWorkload(TemplatedWorkload, frozen=True):
    """An object that makes a number of pods."""

    spec: ReplicatedSpec = ReplicatedSpec()

    @property
    def desired(self) -> int:
        """The number of pods that should run."""
        return self.spec.replicas


class RollingUpdate(Part, frozen=True):
    """The limits of a rolling update, as a number or a percentage of pods; a StatefulSet's first ordinal of it."""

    max_surge: int | str | None = None
    max_unavailable: int | str | None = None
    partition: int = 0


class Strategy(Part, frozen=True):
    """The update strategy of a workload."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(ReplicatedSpec, frozen=True):
    """The spec of a Deployment."""

    paused: bool = False
    strategy: Strategy = Strategy()
    selector: Selector = Selector()


class WorkloadStatus(Part, frozen=True):
    """The status of an object that makes a number of pods."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(ReplicatedWorkload, frozen=True):
    """A Deployment."""

    group = "/apis/apps/v1"
    plural = "deployments"
    spec: DeploymentSpec = DeploymentSpec()
    status: WorkloadStatus = WorkloadStatus()


class ClaimTemplate(Part, frozen=True):
    """A claim that each pod of a StatefulSet gets, as a volume of its name."""

    metadata: Meta = Meta()


class StatefulSetSpec(ReplicatedSpec, frozen=True):
    """The spec of a StatefulSet."""

    service_name: str = ""
    pod_management_policy: str = "OrderedReady"
    update_strategy: Strategy = Strategy()
    selector: Selector = Selector()
    volume_claim_templates: tuple[ClaimTemplate, ...] = ()


class StatefulSetStatus(WorkloadStatus, frozen=True):
    """The status of a StatefulSet, with the revisions that its pods have and should have."""

    current_revision: str = ""
    update_revision: str = ""


class StatefulSet(ReplicatedWorkload, frozen=True):
    """A StatefulSet."""

    group = "/apis/apps/v1"
    plural = "statefulsets"
    spec: StatefulSetSpec = StatefulSetSpec()
    status: StatefulSetStatus = StatefulSetStatus()


class DaemonSetSpec(TemplateSpec, frozen=True):
    """The spec of a DaemonSet."""

    update_strategy: Strategy = Strategy()
    min_ready_seconds: int = 0
    selector: Selector = Selector()


class DaemonSetStatus(Part, frozen=True):
    """The status of a DaemonSet, in numbers of nodes."""

    observed_generation: int = 0
    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_ready: int = 0


class DaemonSet(TemplatedWorkload, frozen=True):
    """A DaemonSet."""

    group = "/apis/apps/v1"
    plural = "daemonsets"
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()

    @property
    def desired(self) -> int:
        """The number of nodes that should have a pod."""
        return self.status.desired_number_scheduled


class ReplicaSet(ReplicatedWorkload, frozen=True):
    """A ReplicaSet."""

    group = "/apis/apps/v1"
    plural = "replicasets"
    status: WorkloadStatus = WorkloadStatus()


class RevisionData(Part, frozen=True):
    """What a ControllerRevision keeps of its StatefulSet or DaemonSet: the part that a rollback restores."""

    spec: TemplateSpec = TemplateSpec()


class ControllerRevision(Object, frozen=True):
    """An earlier or the current template of a StatefulSet or DaemonSet; one that is used again gets a new number."""

    group = "/apis/apps/v1"
    plural = "controllerrevisions"
    data: RevisionData = RevisionData()
    revision: int = 0

    def made(self, pod: Pod) -> bool:
        """Whether a pod is of this template: its label has the name, of a DaemonSet's only the end of it."""
        label = pod.metadata.labels.get(REVISION_HASH, "")
        return bool(label) and (label == self.name or self.name.endswith(f"-{label}"))


class JobSpec(TemplateSpec, frozen=True):
    """The spec of a Job."""

    suspend: bool = False
    parallelism: int = 1
    completions: int | None = None
    backoff_limit: int = 6
    active_deadline_seconds: int | None = None


class JobStatus(Part, frozen=True):
    """The status of a Job, with the numbers of its active, succeeded and failed pods."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: Time | None = None
    completion_time: Time | None = None
    conditions: tuple[Condition, ...] = ()


class Job(TemplatedWorkload, frozen=True):
    """A Job."""

    group = "/apis/batch/v1"
    plural = "jobs"
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()

    def condition(self, kind: str) -> Condition | None:
        """Returns the condition of that type, where its status is True."""
        return next((each for each in self.status.conditions if (each.type, each.status) == (kind, "True")), None)

    @property
    def ended(self) -> bool:
        """Whether it is complete or has failed."""
        return any(self.condition(each) for each in ("Complete", "Failed"))

    @property
    def desired(self) -> int | None:
        """The number of pods that should run now; None for a Job that has ended or is suspended."""
        if self.ended or self.spec.suspend:
            return None
        left = self.spec.parallelism if self.spec.completions is None else self.spec.completions - self.status.succeeded
        return max(min(self.spec.parallelism, left), 0)


class JobTemplate(Part, frozen=True):
    """What a CronJob makes its Jobs from."""

    metadata: Meta = Meta()
    spec: JobSpec = JobSpec()


class CronJobSpec(Part, frozen=True):
    """The spec of a CronJob."""

    schedule: str = ""
    time_zone: str = ""
    suspend: bool = False
    concurrency_policy: str = "Allow"
    job_template: JobTemplate = JobTemplate()


class CronJobStatus(Part, frozen=True):
    """The status of a CronJob."""

    last_schedule_time: Time | None = None


class CronJob(Workload, frozen=True):
    """A CronJob."""

    group = "/apis/batch/v1"
    plural = "cronjobs"
    spec: CronJobSpec = CronJobSpec()
    status: CronJobStatus = CronJobStatus()

    @property
    def template(self) -> PodTemplate:
        """What new pods of its Jobs are made from."""
        return self.spec.job_template.spec.template


class RolloutSpec(ReplicatedSpec, frozen=True):
    """The spec of a Rollout of Argo Rollouts."""

    selector: Selector = Selector()


class RolloutStatus(Part, frozen=True):
    """The status of a Rollout of Argo Rollouts."""

    phase: str = ""
    message: str = ""
    abort: bool = False
    ready_replicas: int = 0
    updated_replicas: int = 0


class Rollout(ReplicatedWorkload, frozen=True):
    """A Rollout of Argo Rollouts (https://argo-rollouts.readthedocs.io/en/stable/features/specification/)."""

    group = "/apis/argoproj.io/v1alpha1"
    plural = "rollouts"
    spec: RolloutSpec = RolloutSpec()
    status: RolloutStatus = RolloutStatus()


class WorkerVersion(Part, frozen=True):
    """A version of a WorkerDeployment: its build, its state in Temporal, and the Deployment of its pods."""

    build_id: str = msgspec.field(default="", name="buildID")
    status: str = ""
    deployment: Reference | None = None


class WorkerDeploymentStatus(Part, frozen=True):
    """The status of a WorkerDeployment."""

    target_version: WorkerVersion = WorkerVersion()
    current_version: WorkerVersion | None = None
    conditions: tuple[Condition, ...] = ()


class WorkerDeployment(Object, frozen=True):
    """The versions of one worker (https://github.com/temporalio/temporal-worker-controller): a Deployment for each."""

    group = "/apis/temporal.io/v1alpha1"
    plural = "workerdeployments"
    status: WorkerDeploymentStatus = WorkerDeploymentStatus()


class OlderWorkerDeployment(WorkerDeployment, frozen=True):
    """The same under the name of the controller's first versions."""

    plural = "temporalworkerdeployments"
    api_kind = "TemporalWorkerDeployment"
