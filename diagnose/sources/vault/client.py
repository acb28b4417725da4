"""hvac's client within limits, whose answers are JSON objects or errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hvac
from hvac.adapters import JSONAdapter

from diagnose.sources.http import bounded_session


class _Adapter(JSONAdapter):
    """Accepts JSON objects only."""

    def request(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Returns the answer.

        Raises:
            ValueError: the server answered with something else than a JSON object.
        """
        try:
            answer = super().request(*args, **options)
        except RecursionError:
            raise ValueError("no valid answer: JSON that is nested too deeply") from None
        if not isinstance(answer, dict):
            sort = answer.headers.get("Content-Type", "no content type") if hasattr(answer, "headers") else "no object"
            status = getattr(answer, "status_code", 200)
            raise ValueError(f"no valid answer: HTTP {status}, {sort}, not of Vault")
        return answer


@contextmanager
def vault_client(
    url: str, timeout_s: float, *, token: str = "", namespace: str = "", forwarded: bool = False
) -> Iterator[Any]:
    """Yields a client whose requests end within a time (seconds); through a port-forward nothing is verified."""
    with bounded_session(timeout_s, through_proxies=not forwarded) as session:
        # What the session says would replace what the client takes from the environment, such as VAULT_CACERT.
        session.verify = False
        yield hvac.Client(
            url=url,
            token=token,
            namespace=namespace or None,
            verify=False if forwarded else None,
            session=session,
            allow_redirects=False,
            adapter=_Adapter,
        )
