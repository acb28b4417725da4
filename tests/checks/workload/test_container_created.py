"""What the kubelet says of a container that it does not create."""

import msgspec
import pytest

from checks.workload.container_created import (
    CONTAINER_CREATED,
    MOUNT,
    NO_ENTRYPOINT,
    NON_ROOT,
    NOT_EXECUTABLE,
    OTHER,
    code_of,
    describe,
    sandbox_reason,
)
from diagnose.resources import Container
from tests.support.kit import Json, codes, context, findings
from tests.support.objects import event, pod, running, waiting

WHICH = '(pod: "worker-1_msp(9895da82-4bca-4a42-b4b7-523222df134e)", container: worker)'


def test_a_user_that_breaks_the_non_root_policy_is_root() -> None:
    message = f"container's runAsUser breaks non-root policy {WHICH}"

    assert code_of(message) is NON_ROOT
    assert describe(NON_ROOT, message, Container("worker")) == "would run as root, which runAsNonRoot forbids"


def test_the_reason_is_quoted_without_the_container() -> None:
    message = f"something new is wrong {WHICH}"

    assert describe(OTHER, message, Container("worker")) == "cannot be created (something new is wrong)"


RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: "
)
MISMATCH = (
    f'{RUNC}error during container init: error mounting "/var/lib/kubelet/pods/1/volume-subpaths/extra/worker/2" to '
    'rootfs at "/app/package.json": mount /var/lib/x:/app/package.json (via /proc/self/fd/6), flags: 0x5001: '
    "not a directory: unknown"
)
SANDBOX = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
    '"1f0": plugin type="calico" failed (add): failed to find plugin "calico" in path [/usr/lib/cni]'
)


def test_a_mount_of_a_folder_onto_a_file_names_both() -> None:
    mounts = [{"name": "extra", "mountPath": "/app/package.json", "subPath": "package.json"}]
    container = msgspec.convert({"name": "worker", "volumeMounts": mounts}, Container)
    assert code_of(MISMATCH) is MOUNT
    assert "mount package.json of volume extra at /app/package.json" in describe(MOUNT, MISMATCH, container)


@pytest.mark.parametrize(
    "message",
    [
        # As containerd reports it on a node; the others as runc writes them.
        'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/none.json": '
        "open /var/lib/kubelet/seccomp/none.json: no such file or directory",
        f'{RUNC}error gathering device information while adding custom device "/dev/fuse": no such file or directory',
        f"{RUNC}error during container init: unable to apply apparmor profile: apparmor failed to apply profile: "
        "write /proc/self/attr/exec: no such file or directory",
    ],
)
def test_a_missing_file_that_is_not_the_program_is_no_missing_program(message: str) -> None:
    assert code_of(message) is OTHER


def test_a_program_is_missing_or_forbidden_where_the_runtime_executes_it() -> None:
    absent = f'{RUNC}error during container init: exec: "/nope": stat /nope: no such file or directory'
    forbidden = f'{RUNC}error during container init: exec: "/app/x": permission denied'
    assert (code_of(absent), code_of(forbidden)) == (NO_ENTRYPOINT, NOT_EXECUTABLE)
    assert code_of(f"{RUNC}exec /app/x: exec format error") is NOT_EXECUTABLE


def test_the_reason_of_a_sandbox_is_the_plugin() -> None:
    assert sandbox_reason(SANDBOX, "worker-1") == 'plugin type="calico" failed (add): failed to find plugin "calico"'
    assert sandbox_reason(
        'rpc error: code = Unknown desc = no runtime for "gvisor" is configured', "worker-1"
    ).startswith("no runtime")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            waiting("CreateContainerConfigError", f"container's runAsUser breaks non-root policy {WHICH}"),
            [NON_ROOT.id],
        ),
        # What a reference lacks is reported by secrets.references-resolve.
        (waiting("CreateContainerConfigError", 'secret "s" not found'), []),
        (running(), []),
    ],
)
def test_a_container_that_is_not_created_is_found(status: Json, expected: list[str]) -> None:
    assert codes(CONTAINER_CREATED, context(pod(status={"containerStatuses": [status]}))) == expected


def test_the_reason_of_a_sandbox_reaches_the_point_without_the_name_of_the_pod() -> None:
    message = (
        "Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN "
        "worker-6dccb6cc6-rvllp.headless.app.svc.cluster.local is too long (64 characters is the max, 69 requested)"
    )
    assert "FQDN is too long" in sandbox_reason(message, "worker-6dccb6cc6-rvllp")


@pytest.mark.parametrize(
    ("message", "named", "of_network"),
    [
        (SANDBOX, "its network plugin calico is not in /usr/lib/cni", True),
        ("Failed to create pod sandbox: failed to setup network for sandbox: no IP addresses available", "no IP", True),
        ('Failed to create pod sandbox: no runtime for "gvisor" is configured', "no runtime", False),
    ],
)
def test_what_a_node_lacks_for_the_network_of_its_pods_is_named(message: str, named: str, of_network: bool) -> None:
    failed = event("FailedCreatePodSandBox", message, count=3)
    own = pod(node="n1", status={"containerStatuses": [waiting("ContainerCreating")]})
    [found] = findings(CONTAINER_CREATED, context(own, events=[failed]))
    assert named in found.summary
    assert ("Install calico in /usr/lib/cni of n1" in found.remediation.summary) == (message is SANDBOX)
    show = "kubectl get pods -A --field-selector spec.nodeName=n1 -o wide"
    assert (found.remediation.steps[0].command == show) == of_network
