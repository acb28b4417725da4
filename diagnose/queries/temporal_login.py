"""How the user lets diagnose connect to Temporal."""

import msgspec


class TemporalLogin(msgspec.Struct, frozen=True, kw_only=True):
    """The user's own settings of a connection to Temporal: files by their paths, never their contents.

    Attributes:
        tls: whether to use TLS, as any of the following implies.
        ca, certificate, key: files of the server's authority, and of the client's certificate and its key.
        server_name: the name that the server's certificate must have, "" for that of the host.
        api_key_file: a file with an API key.
        environment: whether TEMPORAL_… of the user's environment, and the file that it names, may be used.
    """

    tls: bool = False
    ca: str = ""
    certificate: str = ""
    key: str = ""
    server_name: str = ""
    api_key_file: str = ""
    environment: bool = False

    @property
    def given(self) -> bool:
        """Whether the user gave any credentials."""
        return bool(self.certificate or self.api_key_file or self.environment)
