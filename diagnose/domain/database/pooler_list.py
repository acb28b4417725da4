"""The databases that a pooler knows, by the configuration file that its pods mount from a ConfigMap."""

import re
from collections.abc import Iterator

import msgspec

from diagnose.check.api import Context
from diagnose.domain.database.logins import database_of
from diagnose.domain.network.backends import pods_of
from diagnose.resources import ConfigMap
from diagnose.target.service_names import service_of
from diagnose.text.patterns import lazy

ANY = "*"
_SECTION = lazy(r"^\[databases\][^\n]*\n(?P<lines>.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = lazy(r"^[ \t]*+\"?(?P<name>[\w.*-]{1,63}+)\"?[ \t]*+=(?P<options>[^\n]*+)", re.MULTILINE)
_DATABASE = lazy(r"(?<!\w)dbname\s*=\s*'?(?P<name>[^\s']{1,63})")


class PoolerList(msgspec.Struct, frozen=True, kw_only=True):
    """A pooler's list of databases: under each name, the name of the database on the server."""

    namespace: str
    config_map: str
    databases: dict[str, str]

    def names_of(self, database: str) -> list[str]:
        """Returns the names under which the list has a database of the server."""
        return [name for name, at_server in self.databases.items() if at_server == database]


def pooler_list(ctx: Context) -> PoolerList | None:
    """Returns the list of the pooler that the worker's host leads to; None where no ConfigMap has one."""
    named = service_of(database_of(ctx).host, ctx.target)
    if named is None:
        return None
    namespace, pods = named[0], pods_of(ctx, named)
    mounted = {volume.config_map.name for pod in pods for volume in pod.spec.volumes if volume.config_map}
    if not mounted:
        return None
    for each in ctx.list(ConfigMap, namespace):
        if each.name in mounted and (found := dict(_databases(each))):
            return PoolerList(namespace=namespace, config_map=each.name, databases=found)
    return None


def _databases(config_map: ConfigMap) -> Iterator[tuple[str, str]]:
    for text in config_map.data.values():
        for section in _SECTION.finditer(text):
            for entry in _ENTRY.finditer(section["lines"]):
                at_server = _DATABASE.search(entry["options"])
                yield entry["name"], at_server["name"] if at_server else entry["name"]
