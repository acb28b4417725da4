"""The hosts that a program's settings name: in variables, arguments, scripts and files of ConfigMaps, with their ports.

Only settings whose text is known count. What names the program itself, what it listens on, or what it merely compares
(allowed hosts, origins) is no host that it connects to.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import msgspec

from diagnose.resources import ConfigMap, Container, PodTemplate
from diagnose.target import environment
from diagnose.target.environment import Environment, Setting
from diagnose.target.naming import tokens
from diagnose.text.addresses import is_address
from diagnose.text.patterns import lazy

_SCHEME_PORTS = {
    "http": 80, "https": 443, "ws": 80, "wss": 443, "postgres": 5432, "postgresql": 5432, "mysql": 3306,
    "mariadb": 3306, "redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "nats": 4222,
    "ldap": 389, "ldaps": 636, "smtp": 25, "memcached": 11211, "kafka": 9092, "cassandra": 9042, "etcd": 2379,
    "tcp": 0, "grpc": 0, "grpcs": 0, "clickhouse": 9000, "sqlserver": 1433, "cockroachdb": 26257,
}  # fmt: skip
"""The ports that libraries take where a URL has none; 0 where there is no usual one."""
_PROGRAM_PORTS = {
    "REDIS": 6379, "VALKEY": 6379, "POSTGRES": 5432, "PG": 5432, "MYSQL": 3306, "MARIADB": 3306, "MONGO": 27017,
    "RABBITMQ": 5672, "AMQP": 5672, "NATS": 4222, "KAFKA": 9092, "MEMCACHED": 11211, "ELASTICSEARCH": 9200,
}  # fmt: skip
_URL = lazy(r"(?<![\w+.-])(?P<scheme>[a-z][a-z0-9+-]{1,15})://(?P<rest>[^\s\"'<>,;|(){}\[\]\\`]{1,500})", re.IGNORECASE)
_NAME = lazy(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
_SPLIT = lazy(r"[\s,;|\"'\[\]]+")
_PARTS = lazy(r"[;|&\n]|[^\s;|&\"'`()<>]{1,500}")
_SCRIPT_VARIABLE = lazy(r"\$(?:\{(\w+)(?::?-[^{}\n]{0,200})?\}|(\w+))")
_LINE = lazy(
    r"(?P<indent>[ \t]*)(?:- )?[\"']?(?P<name>[A-Za-z_][\w.-]{0,80})[\"']?[ \t]*(?P<mark>[=:])[ \t]*(?P<text>[^\n]*)"
)
_COMMENT = lazy(r"(?m)^[ \t]*(?:#|//|;).*$")
# Programs in scripts that connect to the host and port of their arguments, or of -h and -p.
_DIALERS = frozenset({"nc", "ncat", "telnet"})
_CLIENTS = {
    "psql": 5432, "pg_isready": 5432, "pg_dump": 5432, "mysql": 3306, "mysqladmin": 3306, "mariadb": 3306,
    "redis-cli": 6379, "valkey-cli": 6379, "mongosh": 27017,
}  # fmt: skip
_FETCHERS = frozenset({"curl", "wget", "http", "grpcurl", "wait-for-it", "wait-for-it.sh", "wait-for", "server"})
_HOST_FLAGS, _PORT_FLAGS = ("-h", "--host"), ("-p", "-P", "--port")
_DEV_TCP = "/dev/tcp/"
_HOST_PARTS = frozenset({"HOST", "ADDRESS", "ENDPOINT", "SERVER", "HOSTADDR"})
# Names of settings whose NAME:NUMBER is surely a host and its port; of others it may be a name and an amount.
_OF_SERVERS = _HOST_PARTS | frozenset(_PROGRAM_PORTS) | frozenset({
    "HOSTS", "HOSTNAME", "HOSTPORT", "ADDR", "ADDRS", "ADDRESSES", "ENDPOINTS", "SERVERS", "SERVICE", "SERVICES",
    "URL", "URLS", "URI", "DSN", "BROKER", "BROKERS", "BOOTSTRAP", "NODES", "SEEDS", "PEERS", "UPSTREAM", "UPSTREAMS",
    "BACKEND", "BACKENDS", "TARGET", "TARGETS", "CONNECT", "CONNECTION", "SENTINEL", "SENTINELS", "PROXY", "REMOTE",
    "DB", "DATABASE", "CACHE", "API", "COLLECTOR", "GATEWAY", "TEMPORAL",
})  # fmt: skip
# Names that do not stand for something to connect to: of the program itself, or of what it compares.
_NO_TARGET = frozenset({
    "BIND", "LISTEN", "LISTENER", "LISTENERS", "ALLOWED", "ALLOW", "TRUSTED", "VIRTUAL", "ORIGIN", "ORIGINS", "CORS",
    "CSP", "REDIRECT", "CALLBACK", "COOKIE", "AUDIENCE", "ADVERTISE", "ADVERTISED", "PUBLIC", "EXTERNAL", "SELF",
    "IMAGE", "TAG", "VERSION", "XMLNS", "SCHEMA", "OWNER", "CHOWN", "USER", "GROUP", "UID", "EXAMPLE", "DOCS",
    "HOMEPAGE", "PASSWORD", "SECRET", "TOKEN", "NO", "IGNORE", "EXCLUDE", "REALM", "ISSUER", "NAMESPACE", "PATH",
})  # fmt: skip
_OF_ITSELF = frozenset(
    {"APP", "APPLICATION", "BASE", "SITE", "ROOT", "HOME", "WEB", "NEXTAUTH", "URL", "HOST", "SERVER", "NAME"}
)
_NO_SCHEMES = frozenset({"file", "unix", "s3", "gs", "docker", "data", "sqlite", "dns", "passthrough", "mongodb+srv"})
_SEPARATORS = frozenset(";|&\n")
_LOWEST_PORT = 80
LONGEST_TEXT, LONGEST_NAMED = 20_000, 1_000
_Named = tuple[str, int, bool]
"""A host, its port, and whether that is only the usual one."""
_HTTP = frozenset({"http", "https", "ws", "wss", "grpc", "grpcs", "clickhouse", "etcd"})
_OTHER_PORTS = frozenset(_PROGRAM_PORTS.values()) - {_PROGRAM_PORTS["ELASTICSEARCH"]}
_Group = tuple[tuple[str, ...], bool]


class NamedHost(msgspec.Struct, frozen=True, kw_only=True):
    """A host that a setting names.

    Attributes:
        port: 0 where none is known.
        is_usual_port: whether the port is only the usual one of such a server.
        is_sure: whether it is a host for certain, and no other name with a number, such as critical:100.
        source: where it is set, as a sentence names it.
        variable: the variable of the container that sets it, "" for another setting.
        text: the whole value, with which a step can set the variable again; "" where not all of it is known.
        container: the init container that uses it, "" for the program itself.
        config_map: the ConfigMap that has it, "" for another setting.
    """

    host: str
    port: int
    is_usual_port: bool = False
    is_sure: bool = True
    source: str = ""
    variable: str = ""
    text: str = ""
    container: str = ""
    config_map: str = ""

    @property
    def may_be_http(self) -> bool:
        """Whether a program may call it by HTTP, and so by the proxy of its environment."""
        scheme, mark, _ = self.text.partition("://")
        return scheme.lower() in _HTTP if mark else self.port not in _OTHER_PORTS


def named_hosts(
    settings: Environment, texts: Iterable[tuple[str, str]] = (), container: str = ""
) -> Iterator[NamedHost]:
    """Yields the hosts of a container's settings, and of texts such as scripts and files, each with its source."""
    yield from _in_settings(tuple(settings.variables.values()), container)
    known_variables = (each for each in settings.variables.values() if each.is_known)
    variables = {each.name: each.text for each in known_variables if len(each.text) < LONGEST_NAMED}
    for text, source in texts:
        plain = _COMMENT.sub("", text[:LONGEST_TEXT])
        known = _SCRIPT_VARIABLE.sub(lambda hit: variables.get(hit[1] or hit[2], hit[0]), plain)[:LONGEST_TEXT]
        yield from _in_text(known, source, container)
        yield from _in_settings(tuple(_lines(known, source)), container)
    yield from _in_settings(settings.arguments, container)


def texts_of(
    template: PodTemplate, container: Container, config_maps: Mapping[str, ConfigMap] | None
) -> Iterator[tuple[str, str]]:
    """Yields the script of a container's command and its files of ConfigMaps, each with its source.

    The file of the SDKs' environment configuration has addresses of several profiles, of which one is used: facts are
    read of it.
    """
    words = (*container.command, *container.args)
    script = "".join(f"\n{word}\n" if re.search(r"\s", word) else f"{word} " for word in words)
    if script:
        yield script, f"the command of container {container.name}"
    known = config_maps or {}
    mounted = [
        (each.name, mount) for mount, each in environment.mounted_maps(template, container) if each.name in known
    ]
    settings = environment.read(template, container, config_maps=known).variables if mounted else {}
    of_sdk = settings[environment.CONFIG_FILE].text if environment.CONFIG_FILE in settings else ""
    for name, mount in mounted:
        for key, path, text in environment.files_of(known[name], mount):
            if path != of_sdk:
                yield text, f"key {key} of ConfigMap {name}"


def _in_settings(settings: tuple[Setting, ...], container: str) -> Iterator[NamedHost]:
    ports = {
        _group(each, parts): each.text for each in settings if (parts := tokens(each.name)) and parts[-1] == "PORT"
    }
    for each in settings:
        parts = tokens(each.name)
        if not parts or _NO_TARGET & set(parts) or set(parts) <= _OF_ITSELF:
            continue
        urls = dict.fromkeys(_urls(each.text))
        named = urls | dict.fromkeys(_pairs(each.text))
        if not named and (found := _alone(each, parts, ports)):
            named = {found: None}
        config_map = each.config_map
        for host, port, usual in named:
            yield NamedHost(
                host=host,
                port=port,
                is_usual_port=usual,
                is_sure=(host, port, usual) in urls or _is_of_server(parts, host),
                source=each.source,
                variable="" if config_map else each.variable,
                text=each.text if each.is_known else "",
                container=container,
                config_map=config_map,
            )


def _is_of_server(parts: tuple[str, ...], host: str) -> bool:
    """Whether a host is surely one by itself, or by the name of its setting."""
    return "." in host or not _OF_SERVERS.isdisjoint(parts) or host.upper() in parts


def _urls(text: str) -> Iterator[_Named]:
    for hit in _URL.finditer(text[:LONGEST_TEXT]):
        scheme = hit["scheme"].lower()
        if scheme in _NO_SCHEMES:
            continue
        authority = re.split(r"[/?#]", hit["rest"], maxsplit=1)[0].rpartition("@")[2]
        host, _, port = authority.partition(":")
        if _is_host(host) and _is_port(port):
            yield host, int(port), False
        elif _is_host(host) and not port and _SCHEME_PORTS.get(scheme):
            # A URL of the web without a port means that one.
            yield host, _SCHEME_PORTS[scheme], not scheme.startswith(("http", "ws"))


def _is_host(text: str) -> bool:
    """Whether a text can be a host: an IP address, or a name that is no number."""
    return bool(_NAME.fullmatch(text)) and (is_address(text) or bool(re.match("[A-Za-z]", text)))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536


def _pair(word: str) -> tuple[str, str]:
    """Returns host and port of a word such as HOST:PORT/PATH; empty ones where it is none."""
    host, _, port = word.rpartition("@")[2].partition("/")[0].rpartition(":")
    return (host, port) if _is_host(host) and _is_port(port) else ("", "")


def _pairs(text: str) -> Iterator[_Named]:
    """Yields the hosts of HOST:PORT in a value of one line; a low port is rather the tag of an image."""
    if "\n" in text or "://" in text:
        return
    for host, port in map(_pair, _SPLIT.split(text[:2000])):
        if host and int(port) >= _LOWEST_PORT:
            yield host, int(port), False


def _alone(setting: Setting, parts: tuple[str, ...], ports: Mapping[_Group, str]) -> _Named | None:
    """Returns the host of a setting of a host alone, with the port of the same group, or the usual one of its kind."""
    is_qualified = setting.text.endswith(".svc") or ".svc." in setting.text
    if not setting.is_known or not _is_host(setting.text):
        return None
    if not is_qualified and (len(parts) < 2 or parts[-1] not in _HOST_PARTS):
        return None
    given = ports.get(_group(setting, parts), "")
    if _is_port(given):
        return setting.text, int(given), False
    usual = next((_PROGRAM_PORTS[part] for part in parts if part in _PROGRAM_PORTS), 0)
    return (setting.text, usual, True) if usual or is_qualified or parts[-1] == "HOST" else None


def _group(setting: Setting, parts: tuple[str, ...]) -> _Group:
    """Returns what the settings of one server have in common: their name without its end, and where they are set."""
    return parts[:-1], bool(setting.variable)


def _in_text(text: str, source: str, container: str) -> Iterator[NamedHost]:
    for host, port, usual in dict.fromkeys((*_urls(text), *_in_script(_PARTS.findall(text)))):
        yield NamedHost(
            host=host,
            port=port,
            is_usual_port=usual,
            source=source,
            container=container,
            config_map=environment.config_map_of(source),
        )


def _in_script(words: list[str]) -> Iterator[_Named]:
    """Yields what the programs of a script connect to: `nc HOST PORT`, `psql -h HOST -p PORT`, `curl HOST:PORT`."""
    command: list[str] = []
    for word in (*words, "\n"):
        if word in _SEPARATORS:
            yield from _in_command(command)
            command = []
        else:
            command.append(word)


def _in_command(words: list[str]) -> Iterator[_Named]:
    for word in words:
        if word.startswith(_DEV_TCP):
            host, _, port = word.removeprefix(_DEV_TCP).partition("/")
            if _is_host(host) and _is_port(port):
                yield host, int(port), False
    names = [word.rpartition("/")[2] for word in words]
    if _DIALERS & set(names):
        yield from ((host, int(port), False) for host, port in pairwise(words) if _is_host(host) and _is_port(port))
    if _FETCHERS & set(names):
        yield from ((host, int(port), False) for host, port in map(_pair, words) if host)
    if client := next((name for name in names if name in _CLIENTS), ""):
        following = dict(pairwise(words))
        host = next((following[flag] for flag in _HOST_FLAGS if flag in following), "")
        port = next((following[flag] for flag in _PORT_FLAGS if flag in following), "")
        if _is_host(host):
            yield (host, int(port), False) if _is_port(port) else (host, _CLIENTS[client], True)


def ends_in(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yields hosts and ports in a line of any text, each with whether it is surely one, as in a URL."""
    yield from ((host, port, True) for host, port, _ in _urls(text))
    for host, port in (_pair(part.rstrip(".,:")) for part in _PARTS.findall(text)):
        if host and int(port) >= _LOWEST_PORT:
            yield host, int(port), False


def _lines(text: str, source: str) -> Iterator[Setting]:
    """Yields the settings of a file with one a line, named with those that they are nested in by indentation."""
    if not source.startswith("key "):
        return
    above: list[tuple[int, str]] = []
    for line in text.splitlines()[:2000]:
        hit = _LINE.match(line)
        if hit is None:
            continue
        indent, value = len(hit["indent"].expandtabs()), hit["text"].strip().rstrip(",").strip("\"'")
        above = [each for each in above if each[0] < indent]
        name = ".".join((*(each for _, each in above), hit["name"]))
        if hit["mark"] == ":" and value in {"", "{", "|", ">"}:
            above.append((indent, hit["name"]))
        elif value:
            yield Setting(name=name, text=value, source=f"{name} in {source}")
