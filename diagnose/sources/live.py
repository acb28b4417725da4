"""All live sources behind one face: each question goes to the source that answers its type."""

from typing import Any

from diagnose.probes.dependencies import AskPostgres, AskTemporal, AskVault, ReadLoginPath
from diagnose.probes.kubernetes import ListObjects, ReadLog
from diagnose.probes.question import LeftOutError, Question
from diagnose.probes.releases import ReadHelmHistory
from diagnose.probes.survey import Survey
from diagnose.sources.counting import Counter
from diagnose.sources.helm import HelmSource
from diagnose.sources.kubernetes import Cluster, KubernetesSource
from diagnose.sources.pod_exec import PodExecSource
from diagnose.sources.postgres import PostgresSource
from diagnose.sources.temporal import TemporalSource
from diagnose.sources.tunnel import Tunnels
from diagnose.sources.vault import VaultSource


class LiveSource:
    """Asks the cluster and what runs in it."""

    def __init__(self, cluster: Cluster, counter: Counter, *, may_exec: bool) -> None:
        tunnels = Tunnels(cluster, counter)
        self._kubernetes = KubernetesSource(cluster, counter)
        self._helm = HelmSource(self._kubernetes)
        self._pods = PodExecSource(cluster, counter)
        self._temporal = TemporalSource(tunnels, counter)
        self._vault = VaultSource(tunnels, counter)
        self._postgres = PostgresSource(tunnels, counter)
        self._may_exec = may_exec

    def answer(self, question: Question[Any], timeout_s: float) -> object:
        """The answer of the source that the question is for."""
        match question:
            case ListObjects():
                return self._kubernetes.list(question, timeout_s)
            case ReadLog():
                return self._kubernetes.log(question, timeout_s)
            case ReadHelmHistory():
                return self._helm.history(question, timeout_s)
            case Survey():
                if not self._may_exec:
                    raise LeftOutError("left out by --no-exec")
                return self._pods.survey(question, timeout_s)
            case AskTemporal():
                return self._temporal.ask(question, timeout_s)
            case AskVault():
                return self._vault.ask(question, timeout_s)
            case ReadLoginPath():
                return self._vault.read_login_path(question, timeout_s)
            case AskPostgres():
                return self._postgres.ask(question, timeout_s)
            case _:
                raise TypeError(f"no source answers {type(question).__name__}")
