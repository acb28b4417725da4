"""Registries by the distribution API (https://github.com/opencontainers/distribution-spec), tokens included.

Credentials are those of the user who runs diagnose (docker's own config.json), never those of a Secret. They go to the
registry that they are for, and to the token service that it names.
"""

import base64
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from diagnose.queries.registry import ImagePresence, QueryRegistry, RegistryAnswer
from diagnose.resources.image_reference import HUB, ImageReference, is_valid, parse
from diagnose.sources.source import answers
from diagnose.sources.usage import Counter
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy

HUB_HOST, HUB_KEY = "registry-1.docker.io", "https://index.docker.io/v1/"
ACCEPTED = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
LOCAL = {"localhost", "127.0.0.1", "::1"}
_PARAMETER = lazy(r'(?<!\w)(?P<name>\w++)="(?P<value>[^"]*)"')
DETAIL = 160


class _Login(msgspec.Struct, frozen=True):
    """A login with name and password; an identity token has no name."""

    name: str = ""
    password: str = ""
    identity: str = ""

    @property
    def pair(self) -> tuple[str, str] | None:
        return (self.name, self.password) if self.name else None


class RegistrySource:
    """Answers `QueryRegistry`."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    @answers(QueryRegistry)
    def answer(self, query: QueryRegistry, timeout_s: float) -> RegistryAnswer:
        """Returns the registry's answer."""
        import requests

        from diagnose.sources.http import bounded_session

        name = parse(query.image)
        if not is_valid(query.image):
            return RegistryAnswer(ImagePresence.UNKNOWN, detail=f"{query.image} is no name of an image")
        login, note = _login(name.registry)
        self._counter.probe()
        try:
            with bounded_session(timeout_s) as session:
                answer = _manifest(session, name, login)
        except (requests.RequestException, ValueError) as error:
            detail = f"{name.registry} does not answer: {_short(error)}"
            return RegistryAnswer(ImagePresence.UNKNOWN, detail=detail, login=login.name)
        if answer.status_code == 200:
            digest = answer.headers.get("Docker-Content-Digest", "")
            return RegistryAnswer(ImagePresence.YES, detail=digest, login=login.name, digest=digest)
        presence, detail = _refusal(answer.status_code, name, login)
        return RegistryAnswer(presence, detail=f"{detail}; {note}" if note else detail, login=login.name)


def _manifest(session: Any, name: ImageReference, login: _Login) -> Any:
    """Sends a HEAD for the manifest, again with the credentials that the registry requests."""
    host = HUB_HOST if name.registry == HUB else name.registry
    # As in Docker, only a registry on this machine may work without TLS.
    scheme = "http" if (urlsplit(f"//{host}").hostname or "") in LOCAL else "https"
    url = f"{scheme}://{host}/v2/{name.repository}/manifests/{name.version}"

    def head(**more: str) -> Any:
        # To another host, requests follows without the credentials.
        return session.head(url, headers={"Accept": ACCEPTED, **more}, auth=_nobody, allow_redirects=True)

    answer = head()
    challenge = answer.headers.get("WWW-Authenticate", "")
    if answer.status_code != 401 or not challenge:
        return answer
    kind, _, rest = challenge.partition(" ")
    if kind.lower() == "basic" and login.pair:
        pair = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
        return head(Authorization=f"Basic {pair}")
    if kind.lower() == "bearer":
        token = _token(session, dict(_PARAMETER.findall(rest)), name, login, scheme)
        return head(Authorization=f"Bearer {token}") if token else answer
    return answer


def _nobody(request: Any) -> Any:
    """Prevents other credentials, such as those of ~/.netrc."""
    return request


def _token(session: Any, challenge: dict[str, str], name: ImageReference, login: _Login, scheme: str) -> str:
    """Returns a token for one pull (https://distribution.github.io/distribution/spec/auth/token/), "" for none."""
    realm = challenge.get("realm", "")
    if urlsplit(realm).scheme not in {"https", scheme}:
        return ""  # a password is not sent in plaintext where the registry itself uses TLS
    scope = challenge.get("scope") or f"repository:{name.repository}:pull"
    fields = {"service": challenge.get("service", ""), "scope": scope}
    if login.identity:
        form = {**fields, "grant_type": "refresh_token", "refresh_token": login.identity, "client_id": "diagnose"}
        answer = session.post(realm, data=form, auth=_nobody, allow_redirects=False)
    else:
        answer = session.get(realm, params=fields, auth=login.pair or _nobody, allow_redirects=False)
    if answer.status_code != 200:
        return ""
    try:
        result = answer.json()
    except RecursionError:
        return ""
    if not isinstance(result, dict):
        return ""
    return str(result.get("token") or result.get("access_token") or "")


def _refusal(status: int, name: ImageReference, login: _Login) -> tuple[ImagePresence, str]:
    who = f"the login of {login.name}" if login.name else "a saved login" if login.identity else "no login"
    match status:
        case 404:
            return ImagePresence.NO, f"{name.registry} answers 404 Not Found"
        case 401 | 403:
            return ImagePresence.DENIED, f"{name.registry} answers {status} with {who}"
        case _:
            return ImagePresence.UNKNOWN, f"{name.registry} answers {status}"


def _login(registry: str) -> tuple[_Login, str]:
    """Returns the user's login at a registry, and why there is none where the file only names one."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or "~/.docker").expanduser()
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return _Login(), ""
    keys = (HUB_KEY, HUB, HUB_HOST) if registry == HUB else (registry, f"https://{registry}")
    auths = config.get("auths") or {}
    found: dict[str, Any] = next((auths[key] for key in keys if isinstance(auths.get(key), dict)), {})
    if found.get("identitytoken"):
        return _Login(identity=str(found["identitytoken"])), ""
    try:
        user, _, password = base64.b64decode(found.get("auth", "")).decode().partition(":")
    except ValueError:
        return _Login(), f"the login for {registry} in {folder / 'config.json'} cannot be read"
    if user and password:
        return _Login(name=user, password=password), ""
    helpers = config.get("credHelpers") or {}
    helper = next((helpers[key] for key in keys if key in helpers), config.get("credsStore", "") if found else "")
    # A helper is another program with access to a keychain, which diagnose does not start.
    return _Login(), f"the login is stored by docker-credential-{helper}, which is not started" if helper else ""


def _short(error: Exception) -> str:
    message = one_line(str(error))
    reason = re.search(
        r"(\[Errno[^\[\]]*\][^'\")]*|certificate verify failed[^'\")]*|timed out|Name or service not known)", message
    )
    return (reason[0] if reason else message)[:DETAIL]
