"""All live sources as one: each query goes to the method that answers its type."""

from typing import Any

from diagnose.queries.exec_survey.survey import ExecPaths, ExecSurvey, SurveyAnswer
from diagnose.queries.manifest import Manifest, ReadManifest
from diagnose.queries.query import NoAnswerError, Query, SkippedError
from diagnose.sources.kubernetes.access_review import AccessSource
from diagnose.sources.kubernetes.api import ApiClient, Cluster
from diagnose.sources.kubernetes.exec import PodExecSource
from diagnose.sources.kubernetes.helm import HelmSource
from diagnose.sources.kubernetes.objects import KubernetesSource
from diagnose.sources.kubernetes.port_forward import Tunnels
from diagnose.sources.postgres.handshake import PostgresSource
from diagnose.sources.postgres.operator_login import OperatorLogin
from diagnose.sources.registry import RegistrySource
from diagnose.sources.source import answers, handlers
from diagnose.sources.temporal.credentials import Credentials
from diagnose.sources.temporal.frontend import TemporalSource, import_ahead
from diagnose.sources.usage import Counter
from diagnose.sources.vault.secrets import VaultSecretsSource
from diagnose.sources.vault.server import VaultSource


class LiveSource:
    """Queries the cluster and what runs in it.

    Attributes:
        handlers: the method for each type of query.
    """

    def __init__(
        self,
        cluster: Cluster,
        counter: Counter,
        *,
        may_exec: bool,
        database_login: str = "",
        credentials: Credentials | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        tunnels, client = Tunnels(cluster, counter), ApiClient(cluster, counter)
        kubernetes = KubernetesSource(client)
        self._pods = PodExecSource(cluster, counter)
        self._may_exec = may_exec
        self._manifest = manifest
        sources = (
            self,
            kubernetes,
            AccessSource(client),
            HelmSource(kubernetes),
            TemporalSource(credentials or Credentials(), tunnels, counter),
            VaultSource(tunnels, counter),
            VaultSecretsSource(tunnels, counter),
            RegistrySource(counter),
            PostgresSource(tunnels, counter),
            OperatorLogin(database_login, tunnels, counter),
        )
        self.handlers = {kind: handler for source in sources for kind, handler in handlers(source)}

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        """Returns the answer of the source that the query is for."""
        return self.handlers[type(query)](query, timeout_s)

    @answers(ExecSurvey)
    def survey(self, query: ExecSurvey, timeout_s: float) -> SurveyAnswer:
        """Runs the survey, unless the user forbids it."""
        if not self._may_exec:
            raise SkippedError("skipped because of --no-exec")
        if query.logins:
            import_ahead()
        return self._pods.survey(query, timeout_s)

    @answers(ExecPaths)
    def paths(self, query: ExecPaths, timeout_s: float) -> SurveyAnswer:
        """Runs the second survey of a container."""
        return self.survey(query, timeout_s)

    @answers(ReadManifest)
    def manifest(self, query: ReadManifest, timeout_s: float) -> Manifest:  # noqa: ARG002 - it is there already
        """Returns the manifest that the user gave."""
        if self._manifest is None:
            raise NoAnswerError("no manifest was given")
        return self._manifest
