"""What can be behind a symptom, for `explained_by`: a symptom is a cause of its own only where none of these fails."""

PLACEMENT: tuple[str, ...] = (
    "workload.admitted",
    "workload.scheduled",
    "workload.kept",
    "workload.image-pulled",
    "workload.volumes-mounted",
    "workload.container-created",
    "workload.init-completed",
    "workload.node-healthy",
    "workload.memory-sufficient",
)
DEPENDENCIES: tuple[str, ...] = (
    "network.policies-allow",
    "network.resolution-shared",
    "network.dns-answers",
    "vault.injection-wanted",
    "vault.token-mounted",
    "vault.webhook-serving",
    "vault.webhook-reached",
    "vault.injected",
    "vault.reachable",
    "vault.protocol-agreed",
    "vault.unsealed",
    "vault.active-node",
    "vault.auth-enabled",
    "vault.tokens-reviewed",
    "vault.agent-logged-in",
    "vault.role-bound",
    "vault.templates-rendered",
    "secrets.references-resolve",
    "secrets.volume-mounted",
    "secrets.files-match",
    "secrets.init-order",
    "secrets.files-filled",
    "config.variables-set",
    "config.values-sound",
    "database.name-resolves",
    "database.address-named",
    "database.port-reachable",
    "database.answers",
    "database.login-accepted",
    "database.database-exists",
    "database.writable",
    "database.admin-login-accepted",
    "database.tables-readable",
    "database.statements-run",
    "temporal.address-formed",
    "temporal.name-resolves",
    "temporal.port-reachable",
    "temporal.serving",
    "temporal.namespace-exists",
    "temporal.backends-answer",
    "temporal.queues-allowed",
    "temporal.workflows-bundled",
    "temporal.workers-running",
)
PROBES: tuple[str, ...] = ("health.port-agrees", "health.probe-path", "health.probe-suits", "health.probes-patient")
PROGRAM: tuple[str, ...] = (
    "workload.space-left",
    "logs.program-loads",
    "logs.known-errors",
    "workload.post-start-failed",
)

NOT_STARTED: tuple[str, ...] = (*PLACEMENT, *DEPENDENCIES, *PROBES, *PROGRAM)
NOT_RUNNING: tuple[str, ...] = (*NOT_STARTED, "logs.startup-complete")
NOT_ANSWERING: tuple[str, ...] = (*NOT_RUNNING, "workload.running")
NOT_READY: tuple[str, ...] = (*NOT_ANSWERING, "health.endpoint")
TOO_FEW: tuple[str, ...] = (*NOT_READY, "workload.ready")
NOT_ROLLED_OUT: tuple[str, ...] = (*TOO_FEW, "workload.replicas")
