"""Each type of query has exactly one method that answers it, and only that one runs."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints
from unittest.mock import MagicMock

import pytest

from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.query import Query, ServerQuery, SkippedError
from diagnose.sources.live import LiveSource
from diagnose.sources.source import answers, handlers
from diagnose.sources.usage import Counter
from tests.support.tracing import blank


def concrete(kind: Any = Query) -> set[type[Query[Any]]]:
    """All types of queries of this package."""
    found = {each for below in kind.__subclasses__() for each in concrete(below) | {below}}
    return {each for each in found if each.__module__.startswith("diagnose.") and each is not ServerQuery}


def test_every_query_is_answered_by_a_live_source() -> None:
    source = LiveSource(MagicMock(), Counter(), may_exec=False)
    assert set(source.handlers) == concrete()


def test_every_method_returns_the_answer_type_of_its_query() -> None:
    for kind, method in LiveSource(MagicMock(), Counter(), may_exec=False).handlers.items():
        returned = get_type_hints(method)["return"]
        if get_origin(returned) is Iterator:  # the pages of a list
            [returned] = get_args(returned)
        assert (get_origin(returned) or returned) is kind.answer_type, kind


def test_a_query_goes_to_the_method_that_answers_its_type() -> None:
    class Source:
        @answers(ReviewAccess)
        def review(self, query: ReviewAccess, timeout_s: float) -> Access:
            return Access(allowed=query.verb == "list" and timeout_s > 1)

        def other(self) -> None: ...

    ((kind, handler),) = handlers(Source())
    query = ReviewAccess(group="", resource="pods", verb="list")
    assert kind is ReviewAccess
    assert handler(query, 2) == Access(allowed=True)
    assert handler(query, 1) == Access(allowed=False)


def test_a_survey_that_the_user_forbids_is_skipped() -> None:
    with pytest.raises(SkippedError, match="--no-exec"):
        LiveSource(MagicMock(), Counter(), may_exec=False).answer(blank(ExecSurvey), 1)
