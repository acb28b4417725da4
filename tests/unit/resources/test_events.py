"""How the API server's events are read."""

import msgspec

from diagnose.resources import Event


def test_an_event_that_stands_for_many_reads_as_one_of_them() -> None:
    found = msgspec.json.decode(b'{"message": "(combined from similar events): Readiness probe errored"}', type=Event)
    assert found.message == "Readiness probe errored"
