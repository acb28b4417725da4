"""`diagnose`, but asking more than today's checks need, so that its recordings can answer the checks of a later day.

Used as the command of the fault runner: `python -m tests.lab.run --diagnose 'python -m tests.lab.wide'`.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from diagnose.check.api import Check, Context
from diagnose.check.stages import INDEPENDENT
from diagnose.cli import assembly, run
from diagnose.cli.main import main
from diagnose.domain.database.queries import query_postgres
from diagnose.domain.network.reachability import route_to
from diagnose.domain.temporal.queries import query_temporal
from diagnose.domain.vault.queries import query_vault, read_login_path, route_to_vault
from diagnose.engine.catalogue import names_of
from diagnose.engine.diagnosis import Examination
from diagnose.engine.run_data import SharedRunData
from diagnose.model.report import Report
from diagnose.queries.kubernetes import ReadLog
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Object, Pod, Workflow, WorkflowTemplate, Workload
from tests.support.targets import discover

DEPENDENCIES = ("vault", "temporal", "kube-system")


def keep_more(path: Path, examination: Examination, report: Report) -> None:
    """Runs further queries, then stores the recording."""
    for look in _looks(examination):
        # A missing answer is recorded, too.
        with suppress(NoAnswerError):
            look()
    assembly.store(path, examination, report)


def _looks(examination: Examination) -> list[Callable[[], object]]:
    known = examination.catalogue
    target = discover(examination.gateway, examination.request, known.profiles)
    run_data = SharedRunData(examination.gateway, target, examination.catalogue.signatures)
    check = Check(id="lab.look-further", title="All queries ran", stage=INDEPENDENT, run=lambda _: iter(()))
    ctx = Context(target=target, now=examination.now, run_data=run_data, check=check, names=names_of(target))
    namespaces = (target.namespace, *DEPENDENCIES)
    looks: list[Callable[[], object]] = [run_data.logs, run_data.surveys]
    for kind in {*Object.__subclasses__(), *Workload.__subclasses__()} - {Workload}:
        looks += [partial(ctx.list, kind, namespace) for namespace in (namespaces if kind.namespaced else ("",))]
    looks += [partial(ctx.list, kind, target.workflows) for kind in (Workflow, WorkflowTemplate)]
    looks += [partial(_other_logs, ctx, namespace) for namespace in namespaces]

    def vault() -> object:
        found = route_to_vault(ctx)
        read_login_path(ctx, *found, target.vault.auth_path)
        return query_vault(ctx, *found)

    looks.append(vault)
    if target.temporal:
        looks.append(lambda: query_temporal(ctx))
    if database := target.database:
        looks.append(lambda: query_postgres(ctx, route_to(ctx, database.host, database.port)))
    return looks


def _other_logs(ctx: Context, namespace: str) -> None:
    """The logs of all pods but the target's: of its dependencies, and of what runs beside it."""
    own = {pod.name for pod in ctx.target.pods}
    for pod in ctx.list(Pod, namespace):
        for status in pod.status.container_statuses if pod.name not in own else ():
            for previous in (False, True) if status.restart_count else (False,):
                with suppress(NoAnswerError):
                    ctx.query(ReadLog(namespace=namespace, pod=pod.name, container=status.name, previous=previous))


if __name__ == "__main__":
    vars(run)["keep"] = keep_more
    main()
