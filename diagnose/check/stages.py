"""The stages of a worker's start and work, which determine what explains what.

A finding of an earlier stage explains a finding of a later stage for the same pods, where it is at least as severe.
A check declares its stage; a code declares its own where its finding belongs to another one. Which stage is earlier
than which is declared only here, so that a new cause does not edit its consequences, nor they their causes.
"""

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Stage:
    """One step between a declared workload and finished workflows.

    Attributes:
        after: the stages directly before this one; the relation is transitive.
        requires: ids of the checks that must pass for a check of this stage to be applicable.
    """

    name: str
    after: tuple["Stage", ...] = field(default=(), repr=False)
    requires: tuple[str, ...] = ()

    @cached_property
    def earlier(self) -> frozenset["Stage"]:
        """All stages before this one."""
        return frozenset(self.after).union(*(each.earlier for each in self.after))


# The checks that must pass before the server itself is queried.
_VAULT = ("vault.unsealed",)
_DATABASE = ("database.port-reachable",)
_TEMPORAL = ("temporal.port-reachable",)

# For findings that neither explain others nor follow from them, such as long-term risks.
INDEPENDENT = Stage("independent")

NODE = Stage("node")
# By which tokens and certificates are valid.
CLOCK = Stage("clock")
# A decision about the workload, such as zero replicas.
DESIRED = Stage("desired state")
ADMISSION = Stage("admission")
SCHEDULING = Stage("scheduling", (NODE,))
IMAGE = Stage("image", (SCHEDULING,))
REFERENCES = Stage("references")
VOLUMES = Stage("volumes", (SCHEDULING, REFERENCES))
CONTAINER = Stage("container", (IMAGE, VOLUMES))

NETWORK = Stage("network")
DNS = Stage("DNS", (NODE, NETWORK))

INJECTION = Stage("Vault injection")
INJECTOR = Stage("Vault injector", (NODE,))
WEBHOOK = Stage("Vault webhook", (INJECTOR,), ("vault.webhook-serving",))
INJECTED = Stage("Vault sidecar", (INJECTION, WEBHOOK))
VAULT_PORT = Stage("Vault port", (DNS,))
VAULT_PROTOCOL = Stage("Vault protocol", (VAULT_PORT,), ("vault.reachable",))
VAULT_SEAL = Stage("Vault seal", (VAULT_PROTOCOL,), ("vault.reachable",))
VAULT_ACTIVE = Stage("Vault active node", (VAULT_SEAL,))
VAULT_SECRETS = Stage("Vault secrets", (VAULT_ACTIVE,), _VAULT)
VAULT_AUTH = Stage("Vault auth method", (VAULT_ACTIVE,), _VAULT)
VAULT_REVIEW = Stage("Vault token review", (VAULT_AUTH,))
VAULT_ROLE = Stage("Vault role", (VAULT_AUTH,), _VAULT)
VAULT_POLICY = Stage("Vault policy", (VAULT_ROLE,), ("vault.role-bound",))
VAULT_LOGIN = Stage("Vault login", (VAULT_REVIEW, VAULT_ROLE, CLOCK))
VAULT_TEMPLATES = Stage("Vault templates", (VAULT_LOGIN,))

SECRET_MOUNTS = Stage("secret mounts")
# What is wrong with the content of a file that was delivered.
SECRET_VALUES = Stage("secret values")
SECRET_FILES = Stage("secret files", (INJECTED, VAULT_TEMPLATES, SECRET_MOUNTS))
VARIABLES = Stage("variables", (SECRET_FILES, SECRET_VALUES))
SETTINGS = Stage("settings")

DATABASE_SETTINGS = Stage("database settings")
DATABASE_NAME = Stage("database name", (DNS, DATABASE_SETTINGS))
DATABASE_ADDRESS = Stage("database address", (DATABASE_NAME,), ("database.name-resolves",))
DATABASE_PORT = Stage("database port", (DATABASE_ADDRESS,), ("database.name-resolves",))
DATABASE_ANSWER = Stage("database answer", (DATABASE_PORT,), _DATABASE)
DATABASE_LOGIN = Stage("database login", (DATABASE_ANSWER,), _DATABASE)
DATABASE_EXISTENCE = Stage("database existence", (DATABASE_LOGIN,), _DATABASE)
DATABASE_ACCESS = Stage("database access", (DATABASE_EXISTENCE,), _DATABASE)
# A lock proves that the database was reached.
DATABASE_LOCKS = Stage("database locks")
DATABASE_STATEMENTS = Stage("database statements", (DATABASE_ACCESS, DATABASE_LOCKS), _DATABASE)
DATABASE_MIGRATIONS = Stage("database migrations", (DATABASE_STATEMENTS,))
# What is visible only after an accepted login.
DATABASE_CONTENT = Stage("database content")

TEMPORAL_ADDRESS = Stage("Temporal address")
TEMPORAL_NAME = Stage("Temporal name", (DNS, TEMPORAL_ADDRESS), ("temporal.address-formed",))
TEMPORAL_PORT = Stage("Temporal port", (TEMPORAL_NAME,), ("temporal.name-resolves",))
TEMPORAL_SERVER = Stage("Temporal server", (TEMPORAL_PORT,), _TEMPORAL)
TEMPORAL_NAMESPACE = Stage("Temporal namespace", (TEMPORAL_SERVER,), _TEMPORAL)
TEMPORAL_BACKENDS = Stage("Temporal backends", (TEMPORAL_NAMESPACE,), _TEMPORAL)
TEMPORAL_WORKERS = Stage("Temporal workers", (TEMPORAL_BACKENDS,))

# No check has this stage: it joins what a process needs to start.
DEPENDENCIES = Stage(
    "dependencies", (REFERENCES, VARIABLES, SETTINGS, DATABASE_STATEMENTS, DATABASE_CONTENT, TEMPORAL_WORKERS)
)

INIT = Stage("init containers", (CONTAINER, DEPENDENCIES))
MEMORY = Stage("memory")
PROGRAM = Stage("program")
PROBE_PORT = Stage("probe port")
PROBE_PATH = Stage("probe path", (PROBE_PORT,))
PROBE_ANSWER = Stage("probe answer", (NODE, MEMORY))
PROBE_PATIENCE = Stage("probe patience", (DEPENDENCIES,))
PROBES = Stage("probes", (PROBE_PATH, PROBE_ANSWER, PROBE_PATIENCE))
ERRORS = Stage("errors", (PROBES, PROGRAM))
STARTUP = Stage("startup", (ADMISSION, INIT, ERRORS))
RUNNING = Stage("running", (STARTUP,))
ENDPOINT = Stage("health endpoint", (RUNNING,))
READY = Stage("ready", (ENDPOINT,))
REPLICAS = Stage("replicas", (DESIRED, READY))
ROLLOUT = Stage("rollout", (REPLICAS,))
RELEASE = Stage("release", (ROLLOUT,))
BUILD = Stage("build")
DEPLOYMENT = Stage("deployment", (BUILD, ROLLOUT))
VERSION = Stage("version", (DEPLOYMENT,))

SCHEDULES = Stage("Temporal schedules", (TEMPORAL_NAMESPACE,), _TEMPORAL)
QUEUES = Stage("task queues", (TEMPORAL_WORKERS,), _TEMPORAL)
QUEUE_VERSIONS = Stage("versions of task queues", (QUEUES,), _TEMPORAL)
BACKLOG = Stage("backlog", (QUEUE_VERSIONS, DATABASE_STATEMENTS), _TEMPORAL)
WORKFLOWS = Stage("workflows", (QUEUE_VERSIONS, DEPENDENCIES), _TEMPORAL)
SCHEDULED_STARTS = Stage("scheduled starts", (WORKFLOWS, BACKLOG), _TEMPORAL)
WORKFLOW_RESULTS = Stage("workflow results", (WORKFLOWS,), _TEMPORAL)
SCHEDULED_RESULTS = Stage("scheduled results", (WORKFLOW_RESULTS,), _TEMPORAL)
FAILURES = Stage("failures", (SCHEDULED_RESULTS,), _TEMPORAL)
ERROR_RATE = Stage("error rate", (RUNNING, FAILURES))

AUTOSCALERS = Stage("autoscalers")
AUTOSCALING = Stage("autoscaling", (NODE, AUTOSCALERS))
SCALING_LIMITS = Stage("scaling limits", (READY,))
BUDGETS = Stage("disruption budgets")
EVICTIONS = Stage("evictions", (BUDGETS,))
MEMORY_USE = Stage("memory use", (MEMORY,))

# In the order above, in which a stage comes after all those before it.
STAGES = tuple(each for each in tuple(globals().values()) if isinstance(each, Stage))
