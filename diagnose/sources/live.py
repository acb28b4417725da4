"""All live sources behind one face: each question goes to the source that answers its type."""

from collections.abc import Callable
from typing import Any

from diagnose.queries.access import ReviewAccess
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.helm import ReadHelmHistory
from diagnose.queries.kubernetes import ListObjects, ReadLog
from diagnose.queries.manifest import Manifest, ReadManifest
from diagnose.queries.postgres import InspectDatabase, QueryPostgres
from diagnose.queries.query import NoAnswerError, Query, SkippedError
from diagnose.queries.registry import QueryRegistry
from diagnose.queries.temporal import QueryTemporal
from diagnose.queries.vault import QueryVault, ReadLoginPath
from diagnose.queries.vault_secrets import ListVaultSecrets
from diagnose.sources.kubernetes.access_review import AccessSource
from diagnose.sources.kubernetes.api import Cluster, KubernetesSource
from diagnose.sources.kubernetes.exec import PodExecSource
from diagnose.sources.kubernetes.helm import HelmSource
from diagnose.sources.kubernetes.port_forward import Tunnels
from diagnose.sources.postgres.handshake import PostgresSource
from diagnose.sources.postgres.operator_login import OperatorLogin
from diagnose.sources.registry import RegistrySource
from diagnose.sources.temporal.frontend import TemporalSource, import_ahead
from diagnose.sources.usage import Counter
from diagnose.sources.vault.secrets import VaultSecretsSource
from diagnose.sources.vault.server import VaultSource


class LiveSource:
    """Asks the cluster and what runs in it."""

    def __init__(
        self,
        cluster: Cluster,
        counter: Counter,
        *,
        may_exec: bool,
        database_login: str = "",
        manifest: Manifest | None = None,
    ) -> None:
        tunnels = Tunnels(cluster, counter)
        kubernetes, vault = KubernetesSource(cluster, counter), VaultSource(tunnels, counter)
        self._pods = PodExecSource(cluster, counter)
        self._may_exec = may_exec
        self._manifest = manifest
        self._sources: dict[type[Query[Any]], Callable[[Any, float], object]] = {
            ListObjects: kubernetes.list,
            ReadLog: kubernetes.log,
            ReviewAccess: AccessSource(kubernetes).answer,
            ReadManifest: self._given,
            ReadHelmHistory: HelmSource(kubernetes).history,
            ExecSurvey: self._survey,
            QueryTemporal: TemporalSource(tunnels, counter).answer,
            QueryVault: vault.answer,
            ReadLoginPath: vault.read_login_path,
            ListVaultSecrets: VaultSecretsSource(tunnels, counter).answer,
            QueryRegistry: RegistrySource(counter).answer,
            QueryPostgres: PostgresSource(tunnels, counter).answer,
            InspectDatabase: OperatorLogin(database_login, tunnels, counter).look,
        }

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """The answer of the source that the question is for."""
        return self._sources[type(query)](query, timeout_s)

    def _survey(self, query: ExecSurvey, timeout_s: float) -> object:
        if not self._may_exec:
            raise SkippedError("left out by --no-exec")
        if query.logins:
            import_ahead()
        return self._pods.survey(query, timeout_s)

    def _given(self, query: ReadManifest, timeout_s: float) -> Manifest:  # noqa: ARG002 - it is there already
        if self._manifest is None:
            raise NoAnswerError("no manifest was given")
        return self._manifest
