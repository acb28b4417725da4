"""The codes of failed logins to the database, one for each meaning."""

from diagnose.check.api import Code
from diagnose.model.report import Alternative

REJECTED = Code(
    id="database.login-rejected",
    meaning="PostgreSQL or its pooler rejects the worker's user or password. Through PgBouncer it has the code 08P01.",
    fix="Align the password in the Secret with the role's, then restart the worker.",
)
ROLE_NOT_FOUND = Code(
    id="database.role-not-found",
    meaning="PostgreSQL does not have the role that the worker logs in as. The client gets the same error as for a "
    "wrong password.",
    fix="Correct the user's name, or create the role.",
)
OUTDATED = Code(
    id="database.password-outdated",
    meaning="The password was changed, also in the Secret, but older processes have the old one: the "
    "environment is read once, at the start. They work until they have to reconnect.",
    fix="Restart the worker.",
)
NOT_SCRAM = Code(
    id="database.secret-not-scram",
    meaning="The role's password is stored as MD5, and pg_hba.conf demands SCRAM, by which it cannot be checked. The "
    "password may be right; the client gets the same error as for a wrong one.",
    fix="Set the role's password again, with password_encryption = scram-sha-256.",
)
EXPIRED = Code(
    id="database.password-expired",
    meaning="The role's VALID UNTIL has passed. The client gets the same error as for a wrong password.",
    fix="Set a new password and a later VALID UNTIL for the role.",
    template=("env:*USER*",),  # another address has the same date
)
NOT_PERMITTED = Code(
    id="database.login-not-permitted",
    meaning="The role may not log in (NOLOGIN), may not connect to the database (CONNECT), or no line of "
    "pg_hba.conf matches. Its password is not the problem.",
    fix="Grant the role the permission that the error names.",
)
POOLER_REJECTED = Code(
    id="database.pooler-login-rejected",
    meaning="The pooler accepts the worker, but PostgreSQL rejects the pooler: its own list of passwords is stale.",
    fix="Set the role's current password in the pooler, and reload it.",
)
USERS_STALE = Code(
    id="database.pooler-users-stale",
    meaning="PostgreSQL accepts the worker's user and password, but the pooler does not: its list of users is "
    "stale or lacks the user.",
    fix="Add the user with its current password to the pooler's list, and reload it.",
)
NO_PASSWORD = Code(
    id="database.password-missing",
    meaning="The worker's process has no database password, or an empty one.",
    fix="Set the variable with the password.",
    # Other failed logins are not caused by a missing variable.
    explained_by=("config.variables-set",),
)
POOLER_STUCK = Code(
    id="database.pooler-cannot-connect",
    meaning="The pooler accepts the connection but delays or refuses the login, because it has no connection "
    "to the server.",
    fix="Repair the pooler's PostgreSQL server.",
    symptom=True,
    alternatives=(
        "The pooler's PostgreSQL server is down or cannot be reached: the pooler's log names it.",
        Alternative("All connections of its pool are in use.", "database.pooler-saturated"),
    ),
    transient=True,
)
POOLER_SATURATED = Code(
    id="database.pooler-saturated",
    meaning="The pooler reaches the server, but all its connections for the worker's user are in use, mostly "
    "by open transactions; further clients wait.",
    fix="End the transactions that hold the connections, or enlarge the pool.",
    symptom=True,
    alternatives=(
        Alternative(
            "Transactions stay open and hold the connections: list the sessions that are idle in transaction.",
            "database.table-locked",
        ),
        "The pool is smaller than what the pods need together: compare its size with their number.",
        Alternative("The server answers slowly.", "database.commits-wait"),
    ),
    # Transactions that wait for a lock keep their connections.
    explained_by=("database.table-locked", "database.commits-wait"),
    transient=True,
)
POOLER_PAUSED = Code(
    id="database.pooler-paused",
    meaning="The pooler was paused (PAUSE, SUSPEND or KILL in its console, or a signal) and not resumed: it accepts "
    "connections and serves none of them, or none of one database, while the server itself is fine.",
    fix="Resume the pooler.",
)
UNANSWERED = Code(
    id="database.login-unanswered",
    meaning="PostgreSQL accepts the connection but does not answer the login: it hangs or is overloaded.",
    fix="Check the PostgreSQL server.",
    symptom=True,
    alternatives=(
        "The server is overloaded or waits for its storage: read its log.",
        Alternative(
            "Something between pod and server accepts the connection, and loses the server: a pooler or a proxy.",
            "database.pooler-cannot-connect",
        ),
    ),
    transient=True,
)
FULL = Code(
    id="database.connections-exhausted",
    meaning="PostgreSQL or its pooler has no free connection slot.",
    fix="Find the sessions that hold the connections, or raise the limit.",
    transient=True,
)
STARTING = Code(
    id="database.starting",
    meaning="PostgreSQL is starting, recovering or shutting down and rejects logins.",
    fix="Wait until it is up, and find out why it restarted.",
    transient=True,
)
NO_TLS = Code(
    id="database.tls-not-offered",
    meaning="The worker's driver requires TLS, but the server or pooler does not offer it.",
    fix="Enable TLS on the server or pooler, or do not require it.",
)
TLS_REQUIRED = Code(
    id="database.tls-required",
    meaning="The server or pooler requires TLS, but the worker's driver does not use it.",
    fix="Enable TLS in the worker, or do not require it on the server or pooler.",
)
CERTIFICATE = Code(
    id="database.certificate-untrusted",
    meaning="The worker's driver rejects the certificate of the server or pooler: its issuer is unknown, its "
    "name is another one, or it has expired.",
    fix="Give the worker the issuer's certificate (NODE_EXTRA_CA_CERTS), or correct the server's.",
)
PARAMETER = Code(
    id="database.parameter-unsupported",
    meaning="The worker's driver sends a startup parameter that the pooler or server rejects.",
    fix="Remove the parameter, or let the pooler ignore it (ignore_startup_parameters).",
)
FAILED = Code(
    id="database.login-failed",
    meaning="The login fails with an error that is not about password, database or limits.",
    fix="Check the server's or the pooler's settings that the error names.",
)
CODES = (
    REJECTED,
    OUTDATED,
    ROLE_NOT_FOUND,
    NOT_SCRAM,
    EXPIRED,
    NOT_PERMITTED,
    POOLER_REJECTED,
    USERS_STALE,
    NO_PASSWORD,
    POOLER_STUCK,
    POOLER_SATURATED,
    POOLER_PAUSED,
    UNANSWERED,
    FULL,
    STARTING,
    NO_TLS,
    TLS_REQUIRED,
    CERTIFICATE,
    PARAMETER,
    FAILED,
)
