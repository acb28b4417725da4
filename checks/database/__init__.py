"""PostgreSQL, for the server login and the admin login: address, protocol, login, database, tables, statements."""

from checks.database.address_named import ADDRESS_NAMED
from checks.database.admin_login_accepted import ADMIN_LOGIN_ACCEPTED
from checks.database.answers import ANSWERS
from checks.database.database_exists import DATABASE_EXISTS
from checks.database.login_accepted import LOGIN_ACCEPTED
from checks.database.migrations_applied import MIGRATIONS_APPLIED
from checks.database.name_resolves import NAME_RESOLVES
from checks.database.port_reachable import PORT_REACHABLE
from checks.database.statements_accepted import STATEMENTS_ACCEPTED
from checks.database.statements_run import STATEMENTS_RUN
from checks.database.tables_readable import TABLES_READABLE
from checks.database.writable import WRITABLE
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    NAME_RESOLVES,
    ADDRESS_NAMED,
    PORT_REACHABLE,
    ANSWERS,
    LOGIN_ACCEPTED,
    DATABASE_EXISTS,
    WRITABLE,
    ADMIN_LOGIN_ACCEPTED,
    TABLES_READABLE,
    STATEMENTS_ACCEPTED,
    STATEMENTS_RUN,
    MIGRATIONS_APPLIED,
)
