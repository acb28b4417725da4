"""What GitOps controllers report of the objects that they apply.

Flux: https://fluxcd.io/flux/components/helm/helmreleases/#conditions
Argo CD: https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
"""

from diagnose.resources.metadata import Condition, Object, Part, Time


class FluxSpec(Part, frozen=True):
    """The spec of an object of Flux, as far as it concerns whether it is applied."""

    suspend: bool = False


class FluxStatus(Part, frozen=True):
    """The status of an object of Flux."""

    conditions: tuple[Condition, ...] = ()


class FluxObject(Object, frozen=True):
    """An object of Flux that is applied to the cluster."""

    spec: FluxSpec = FluxSpec()
    status: FluxStatus = FluxStatus()

    def condition(self, kind: str) -> Condition | None:
        """Returns the condition of that type."""
        return next((each for each in self.status.conditions if each.type == kind), None)


class HelmRelease(FluxObject, frozen=True):
    """A release of Helm that Flux installs and upgrades."""

    group = "/apis/helm.toolkit.fluxcd.io/v2"
    plural = "helmreleases.helm.toolkit.fluxcd.io"


class Kustomization(FluxObject, frozen=True):
    """Manifests that Flux applies."""

    group = "/apis/kustomize.toolkit.fluxcd.io/v1"
    plural = "kustomizations.kustomize.toolkit.fluxcd.io"


class ApplicationCondition(Part, frozen=True):
    """A problem that Argo CD reports of an application."""

    type: str = ""
    message: str = ""


class SyncStatus(Part, frozen=True):
    """Whether the cluster has what Git has: Synced, OutOfSync or Unknown."""

    status: str = ""


class Operation(Part, frozen=True):
    """The last sync: Running, Succeeded, Failed, Error or Terminating."""

    phase: str = ""
    message: str = ""
    finished_at: Time | None = None


class ApplicationStatus(Part, frozen=True):
    """The status of an application."""

    sync: SyncStatus = SyncStatus()
    operation_state: Operation = Operation()
    conditions: tuple[ApplicationCondition, ...] = ()


class Application(Object, frozen=True):
    """Manifests that Argo CD applies."""

    group = "/apis/argoproj.io/v1alpha1"
    plural = "applications.argoproj.io"
    status: ApplicationStatus = ApplicationStatus()
