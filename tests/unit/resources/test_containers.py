"""How containers are read."""

from diagnose.resources import Container, VolumeMount


def test_the_deepest_mount_holds_a_file() -> None:
    mounts = (VolumeMount("root", "/vault"), VolumeMount("deep", "/vault/secrets"), VolumeMount("no", "/vault/sec"))
    container = Container(name="c", volume_mounts=mounts)
    found = container.mount_at("/vault/secrets/a")
    assert found is not None
    assert found.name == "deep"
    assert container.mount_at("/etc/a") is None
