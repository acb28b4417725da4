"""How the API server is accessed, as kubectl's flags state it."""

import msgspec


class ClusterAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What flags state of the access to the API server.

    Attributes:
        kubeconfig: the file that is read instead of those of KUBECONFIG; "" for these.
        user, groups: who is impersonated; "" and none for who the kubeconfig states.
        request_timeout_s: how long one request may take; 0 for as long as the run allows.
    """

    kubeconfig: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    request_timeout_s: float = 0.0


KUBECONFIG_ALONE = ClusterAccess()
"""The access without any flag."""
