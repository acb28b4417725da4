"""What can be behind a symptom, for `explained_by`: a symptom is a cause of its own only where none of these fails."""

PLACEMENT: tuple[str, ...] = (
    "workload.admitted",
    "workload.scheduled",
    "workload.image-pulled",
    "workload.volumes-mounted",
    "workload.container-created",
    "workload.init-completed",
    "workload.node-healthy",
    "workload.memory-sufficient",
)
DEPENDENCIES: tuple[str, ...] = (
    "network.dns-answers",
    "vault.injection-wanted",
    "vault.webhook-serving",
    "vault.injected",
    "vault.reachable",
    "vault.unsealed",
    "vault.agent-logged-in",
    "vault.role-bound",
    "vault.templates-rendered",
    "secrets.references-resolve",
    "secrets.volume-mounted",
    "secrets.files-match",
    "secrets.files-filled",
    "config.variables-set",
    "database.name-resolves",
    "database.port-reachable",
    "database.answers",
    "database.login-accepted",
    "database.database-exists",
    "database.writable",
    "database.admin-login-accepted",
    "temporal.name-resolves",
    "temporal.port-reachable",
    "temporal.serving",
    "temporal.namespace-exists",
    "temporal.queues-allowed",
)
PROBES: tuple[str, ...] = ("health.port-agrees", "health.probe-path", "health.probes-patient")
PROGRAM: tuple[str, ...] = ("logs.program-loads", "logs.known-errors")

NOT_STARTED: tuple[str, ...] = (*PLACEMENT, *DEPENDENCIES, *PROBES, *PROGRAM)
NOT_RUNNING: tuple[str, ...] = (*NOT_STARTED, "logs.startup-complete")
NOT_ANSWERING: tuple[str, ...] = (*NOT_RUNNING, "workload.running")
NOT_READY: tuple[str, ...] = (*NOT_ANSWERING, "health.endpoint")
TOO_FEW: tuple[str, ...] = (*NOT_READY, "workload.ready")
NOT_ROLLED_OUT: tuple[str, ...] = (*TOO_FEW, "workload.replicas")
