"""What both programs read from their environment: the team's own names, and one URL for the database."""

import logging
import os
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import pg8000.dbapi

QUEUE = "BILLING_TASKQUEUE"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of Temporal and of the database."""

    address: str
    namespace: str
    queue: str
    database_url: str


def read() -> Settings:
    """Returns the settings; a KeyError names the one that is not set."""
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"),
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    return Settings(
        address=os.environ["BILLING_TEMPORAL_HOST_PORT"],
        namespace=os.environ["BILLING_TEMPORAL_NAMESPACE"],
        queue=os.environ[QUEUE],
        database_url=os.environ["DATABASE_URL"],
    )


def connect(url: str) -> pg8000.dbapi.Connection:
    """A connection to the database of a URL."""
    parts = urlsplit(url)
    return pg8000.dbapi.connect(
        user=parts.username or "",
        password=parts.password,
        host=parts.hostname or "",
        port=parts.port or 5432,
        database=parts.path.lstrip("/"),
        timeout=10,
    )
