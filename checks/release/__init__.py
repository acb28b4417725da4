"""The release: whether the last deployment is complete, the same on all pods, and as Helm recorded it."""

from checks.release.as_deployed import AS_DEPLOYED
from checks.release.gitops_settled import GITOPS_SETTLED
from checks.release.helm_settled import HELM_SETTLED
from checks.release.last_change import LAST_CHANGE
from checks.release.no_strays import NO_STRAYS
from checks.release.one_build import ONE_BUILD
from checks.release.rollout_complete import ROLLOUT_COMPLETE
from checks.release.update_proceeds import UPDATE_PROCEEDS
from checks.release.version_runs import VERSION_RUNS
from checks.release.versions_managed import VERSIONS_MANAGED
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    LAST_CHANGE,
    ROLLOUT_COMPLETE,
    UPDATE_PROCEEDS,
    VERSION_RUNS,
    VERSIONS_MANAGED,
    ONE_BUILD,
    NO_STRAYS,
    HELM_SETTLED,
    GITOPS_SETTLED,
    AS_DEPLOYED,
)
