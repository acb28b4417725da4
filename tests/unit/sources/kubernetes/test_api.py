"""What a refusal of the API server means: it says "forbidden" also of kinds that it does not know."""

from typing import Any

import pytest

from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import ForbiddenError, NoAnswerError, NotFoundError
from diagnose.resources import Deployment, NetworkPolicy, Object, Pod, Workflow
from diagnose.sources.kubernetes.api import KubernetesSource
from diagnose.sources.usage import Counter


class Refusing(KubernetesSource):
    """Refuses every list, and knows some groups."""

    def __init__(self, *groups: str) -> None:
        unused: Any = None
        super().__init__(unused, Counter())
        self.groups, self.asked = groups, []  # type: tuple[str, ...], list[str]

    def _get(self, path: str, parameters: dict[str, Any], timeout_s: float, **other: Any) -> Any:
        self.asked.append(path)
        if path in self.groups:
            return object()
        raise ForbiddenError("list is forbidden") if "/namespaces/" in path else NotFoundError("no such page")


def refusal(source: Refusing, kind: type[Object]) -> type[Exception]:
    with pytest.raises(NoAnswerError) as caught:
        source.list(ListObjects(kind=kind, namespace="argo"), 5)
    return type(caught.value)


def test_a_kind_of_a_group_that_is_not_installed_does_not_exist() -> None:
    assert refusal(Refusing(), Workflow) is NotFoundError


def test_a_kind_that_is_installed_is_forbidden() -> None:
    assert refusal(Refusing("/apis/argoproj.io/v1alpha1"), Workflow) is ForbiddenError


@pytest.mark.parametrize("kind", [Pod, Deployment, NetworkPolicy])
def test_what_every_cluster_has_is_not_queried_again(kind: type[Object]) -> None:
    source = Refusing()
    assert refusal(source, kind) is ForbiddenError
    assert len(source.asked) == 1
