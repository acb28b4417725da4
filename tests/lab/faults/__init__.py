"""All faults, in the order in which they are tried: the one that takes longest to be forgotten comes last."""

from tests.lab.fault import Fault
from tests.lab.faults.compound import database_down_and_namespace_unknown, key_missing_and_password_wrong
from tests.lab.faults.database import (
    admin_password_wrong,
    database_unknown,
    no_endpoints,
    password_wrong,
    read_only,
)
from tests.lab.faults.database import host_unknown as database_host_unknown
from tests.lab.faults.healthy import leftovers, rollout_under_way, untouched
from tests.lab.faults.process import health_port, module_missing, variable_missing
from tests.lab.faults.temporal import frontend_down, namespace_unknown, queue_misspelt
from tests.lab.faults.temporal import host_unknown as temporal_host_unknown
from tests.lab.faults.vault import (
    annotation_misspelt,
    injector_absent,
    key_missing,
    policy_too_narrow,
    role_deleted,
    role_of_other_account,
    sealed,
    secret_deleted,
)
from tests.lab.faults.workload import (
    cpu_request,
    dns_down,
    image_not_found,
    memory_limit,
    probe_too_early,
    quota,
    secret_absent,
    secret_key_absent,
    taint,
)

FAULTS: tuple[Fault, ...] = (
    untouched.FAULT,
    role_deleted.FAULT,
    role_of_other_account.FAULT,
    policy_too_narrow.FAULT,
    secret_deleted.FAULT,
    injector_absent.FAULT,
    annotation_misspelt.FAULT,
    sealed.FAULT,
    password_wrong.FAULT,
    no_endpoints.FAULT,
    database_host_unknown.FAULT,
    database_unknown.FAULT,
    read_only.FAULT,
    frontend_down.FAULT,
    temporal_host_unknown.FAULT,
    namespace_unknown.FAULT,
    variable_missing.FAULT,
    module_missing.FAULT,
    image_not_found.FAULT,
    memory_limit.FAULT,
    secret_absent.FAULT,
    secret_key_absent.FAULT,
    cpu_request.FAULT,
    taint.FAULT,
    quota.FAULT,
    dns_down.FAULT,
    probe_too_early.FAULT,
    health_port.FAULT,
    key_missing_and_password_wrong.FAULT,
    database_down_and_namespace_unknown.FAULT,
    leftovers.FAULT,
    # These replace healthy pods.
    rollout_under_way.FAULT,
    key_missing.FAULT,
    admin_password_wrong.FAULT,
    queue_misspelt.FAULT,
)
