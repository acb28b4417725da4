"""The one request: what the command line, the file of settings and a recording's header say of it."""

from hypothesis import given
from hypothesis import strategies as st

from diagnose.target.request import Allowance, Expected, Occasion, Request, recorded

names = st.text("abcdef-./=", max_size=8)
ids = st.lists(st.text("abc.-", min_size=1, max_size=8), max_size=3).map(tuple)
requests = st.builds(
    Request,
    context=names,
    **dict.fromkeys(
        ("namespace", "workload", "pod", "selector", "container", "manifest", "workflows", "profile"), names
    ),
    expected=st.builds(Expected, image=names, revision=names),
    occasion=st.sampled_from(Occasion),
    only=ids,
    skip=ids,
    allowed=st.frozensets(st.sampled_from(Allowance)),
)


@given(requests)
def test_a_recording_keeps_the_request(request: Request) -> None:
    assert recorded(request.context, request.arguments) == request


@given(requests, requests)
def test_a_request_is_completed_where_it_says_nothing(request: Request, other: Request) -> None:
    whole = request.completed_by(other)
    assert whole.completed_by(request) == whole
    assert Request().completed_by(request) == request.completed_by(Request()) == request
    assert whole.namespace == (request.namespace or other.namespace)
    assert whole.only == (request.only or other.only)


def test_a_login_is_in_no_text_and_in_no_recording() -> None:
    request = Request(database_login="hunter2")
    assert "hunter2" not in repr(request)
    assert request.arguments == {}
