"""The runbook as checks: the table of contents, in the order a person would look."""

from checks import (
    argo,
    config,
    database,
    health,
    logs,
    network,
    policy,
    release,
    scaling,
    secrets,
    temporal,
    vault,
    workload,
)
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    *workload.CHECKS,
    *network.CHECKS,
    *vault.CHECKS,
    *secrets.CHECKS,
    *config.CHECKS,
    *database.CHECKS,
    *temporal.CHECKS,
    *health.CHECKS,
    *scaling.CHECKS,
    *logs.CHECKS,
    *release.CHECKS,
    *argo.CHECKS,
    *policy.CHECKS,
)
