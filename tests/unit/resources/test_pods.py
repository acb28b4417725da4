"""Pods."""

import pytest

from diagnose.resources import Container, Meta, PodSpec, PodTemplate


@pytest.mark.parametrize(
    ("names", "default", "expected"),
    [
        (("web", "logs"), "", "web"),
        (("istio-proxy", "web"), "", "web"),
        (("logs", "web"), "web", "web"),
        (("istio-proxy",), "", "istio-proxy"),
        # An init container does not do the work.
        (("web",), "migrate", "web"),
        ((), "", ""),
    ],
)
def test_the_main_container_is_that_of_the_program(names: tuple[str, ...], default: str, expected: str) -> None:
    spec = PodSpec(
        containers=tuple(Container(name=each) for each in names), init_containers=(Container(name="migrate"),)
    )
    annotations = {"kubectl.kubernetes.io/default-container": default}
    assert PodTemplate(Meta(annotations=annotations), spec).main_container.name == expected
