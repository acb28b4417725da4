"""The workload and its pods: from the desired pod to a pod that is ready and stays ready."""

from checks.workload.account_exists import ACCOUNT_EXISTS
from checks.workload.admitted import ADMITTED
from checks.workload.claims_usable import CLAIMS_USABLE
from checks.workload.clock_agrees import CLOCK_AGREES
from checks.workload.container_created import CONTAINER_CREATED
from checks.workload.cron_job_runs import CRON_JOB_RUNS
from checks.workload.deletions_end import DELETIONS_END
from checks.workload.found import FOUND
from checks.workload.image_exists import IMAGE_EXISTS
from checks.workload.image_pulled import IMAGE_PULLED
from checks.workload.init_completed import INIT_COMPLETED
from checks.workload.job_completes import JOB_COMPLETES
from checks.workload.job_ends import JOB_ENDS
from checks.workload.kept import KEPT
from checks.workload.memory_sufficient import MEMORY_SUFFICIENT
from checks.workload.node_healthy import NODE_HEALTHY
from checks.workload.nodes_suit import NODES_SUIT
from checks.workload.pods_alike import PODS_ALIKE
from checks.workload.pods_unaltered import PODS_UNALTERED
from checks.workload.processes_survive import PROCESSES_SURVIVE
from checks.workload.pull_needed import PULL_NEEDED
from checks.workload.pull_secrets_exist import PULL_SECRETS_EXIST
from checks.workload.quota_suffices import QUOTA_SUFFICES
from checks.workload.ready import READY
from checks.workload.replicas import REPLICAS
from checks.workload.running import RUNNING
from checks.workload.scheduled import SCHEDULED
from checks.workload.space_left import SPACE_LEFT
from checks.workload.stable import STABLE
from checks.workload.template_valid import TEMPLATE_VALID
from checks.workload.token_provided import TOKEN_PROVIDED
from checks.workload.volumes_mounted import VOLUMES_MOUNTED
from checks.workload.waits_end import WAITS_END
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    FOUND,
    REPLICAS,
    DELETIONS_END,
    JOB_COMPLETES,
    CRON_JOB_RUNS,
    TEMPLATE_VALID,
    ACCOUNT_EXISTS,
    QUOTA_SUFFICES,
    ADMITTED,
    NODES_SUIT,
    SCHEDULED,
    NODE_HEALTHY,
    PODS_ALIKE,
    CLOCK_AGREES,
    KEPT,
    PULL_SECRETS_EXIST,
    IMAGE_EXISTS,
    PODS_UNALTERED,
    PULL_NEEDED,
    IMAGE_PULLED,
    CLAIMS_USABLE,
    VOLUMES_MOUNTED,
    CONTAINER_CREATED,
    TOKEN_PROVIDED,
    WAITS_END,
    INIT_COMPLETED,
    MEMORY_SUFFICIENT,
    PROCESSES_SURVIVE,
    SPACE_LEFT,
    JOB_ENDS,
    RUNNING,
    READY,
    STABLE,
)
