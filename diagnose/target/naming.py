"""The meaning of names of settings: which fact a variable, argument or key of a file sets, by the parts of its name.

`APP_TEMPORAL_HOST_PORT`, `--temporal-address` and `spring.temporal.connection.target` are made of the same parts.
Official names: https://docs.temporal.io/references/client-environment-configuration
"""

from enum import StrEnum
from functools import cache

import msgspec

from diagnose.text.patterns import lazy


class Part(StrEnum):
    """What a setting sets of Temporal or of a database."""

    ADDRESS = "address"
    HOST = "host"
    PORT = "port"
    NAMESPACE = "namespace"
    QUEUE = "queue"
    TLS = "tls"
    CERTIFICATE = "certificate"
    KEY = "key"
    CA = "ca"
    SERVER_NAME = "server-name"
    UNVERIFIED = "unverified"
    API_KEY = "api-key"
    URL = "url"
    NAME = "name"
    USER = "user"
    PASSWORD = "password"
    ENGINE = "engine"


class DatabaseName(msgspec.Struct, frozen=True, kw_only=True):
    """The meaning of a setting of a database.

    Attributes:
        group: the parts before, which all settings of one database share.
        engine: the engine that the name implies, "" where it implies none.
        secondary: whether it is of another login or a copy: ADMIN, READ, REPLICA.
        is_database: whether the name itself says that it is a database's.
    """

    part: Part
    group: tuple[str, ...]
    engine: str = ""
    secondary: bool = False
    is_database: bool = False


_TOKEN = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Parts that are written together.
_SPLIT = {
    "TASKQUEUE": ("TASK", "QUEUE"), "TASKQUEUES": ("TASK", "QUEUES"), "HOSTPORT": ("HOST", "PORT"),
    "HOSTNAME": ("HOST",), "APIKEY": ("API", "KEY"), "USERNAME": ("USER",), "DBNAME": ("DB", "NAME"),
    "PGHOST": ("PG", "HOST"), "PGPORT": ("PG", "PORT"), "PGUSER": ("PG", "USER"), "PGPASSWORD": ("PG", "PASSWORD"),
    "PGDATABASE": ("PG", "DATABASE"), "PGHOSTADDR": ("PG", "HOST"), "POSTGRESQL": ("POSTGRES",),
    "PSQL": ("POSTGRES",), "DATABASEURL": ("DATABASE", "URL"), "TEMPORALIO": ("TEMPORAL",), "ADDR": ("ADDRESS",),
    "MTLS": ("TLS",), "SSL": ("TLS",), "CERTIFICATE": ("CERT",), "CRT": ("CERT",), "CERTS": ("CERT",),
    "PEM": ("DATA",),
    "URI": ("URL",), "PASS": ("PASSWORD",), "PWD": ("PASSWORD",), "CONNECTIONSTRING": ("CONNECTION", "STRING"),
    "CONNECTIONSTRINGS": ("CONNECTION", "STRING"), "STRINGS": ("STRING",), "DATASOURCE": ("DATABASE",),
    "MONGODB": ("MONGO",), "SQLSERVER": ("MSSQL",), "SERVERNAME": ("SERVER", "NAME"), "FILE": ("PATH",),
    "FILEPATH": ("PATH",), "KEYPATH": ("KEY", "PATH"), "CERTPATH": ("CERT", "PATH"),
}  # fmt: skip
_FOREIGN = frozenset({
    "UI", "WEB", "METRICS", "CODEC", "OPS", "OLD", "LEGACY", "PREVIOUS", "BACKUP", "TEST", "PROMETHEUS", "OTEL", "HTTP",
    "DB", "DATABASE", "POSTGRES", "CELERY", "SQS", "RABBITMQ", "KAFKA", "REDIS", "RQ", "BULL", "SIDEKIQ", "PUBSUB",
})  # fmt: skip
"""Parts that make a name one of another program or purpose: TEMPORAL_UI_ADDRESS, CELERY_TASK_QUEUES."""
_QUALIFIERS = frozenset({
    "CLUSTER", "SERVER", "CLIENT", "CONNECTION", "FRONTEND", "GRPC", "SERVICE", "SVC", "WORKER", "WORKERS", "DEFAULT",
    "CLOUD", "SDK", "RPC", "OPTIONS", "CONFIG", "SETTINGS", "WORKFLOW", "WORKFLOWS", "PUBLIC",
})  # fmt: skip
_BARE = frozenset({"FRONTEND", "SERVER", "CLUSTER", "SERVICE"})
_MATERIAL = frozenset({"PATH", "DATA", "B64", "BASE64", "CONTENT", "VALUE"})
_PLAIN: dict[tuple[str, ...], Part] = {
    ("ADDRESS",): Part.ADDRESS, ("HOST", "PORT"): Part.ADDRESS, ("ENDPOINT",): Part.ADDRESS, ("TARGET",): Part.ADDRESS,
    ("TARGET", "HOST"): Part.ADDRESS, ("URL",): Part.ADDRESS, ("HOST", "URL"): Part.ADDRESS, ("HOST",): Part.HOST,
    ("HOST", "ADDRESS"): Part.ADDRESS, ("PORT",): Part.PORT, ("NAMESPACE",): Part.NAMESPACE,
    ("NAMESPACE", "NAME"): Part.NAMESPACE, ("NAMESPACE", "ID"): Part.NAMESPACE, ("API", "KEY"): Part.API_KEY,
    ("TLS",): Part.TLS, ("TLS", "ENABLED"): Part.TLS, ("TLS", "ENABLE"): Part.TLS, ("USE", "TLS"): Part.TLS,
    ("ENABLE", "TLS"): Part.TLS, ("TLS", "SERVER", "NAME"): Part.SERVER_NAME, ("SNI",): Part.SERVER_NAME,
    ("TLS", "SNI"): Part.SERVER_NAME, ("TLS", "DISABLE", "HOST", "VERIFICATION"): Part.UNVERIFIED,
    ("TLS", "INSECURE"): Part.UNVERIFIED, ("TLS", "SKIP", "VERIFY"): Part.UNVERIFIED,
    ("TLS", "INSECURE", "SKIP", "VERIFY"): Part.UNVERIFIED,
}  # fmt: skip
ENGINES = {
    "POSTGRES": "PostgreSQL", "PG": "PostgreSQL", "MYSQL": "MySQL", "MARIADB": "MariaDB", "MSSQL": "SQL Server",
    "MONGO": "MongoDB", "ORACLE": "Oracle", "COCKROACH": "CockroachDB", "CRDB": "CockroachDB",
    "CASSANDRA": "Cassandra", "CLICKHOUSE": "ClickHouse", "TIMESCALE": "PostgreSQL",
}  # fmt: skip
"""The engine that a part of a name implies."""
_DATABASE = frozenset({"DB", "DATABASE", "RDS", "SQL", "JDBC", *ENGINES})
_NO_DATABASE = frozenset({
    "REDIS", "VALKEY", "RABBITMQ", "AMQP", "KAFKA", "SMTP", "MAIL", "EMAIL", "LDAP", "TEMPORAL", "ELASTIC",
    "ELASTICSEARCH", "OPENSEARCH", "ES", "S3", "MINIO", "VAULT", "KEYCLOAK", "METRICS", "NATS", "MEMCACHED", "FTP",
    "SFTP", "PROXY", "HTTP",
})  # fmt: skip
_SECONDARY = frozenset({
    "ADMIN", "READ", "READONLY", "RO", "READER", "REPLICA", "SLAVE", "MIGRATION", "MIGRATIONS", "TEST", "SHADOW",
    "SUPERUSER", "ROOT", "OLD", "LEGACY", "BACKUP", "DIRECT",
})  # fmt: skip
_MAIN = frozenset({"SERVER", "MAIN", "PRIMARY", "DEFAULT", "RW", "WRITE", "WRITER", "MASTER"})
_OF_DATABASE: dict[str, Part] = {
    "HOST": Part.HOST, "ENDPOINT": Part.HOST, "ADDRESS": Part.HOST, "PORT": Part.PORT, "USER": Part.USER,
    "LOGIN": Part.USER, "PASSWORD": Part.PASSWORD, "NAME": Part.NAME, "DATABASE": Part.NAME, "DB": Part.NAME,
    "URL": Part.URL, "DSN": Part.URL, "TYPE": Part.ENGINE, "ENGINE": Part.ENGINE, "DRIVER": Part.ENGINE,
    "DIALECT": Part.ENGINE, "ADAPTER": Part.ENGINE, "CLIENT": Part.ENGINE,
}  # fmt: skip


@cache
def tokens(name: str) -> tuple[str, ...]:
    """Returns the parts of a name in upper case, however they are joined: `_`, `__`, `-`, `.` or capitals."""
    upper = (part.upper() for part in _TOKEN.findall(name))
    return tuple(token for part in upper for token in _SPLIT.get(part, (part,)) if not token.isdigit())


@cache
def temporal_part(name: str) -> Part | None:
    """Returns what a setting sets of Temporal, None where it sets something else."""
    found = tokens(name)
    if "TEMPORAL" not in found:
        return Part.QUEUE if _names_task_queue(found) else None
    at = found.index("TEMPORAL")
    before, rest = found[:at], found[at + 1 :]
    if _FOREIGN.intersection(before) or _FOREIGN.intersection(rest):
        return None
    if _names_task_queue(rest) or _core(rest) in {("QUEUE",), ("QUEUES",), ("QUEUE", "NAME"), ("QUEUE", "NAMES")}:
        return Part.QUEUE
    core = _core(rest)
    return _PLAIN.get(core) or _material(rest) or (Part.HOST if not core and rest and rest[-1] in _BARE else None)


def weak_part(name: str) -> Part | None:
    """Returns what an argument that does not mention Temporal sets of it, such as --address or -namespace."""
    found = tokens(name)
    return None if _FOREIGN.intersection(found) else _PLAIN.get(_core(found))


def _core(found: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the parts after the qualifiers."""
    start = next((at for at, token in enumerate(found) if token not in _QUALIFIERS), len(found))
    return found[start:]


def _names_task_queue(found: tuple[str, ...]) -> bool:
    """Whether the name ends with "task queue", of whichever kind of work."""
    end = found[:-1] if found[-1:] in {("NAME",), ("NAMES",)} else found
    named = end[-2:] in {("TASK", "QUEUE"), ("TASK", "QUEUES")}
    return named and not _FOREIGN.intersection(found)


def _material(rest: tuple[str, ...]) -> Part | None:
    """Returns whether a name is of a certificate, its key, or a CA, as a path or as the text itself."""
    kinds = [token for token in rest if token not in _MATERIAL and token not in _QUALIFIERS and token != "TLS"]
    named = {"TLS", "CLIENT"}.intersection(rest) or _MATERIAL.intersection(rest)
    if kinds in (["CERT"], ["CERT", "CHAIN"]):
        return Part.CERTIFICATE
    if kinds in (["KEY"], ["PRIVATE", "KEY"], ["CERT", "KEY"]) and (named or len(kinds) > 1):
        return Part.KEY
    if kinds in (["CA"], ["CA", "CERT"], ["ROOT", "CA"], ["ROOT", "CERT"], ["ROOT", "CA", "CERT"]):
        return Part.CA
    return None


@cache
def database_name(name: str) -> DatabaseName | None:
    """Returns what a setting sets of a database, None where it cannot be one of a database."""
    found = tokens(name)
    if _NO_DATABASE.intersection(found):
        return None
    if "CONNECTION" in found and "STRING" in found:
        return DatabaseName(part=Part.URL, group=("CONNECTION", "STRING"), is_database=True)
    suffix = found[-1:] if found[-1:] and (found[-1] in _MAIN or found[-1] in _SECONDARY) and len(found) > 2 else ()
    rest = found[: len(found) - len(suffix)]
    part = _OF_DATABASE.get(rest[-1]) if rest else None
    # A variable called DB or DATABASE alone may be the name of anything.
    if part is None or len(rest) < 2:
        return None
    group = rest[:-1]
    if part is Part.NAME and rest[-1] == "NAME" and group[-1] == "DB" and len(group) > 1 and group[0] in ENGINES:
        group = group[:-1]
    engine = next((ENGINES[token] for token in group if token in ENGINES), "")
    return DatabaseName(
        part=part,
        group=tuple(token for token in group if token not in _MAIN),
        engine=engine,
        secondary=bool(_SECONDARY.intersection((*group, *suffix))),
        is_database=bool(_DATABASE.intersection(group)),
    )
