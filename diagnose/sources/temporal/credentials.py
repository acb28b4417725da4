"""The user's credentials for Temporal, by flags and, where the user allows it, by the environment of the SDKs.

They never leave this package: not in answers, not in errors.
"""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from diagnose.queries.temporal_login import TemporalLogin
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

FILE_LIMIT = 1 << 20


class CredentialsError(Exception):
    """The credentials cannot be used; the message has the reason and nothing of them."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """How to connect to a frontend.

    Attributes:
        tls: whether to use TLS; None where that is not stated.
        address: the only server that these credentials are for, "" for the worker's.
    """

    tls: bool | None = None
    address: str = ""
    server_name: str = ""
    ca: bytes = b""
    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    api_key: str = field(default="", repr=False)

    @property
    def encrypts(self) -> bool:
        """Whether they are for a connection over TLS."""
        return self.tls is not False and bool(self.tls or self.ca or self.certificate or self.api_key)


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """How to connect: with these credentials over TLS, whose certificate must be for a name, or in plain text.

    Attributes:
        name: the name of the certificate, "" for plain text.
        namespace: what an API key is used for.
    """

    name: str
    credentials: Credentials
    namespace: str


def load(login: TemporalLogin) -> Credentials:
    """Reads the credentials; those of flags count before those of the environment.

    Raises:
        CredentialsError: a file cannot be read, or they do not fit together.
    """
    found = _of_environment() if login.environment else Credentials()
    found = Credentials(
        tls=login.tls or found.tls,
        address=found.address,
        server_name=login.server_name or found.server_name,
        ca=_read(login.ca) or found.ca,
        certificate=_read(login.certificate) or found.certificate,
        key=_read(login.key) or found.key,
        api_key=_api_key(_read(login.api_key_file)) or found.api_key,
    )
    if bool(found.certificate) != bool(found.key):
        raise CredentialsError("a client certificate for Temporal needs its key, and a key its certificate")
    if found.tls is False and (found.api_key or found.certificate):
        raise CredentialsError("an API key or a client certificate for Temporal is only used over TLS")
    return found


def _read(path: str) -> bytes:
    if not path:
        return b""
    try:
        with Path(path).open("rb") as file:
            content = file.read(FILE_LIMIT)
    except OSError as error:
        raise CredentialsError(f"{path}: {error.strerror}") from None
    if not content.strip():
        raise CredentialsError(f"{path}: the file is empty")
    return content


def _api_key(content: bytes) -> str:
    key = content.decode("ascii", errors="replace").strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise CredentialsError("the file of --temporal-api-key-file has no API key: it is not one line of plain text")
    return key


def _of_environment() -> Credentials:
    """Returns what the SDKs would use (https://docs.temporal.io/references/client-environment-configuration)."""
    from temporalio.envconfig import ClientConfigProfile

    try:
        profile = ClientConfigProfile.load()
        config = profile.to_client_connect_config()
    except (RuntimeError, OSError, ValueError, TypeError, KeyError) as error:
        raise CredentialsError(f"TEMPORAL_… of the environment: {truncate(one_line(_reason(error)), 200)}") from None
    tls = config.get("tls")
    files = None if tls is None or isinstance(tls, bool) else tls
    return Credentials(
        tls=bool(tls) if tls is not None else None,
        address=config.get("target_host", ""),
        server_name=(files.domain if files else "") or "",
        ca=(files.server_root_ca_cert if files else b"") or b"",
        certificate=(files.client_cert if files else b"") or b"",
        key=(files.client_private_key if files else b"") or b"",
        api_key=_api_key(config.get("api_key", "").encode()),
    )


def _reason(error: Exception) -> str:
    """Returns why a configuration cannot be read, without its text, which may have a key."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error).partition("\n")[0]
