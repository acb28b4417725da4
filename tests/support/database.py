"""A worker with a database, and what exec surveys of its pods say of logins to it."""

from typing import Any

from diagnose.check.api import Context
from diagnose.queries.database_state import DatabaseState
from diagnose.queries.exec_survey.survey import Connection, ConnectionState, Login, ServerProtocol
from tests.support.kit import WORKER, context, survey
from tests.support.objects import backends, pod, variables

HOST, PORT, USER = "pgbouncer.msp.svc", 6432, "app_user_pgbouncer"
CLIENT = {"env": variables(DB_HOST=HOST, DB_PORT=str(PORT), DB_USER_SERVER=USER)}
"""The worker's part of the pod template."""


def admin(state: DatabaseState) -> Login:
    """Returns an accepted admin login that read the state of the database."""
    return Login(purpose="admin", connected=True, look=state)


def surveyed(*logins: Login, others: tuple[Login, ...] = ()) -> Context:
    """Returns what a check sees where the first pod tried `logins` and the second one `others`."""
    first, second = (pod(name, {"name": "worker", **CLIENT}, ready=True) for name in ("worker-1", "worker-2"))
    surveys = [survey(first, logins=logins), survey(second, logins=others)]
    return context(first, second, profile=WORKER, container=CLIENT, surveys=surveys)


def connected(state: ConnectionState, *, speaks: ServerProtocol = ServerProtocol.POSTGRES, **more: Any) -> Context:
    """Returns what a check sees where a pod tried to connect to the pooler, whose Service has a ready pod."""
    own = pod("worker-1", {"name": "worker", **CLIENT}, ready=state is ConnectionState.CONNECTED)
    tried = survey(own, connections=(Connection(HOST, PORT, state, speaks=speaks),))
    return context(own, **{"container": CLIENT, "surveys": [tried], **backends("pgbouncer", PORT), **more})
