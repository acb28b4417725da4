"""The stages of a worker's start and work, which determine what explains what, and what a rollback can fix.

A finding of an earlier stage explains a finding of a later stage for the same pods, where it is at least as severe.
A check declares its stage; a code declares its own where its finding belongs to another one. Which stage is earlier
than which is declared only here, so that a new cause does not edit its consequences, nor they their causes.
"""

from functools import cached_property

import msgspec

from diagnose.model.report import WorkEffect


class Stage(msgspec.Struct, frozen=True, eq=False, dict=True):
    """One step between a declared workload and finished workflows.

    Attributes:
        after: the stages directly before this one; the relation is transitive.
        requires: ids of the checks that must pass for a check of this stage to be applicable.
        template: patterns of the changes of a pod template that can bring a cause of this stage, as
            `diagnose.domain.delivery.rollback` names them; without any, no rollback fixes it.
        work: what a finding of this stage means for the work of the running pods that it is about.
    """

    name: str
    after: tuple["Stage", ...] = ()
    requires: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    work: WorkEffect = WorkEffect.NONE

    @cached_property
    def earlier(self) -> frozenset["Stage"]:
        """All stages before this one."""
        return frozenset(self.after).union(*(each.earlier for each in self.after))


_STOPS, _IMPAIRS = WorkEffect.STOPS, WorkEffect.IMPAIRS

# The checks that must pass before the server itself is queried.
_VAULT = ("vault.unsealed",)
_DATABASE = ("database.port-reachable",)
_TEMPORAL = ("temporal.port-reachable",)

# The parts of a pod template that several stages have in common.
_AGENT = "annotation:vault.hashicorp.com/*"
_STARTS = ("image", "command", "env:*", "env-from", "mounts", "volumes", "security", "resources")
_PROBED = (*_STARTS, "probes", "sidecar")
_NETWORK = ("dns", "label:*")
_BY_VAULT = (_AGENT, "service-account")
_SECRETS = (_AGENT, "command", "env:*", "env-from", "mounts", "volumes", "init")
_VARIABLES = ("env:*", "env-from", "image", _AGENT)
# As others call their variables, too: APP__DB_NAME, DATABASE_URL, POSTGRES_DSN, APP_TEMPORAL_NAMESPACE.
_OF_DATABASE = ("env:*DB_*", "env:PG*", "env:*DATABASE*", "env:*POSTGRES*", "env:*DSN*")
_OF_TEMPORAL = ("env:*TEMPORAL*", "env:*TASK*QUEUE*", "command")
_BY_DATABASE = (*_OF_DATABASE, "env-from")
_BY_SCHEMA = (*_OF_DATABASE, "env-from", "image")
_BY_TEMPORAL = (*_OF_TEMPORAL, "env-from", "mounts", "volumes")
_BY_WORKER = ("image", *_OF_TEMPORAL)
_BY_HEALTH = ("image", "command", "env:*HEALTH*", "ports", "probes")

# For findings that neither explain others nor follow from them, such as long-term risks.
INDEPENDENT = Stage("independent")
INDEPENDENT_SETTINGS = Stage("independent settings", template=_VARIABLES, work=_IMPAIRS)

NODE = Stage("node")
# By which tokens and certificates are valid.
CLOCK = Stage("clock", work=_IMPAIRS)
# A decision about the workload, such as zero replicas.
DESIRED = Stage("desired state", template=_PROBED)
# Of a pod that its controller keeps although the current template is another one.
OLD_POD = Stage("old pod")
ADMISSION = Stage("admission")
SCHEDULING = Stage("scheduling", (NODE, OLD_POD), template=("resources", "scheduling", "ports", "volumes", "sidecar"))
# Of pods that are not as their template, which no rollback of it changes.
ALTERED = Stage("altered pods", (SCHEDULING,))
PULL_POLICY = Stage("pull policy", (ALTERED,), template=("image", "pull-policy", "init"))
IMAGE = Stage("image", (PULL_POLICY,), template=("image", "pull-policy", "pull-secrets", "sidecar", "init", _AGENT))
REFERENCES = Stage("references", template=_SECRETS)
VOLUMES = Stage("volumes", (SCHEDULING, REFERENCES), template=("volumes", "mounts"))
CONTAINER = Stage("container", (IMAGE, VOLUMES), template=(*_STARTS, "pull-policy", "sidecar"))

# Of what separates failing pods from working ones, and explains what nothing else does.
WHO_FAILS = Stage("who fails", (NODE,), work=_IMPAIRS)

NETWORK = Stage("network", template=_NETWORK, work=_IMPAIRS)
# What a Service declares of its ports, without which no path through it can work.
SERVICE_PORTS = Stage("ports of Services", work=_IMPAIRS)
# Where names, Services and endpoints lead, which the resolution of names depends on, too.
PATHS = Stage("paths", (WHO_FAILS, NETWORK, SERVICE_PORTS), template=_NETWORK, work=_IMPAIRS)
DNS = Stage("DNS", (PATHS,), template=_NETWORK, work=_STOPS)

# Of pods that were deleted and still work: what they report of their own settings is in the logs of others, too.
DELETED_PODS = Stage("deleted pods", work=_IMPAIRS)

# Of processes that still have settings of before.
OUTDATED = Stage("outdated settings", work=_IMPAIRS)

# What the program's settings name beside the dependencies that have stages of their own.
HOSTS = Stage(
    "named hosts", (DNS, DELETED_PODS, OUTDATED), template=("env:*", "env-from", "command", *_NETWORK), work=_IMPAIRS
)

# Of the account at the API server, which the program uses while it runs.
PERMISSIONS = Stage("permissions", template=("service-account",), work=_IMPAIRS)

INJECTION = Stage("Vault injection", template=_BY_VAULT)
INJECTOR = Stage("Vault injector", (NODE,), template=_BY_VAULT)
WEBHOOK = Stage("Vault webhook", (INJECTOR,), ("vault.webhook-serving",), template=_BY_VAULT)
INJECTED = Stage("Vault sidecar", (INJECTION, WEBHOOK), template=_BY_VAULT)
VAULT_PORT = Stage("Vault port", (DNS,), template=_BY_VAULT)
VAULT_PROTOCOL = Stage("Vault protocol", (VAULT_PORT,), ("vault.reachable",), template=_BY_VAULT)
VAULT_SEAL = Stage("Vault seal", (VAULT_PROTOCOL,), ("vault.reachable",), template=_BY_VAULT)
VAULT_ACTIVE = Stage("Vault active node", (VAULT_SEAL,), template=_BY_VAULT)
VAULT_SECRETS = Stage("Vault secrets", (VAULT_ACTIVE,), _VAULT, template=_BY_VAULT)
VAULT_AUTH = Stage("Vault auth method", (VAULT_ACTIVE,), _VAULT, template=_BY_VAULT)
VAULT_REVIEW = Stage("Vault token review", (VAULT_AUTH,), template=_BY_VAULT)
VAULT_ROLE = Stage("Vault role", (VAULT_AUTH,), _VAULT, template=_BY_VAULT)
VAULT_POLICY = Stage("Vault policy", (VAULT_ROLE,), ("vault.role-bound",), template=_BY_VAULT)
VAULT_LOGIN = Stage("Vault login", (VAULT_REVIEW, VAULT_ROLE, CLOCK), template=_BY_VAULT)
VAULT_TEMPLATES = Stage("Vault templates", (VAULT_LOGIN,), template=_BY_VAULT)

SECRET_MOUNTS = Stage("secret mounts", template=_SECRETS)
# What is wrong with the content of a file that was delivered.
SECRET_VALUES = Stage("secret values", template=_SECRETS, work=_IMPAIRS)
SECRET_FILES = Stage("secret files", (INJECTED, VAULT_TEMPLATES, SECRET_MOUNTS), template=_SECRETS, work=_IMPAIRS)
# Of variables that exist, and do not reach the container.
SOURCES = Stage("sources of variables", template=())
VARIABLES = Stage("variables", (SECRET_FILES, SECRET_VALUES, SOURCES), template=_VARIABLES, work=_IMPAIRS)
SETTINGS = Stage("settings", template=_VARIABLES, work=_IMPAIRS)

DATABASE_SETTINGS = Stage("database settings", (OUTDATED,), template=_VARIABLES, work=_IMPAIRS)
DATABASE_NAME = Stage("database name", (DNS, DATABASE_SETTINGS), template=_BY_DATABASE, work=_STOPS)
DATABASE_ADDRESS = Stage(
    "database address", (DATABASE_NAME,), ("database.name-resolves",), template=_BY_DATABASE, work=_STOPS
)
DATABASE_PORT = Stage(
    "database port", (DATABASE_ADDRESS,), ("database.name-resolves",), template=_BY_DATABASE, work=_STOPS
)
# A pooler has files of its own.
DATABASE_ANSWER = Stage(
    "database answer", (DATABASE_PORT, SECRET_MOUNTS), _DATABASE, template=_BY_DATABASE, work=_STOPS
)
DATABASE_LOGIN = Stage("database login", (DATABASE_ANSWER,), _DATABASE, template=_BY_DATABASE, work=_STOPS)
DATABASE_EXISTENCE = Stage("database existence", (DATABASE_LOGIN,), _DATABASE, template=_BY_DATABASE, work=_STOPS)
DATABASE_ACCESS = Stage("database access", (DATABASE_EXISTENCE,), _DATABASE, template=_BY_DATABASE, work=_IMPAIRS)
# A lock proves that the database was reached.
DATABASE_LOCKS = Stage("database locks", template=_BY_SCHEMA, work=_IMPAIRS)
DATABASE_STATEMENTS = Stage(
    "database statements", (DATABASE_ACCESS, DATABASE_LOCKS), _DATABASE, template=_BY_SCHEMA, work=_IMPAIRS
)
DATABASE_MIGRATIONS = Stage("database migrations", (DATABASE_STATEMENTS,), template=_BY_SCHEMA)
# What is visible only after an accepted login.
DATABASE_CONTENT = Stage("database content", template=_BY_SCHEMA, work=_IMPAIRS)

TEMPORAL_ADDRESS = Stage("Temporal address", (OUTDATED,), template=_BY_TEMPORAL, work=_STOPS)
TEMPORAL_NAME = Stage(
    "Temporal name", (DNS, TEMPORAL_ADDRESS), ("temporal.address-formed",), template=_BY_TEMPORAL, work=_STOPS
)
TEMPORAL_PORT = Stage(
    "Temporal port", (TEMPORAL_NAME,), ("temporal.name-resolves",), template=_BY_TEMPORAL, work=_STOPS
)
TEMPORAL_SERVER = Stage("Temporal server", (TEMPORAL_PORT,), _TEMPORAL, template=_BY_TEMPORAL, work=_STOPS)
TEMPORAL_NAMESPACE = Stage("Temporal namespace", (TEMPORAL_SERVER,), _TEMPORAL, template=_BY_TEMPORAL, work=_STOPS)
TEMPORAL_BACKENDS = Stage("Temporal backends", (TEMPORAL_NAMESPACE,), _TEMPORAL, template=_BY_TEMPORAL, work=_STOPS)
TEMPORAL_WORKERS = Stage("Temporal workers", (TEMPORAL_BACKENDS,), template=_BY_WORKER, work=_STOPS)

# No check has this stage: it joins what a process needs to start.
DEPENDENCIES = Stage(
    "dependencies",
    (REFERENCES, VARIABLES, SETTINGS, HOSTS, PERMISSIONS, DATABASE_STATEMENTS, DATABASE_CONTENT, TEMPORAL_WORKERS),
)

# Of a Job, such as a migration, whose end others wait for.
AWAITED_JOBS = Stage("awaited jobs")

# Of what a program does and nothing explains: what its settings, its image or its objects were before it failed.
LAST_CHANGE = Stage("last change", (WHO_FAILS,), template=("*",), work=_IMPAIRS)

INIT = Stage(
    "init containers", (CONTAINER, DEPENDENCIES, AWAITED_JOBS, LAST_CHANGE), template=("init", "image", "volumes")
)
MEMORY = Stage("memory", (OLD_POD,), template=("resources", "image", "env:NODE_OPTIONS", _AGENT), work=_IMPAIRS)
PROGRAM = Stage("program", (OLD_POD, AWAITED_JOBS), template=_STARTS, work=_IMPAIRS)
PROBE_PORT = Stage("probe port", (OLD_POD,), template=_BY_HEALTH, work=_IMPAIRS)
PROBE_PATH = Stage("probe path", (PROBE_PORT,), template=_BY_HEALTH, work=_IMPAIRS)
PROBE_ANSWER = Stage("probe answer", (NODE, MEMORY), template=_BY_HEALTH, work=_IMPAIRS)
# What the program answers, which may be whether its dependencies do.
PROBE_RESULT = Stage("probe result", (PROBE_ANSWER, DEPENDENCIES, LAST_CHANGE), template=_BY_HEALTH, work=_IMPAIRS)
PROBE_PATIENCE = Stage("probe patience", (DEPENDENCIES,), template=(*_STARTS, "probes"), work=_IMPAIRS)
PROBES = Stage("probes", (PROBE_PATH, PROBE_RESULT, PROBE_PATIENCE))
ERRORS = Stage("errors", (PROBES, PROGRAM), template=_STARTS, work=_IMPAIRS)
STARTUP = Stage("startup", (ADMISSION, INIT, ERRORS), template=_STARTS)
RUNNING = Stage("running", (STARTUP,), template=_PROBED, work=_IMPAIRS)
ENDPOINT = Stage("health endpoint", (RUNNING,), template=(*_STARTS, "ports", "probes"), work=_IMPAIRS)
READY = Stage("ready", (ENDPOINT,), template=_PROBED)
REPLICAS = Stage("replicas", (DESIRED, READY), template=_PROBED)
ROLLOUT = Stage("rollout", (REPLICAS,), template=("*",))
RELEASE = Stage("release", (ROLLOUT,))
BUILD = Stage("build")
DEPLOYMENT = Stage("deployment", (BUILD, ROLLOUT))
VERSION = Stage("version", (DEPLOYMENT,))

SCHEDULES = Stage("Temporal schedules", (TEMPORAL_NAMESPACE,), _TEMPORAL, template=_BY_TEMPORAL, work=_IMPAIRS)
QUEUES = Stage("task queues", (TEMPORAL_WORKERS,), _TEMPORAL, template=_BY_TEMPORAL, work=_IMPAIRS)
QUEUE_VERSIONS = Stage("versions of task queues", (QUEUES,), _TEMPORAL, template=_BY_WORKER, work=_IMPAIRS)
BACKLOG = Stage(
    "backlog",
    (QUEUE_VERSIONS, DATABASE_STATEMENTS),
    _TEMPORAL,
    template=("image", "env:MAX_*", "resources"),
    work=_IMPAIRS,
)
WORKFLOWS = Stage("workflows", (QUEUE_VERSIONS, DEPENDENCIES), _TEMPORAL, template=_BY_WORKER, work=_IMPAIRS)
SCHEDULED_STARTS = Stage("scheduled starts", (WORKFLOWS, BACKLOG), _TEMPORAL, template=_BY_TEMPORAL, work=_IMPAIRS)
WORKFLOW_RESULTS = Stage("workflow results", (WORKFLOWS,), _TEMPORAL, template=("image", "env:*"), work=_IMPAIRS)
SCHEDULED_RESULTS = Stage("scheduled results", (WORKFLOW_RESULTS,), _TEMPORAL, template=_BY_TEMPORAL, work=_IMPAIRS)
FAILURES = Stage("failures", (SCHEDULED_RESULTS,), _TEMPORAL, template=_BY_TEMPORAL, work=_IMPAIRS)
ERROR_RATE = Stage("error rate", (RUNNING, FAILURES), template=_STARTS, work=_IMPAIRS)

AUTOSCALERS = Stage("autoscalers")
AUTOSCALING = Stage("autoscaling", (NODE, AUTOSCALERS))
SCALING_LIMITS = Stage("scaling limits", (READY,))
BUDGETS = Stage("disruption budgets")
EVICTIONS = Stage("evictions", (BUDGETS,))
MEMORY_USE = Stage("memory use", (MEMORY,))

# In the order above, in which a stage comes after all those before it.
STAGES = tuple(each for each in tuple(globals().values()) if isinstance(each, Stage))
