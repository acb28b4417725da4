"""How a login to the database can end, one code a meaning."""

from diagnose.check.api import Code

REJECTED = Code(
    id="database.login-rejected",
    meaning="PostgreSQL or its pooler refuses the worker's user or password. Through PgBouncer it has the code 08P01.",
    fix="Align the password in the Secret with the role's, then restart the worker.",
)
ROLE_NOT_FOUND = Code(
    id="database.role-not-found",
    meaning="PostgreSQL has no role of the name in DB_USER_SERVER. It tells the client the same as for a bad password.",
    fix="Correct DB_USER_SERVER, or create the role.",
)
OUTDATED = Code(
    id="database.password-outdated",
    meaning="The password was changed, in the Secret too, but processes that were started before hold the old one: the "
    "environment is read once, at the start. They work until their connections have to be made anew.",
    fix="Restart the worker.",
)
EXPIRED = Code(
    id="database.password-expired",
    meaning="The role's VALID UNTIL is over. What PostgreSQL tells the client is that of a wrong password.",
    fix="Give the role a new password and a later VALID UNTIL.",
)
NOT_PERMITTED = Code(
    id="database.login-not-permitted",
    meaning="The role may not log in (NOLOGIN), may not connect to the database (CONNECT), or no line of pg_hba.conf "
    "lets it in from there. Its password is not the matter.",
    fix="Give the role what the refusal names.",
)
POOLER_REJECTED = Code(
    id="database.pooler-login-rejected",
    meaning="The pooler accepts the worker, but PostgreSQL refuses the pooler: its own list of passwords is stale.",
    fix="Give the pooler the role's present password, and reload it.",
)
USERS_STALE = Code(
    id="database.pooler-users-stale",
    meaning="PostgreSQL accepts the worker's user and password, and the pooler before it does not: its own list of "
    "users is stale or lacks the user.",
    fix="Put the user with its present password into the pooler's list, and reload it.",
)
NO_PASSWORD = Code(
    id="database.password-missing",
    meaning="The worker's process has no database password, or an empty one.",
    fix="Give DB_PASSWORD_SERVER a value.",
    # Other refusals of a login do not come from a missing variable.
    explained_by=("config.variables-set",),
)
POOLER_STUCK = Code(
    id="database.pooler-cannot-connect",
    meaning="The pooler takes the connection and holds or refuses the login, because it gets none to the server.",
    fix="Bring the PostgreSQL server behind the pooler back.",
    transient=True,
)
POOLER_SATURATED = Code(
    id="database.pooler-saturated",
    meaning="The pooler reaches the server, but all connections that it may have there for the worker's user are "
    "taken, mostly by transactions that stay open; further clients wait.",
    fix="End the transactions that hold the connections, or give the pool more of them.",
    # Transactions that wait for a lock keep their connections.
    explained_by=("database.table-locked",),
    transient=True,
)
UNANSWERED = Code(
    id="database.login-unanswered",
    meaning="PostgreSQL takes the connection and does not answer the login: it hangs or is overloaded.",
    fix="See what the PostgreSQL server does.",
    transient=True,
)
FULL = Code(
    id="database.connections-exhausted",
    meaning="PostgreSQL or its pooler has no free connection slot.",
    fix="Find who holds the connections, or raise the limit.",
    transient=True,
)
STARTING = Code(
    id="database.starting",
    meaning="PostgreSQL is starting, recovering or shutting down and takes no logins.",
    fix="Wait until it is up, and see why it restarted.",
    transient=True,
)
NO_TLS = Code(
    id="database.tls-not-offered",
    meaning="The worker's driver demands TLS, and the server or pooler at the other end offers none.",
    fix="Turn TLS on at the other end, or do not demand it.",
)
TLS_REQUIRED = Code(
    id="database.tls-required",
    meaning="The server or pooler takes no login without TLS, and the worker's driver does not use it.",
    fix="Let the worker use TLS, or do not demand it at the other end.",
)
CERTIFICATE = Code(
    id="database.certificate-untrusted",
    meaning="The worker's driver does not accept the certificate of the server or pooler: its signer is not known, "
    "its name is another, or its time is over.",
    fix="Give the worker the signer's certificate (NODE_EXTRA_CA_CERTS), or the server one that is right.",
)
PARAMETER = Code(
    id="database.parameter-unsupported",
    meaning="The worker's driver sends a start-up parameter that the pooler or server does not take.",
    fix="Do not send the parameter, or let the pooler ignore it (ignore_startup_parameters).",
)
FAILED = Code(
    id="database.login-failed",
    meaning="The login ends with an error that is not of password, database or limits.",
    fix="See what the error says of the server's or the pooler's settings.",
)
CODES = (
    REJECTED,
    OUTDATED,
    ROLE_NOT_FOUND,
    EXPIRED,
    NOT_PERMITTED,
    POOLER_REJECTED,
    USERS_STALE,
    NO_PASSWORD,
    POOLER_STUCK,
    POOLER_SATURATED,
    UNANSWERED,
    FULL,
    STARTING,
    NO_TLS,
    TLS_REQUIRED,
    CERTIFICATE,
    PARAMETER,
    FAILED,
)
