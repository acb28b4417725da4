"""What of a pod template a cause can lie in, so that a rollback is offered only where it would mend something.

By the id of a code, a check or a topic, the first that is named counts; patterns of what
`diagnose.domain.delivery.rollback` names.
What is not here lies outside the template: it stays as it is whatever is rolled back.
"""

from types import MappingProxyType

from diagnose.domain.delivery.rollback import RollbackRules

_AGENT = "annotation:vault.hashicorp.com/*"
_STARTS = ("image", "command", "env:*", "env-from", "mounts", "volumes", "security", "resources")

ROLLBACK_RULES: RollbackRules = MappingProxyType(
    {
        "vault": (_AGENT, "service-account"),
        "secrets": (_AGENT, "command", "env:*", "env-from", "mounts", "volumes", "init"),
        "config": ("env:*", "env-from", "image", _AGENT),
        "database": ("env:DB_*", "env:PG*", "env-from"),
        **dict.fromkeys(
            ("database.tables-readable", "database.migrations-applied", "database.statements-run"),
            ("env:DB_*", "env-from", "image"),
        ),
        "temporal": ("env:TEMPORAL_*", "env-from"),
        "temporal.backlog-small": ("image", "env:MAX_*", "resources"),
        "temporal.workflows-bundled": _STARTS,
        **dict.fromkeys(
            ("temporal.workers-running", "temporal.workflows-progress", "temporal.versions-polled"),
            ("image", "env:TEMPORAL_*"),
        ),
        "temporal.workflows-succeed": ("image", "env:*"),
        "health": ("image", "command", "env:*HEALTH*", "ports", "probes"),
        "health.endpoint": (*_STARTS, "ports", "probes"),
        "health.probes-patient": (*_STARTS, "probes"),
        "logs": _STARTS,
        "network": ("dns", "label:*"),
        "workload.admitted": ("resources", "security", "service-account", "scheduling", "image", "label:*"),
        "workload.scheduled": ("resources", "scheduling", "volumes", "sidecar"),
        "workload.image-pulled": ("image", "pull-policy", "pull-secrets", "sidecar", "init", _AGENT),
        "workload.volumes-mounted": ("volumes", "mounts"),
        "workload.container-created": (*_STARTS, "pull-policy", "sidecar"),
        "workload.init-completed": ("init", "image", "volumes"),
        "workload.memory-sufficient": ("resources", "image", "env:NODE_OPTIONS", _AGENT),
        "workload.kept": (*_STARTS, _AGENT),
        "workload.space-left": ("resources", "volumes", "security", "image"),
        **dict.fromkeys(
            ("workload.running", "workload.stable", "workload.ready", "workload.replicas"),
            (*_STARTS, "probes", "sidecar"),
        ),
        "release.rollout-complete": ("*",),
    }
)
