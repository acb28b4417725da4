"""PostgreSQL, for the server login and the admin login: name, port, protocol, login, database, writes."""

from checks.database.admin_login_accepted import ADMIN_LOGIN_ACCEPTED
from checks.database.answers import ANSWERS
from checks.database.database_exists import DATABASE_EXISTS
from checks.database.login_accepted import LOGIN_ACCEPTED
from checks.database.name_resolves import NAME_RESOLVES
from checks.database.port_reachable import PORT_REACHABLE
from checks.database.writable import WRITABLE
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (
    NAME_RESOLVES,
    PORT_REACHABLE,
    ANSWERS,
    LOGIN_ACCEPTED,
    DATABASE_EXISTS,
    WRITABLE,
    ADMIN_LOGIN_ACCEPTED,
)
