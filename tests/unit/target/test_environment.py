"""The settings of a container."""

from diagnose.resources import Container, EnvVar, PodTemplate
from diagnose.target import environment


def test_references_to_references_do_not_make_a_value_endless() -> None:
    """Each value is twice the one before, so that the last would have 10 * 2**40 characters."""
    doubled = (EnvVar(name=f"V{at}", value=f"$(V{at - 1})$(V{at - 1})") for at in range(1, 41))
    worker = Container(name="worker", env=(EnvVar(name="V0", value="0123456789"), *doubled))
    found = environment.read(PodTemplate(), worker).variables
    assert (found["V2"].text, found["V2"].is_known) == ("0123456789" * 4, True)
    assert max(len(each.text) for each in found.values()) <= environment.LONGEST_VALUE
    assert not found["V40"].is_known


def test_an_argument_does_not_get_endless_by_its_references() -> None:
    longest = EnvVar(name="LONGEST", value="x" * environment.LONGEST_VALUE)
    worker = Container(name="worker", env=(longest,), args=("--text=" + "$(LONGEST)" * 1000,))
    (found,) = environment.read(PodTemplate(), worker).arguments
    assert len(found.text) < 2 * environment.LONGEST_VALUE
    assert found.unread[0] == "variable LONGEST"
