"""What flags state of the worker's Temporal."""

from diagnose.resources import Container, EnvVar, Meta, PodSpec, PodTemplate
from diagnose.target import pod_template
from diagnose.target.derivation import derive
from diagnose.target.facts import FactState
from diagnose.target.profile import Profile

PROFILE = Profile(name="any")
FLAGS = {"address": "orders.a1b2c.tmprl.cloud:7233", "namespace": "orders.a1b2c"}


def test_a_flag_states_what_no_setting_does() -> None:
    container = Container(name="worker")
    template = PodTemplate(spec=PodSpec(containers=(container,)))
    found = derive(template, container, PROFILE, pod_template.vault(template, container, ()), flags=FLAGS)
    assert found.temporal
    assert (found.temporal.address, found.temporal.namespace) == (FLAGS["address"], FLAGS["namespace"])
    assert found.facts["temporal.address"].source == "--temporal-address"
    assert found.facts["temporal.queues"].state is FactState.UNKNOWN


def test_a_flag_counts_before_a_setting() -> None:
    container = Container(name="worker", env=(EnvVar(name="TEMPORAL_ADDRESS", value="temporal:7233"),))
    template = PodTemplate(metadata=Meta(), spec=PodSpec(containers=(container,)))
    found = derive(template, container, PROFILE, pod_template.vault(template, container, ()), flags=FLAGS)
    assert found.temporal
    assert found.temporal.address == FLAGS["address"]
