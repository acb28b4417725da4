"""Finds the secrets of URLs and connection strings: user and password, values of the query, paths of webhooks."""

import re
import string
from collections.abc import Iterator

from diagnose.text.patterns import lazy
from diagnose.text.redaction.names import is_secret_name
from diagnose.text.redaction.spans import MASK, Span
from diagnose.text.redaction.tokens import is_plain

_SCHEME_CHARACTERS = f"{string.ascii_letters}{string.digits}+.-"
_MAX_SCHEME = 31
_REST = lazy(r"[^\s\"'<>`]*+")
# A password with a quote or an angle bracket in it ends at the host all the same.
_QUOTED = lazy(r"[^\s@]{0,256}+@(?=[A-Za-z0-9\[])")
_NEXT_LINE = lazy(r"\n[ \t]*+([^\s\"'<>`@]*+@(?=[A-Za-z0-9\[]))")
_NEXT_TOKEN = lazy(r"\n[ \t]*+([A-Za-z0-9_\-+/=.%~]{4,}+)(?=[ \t]*+(?:\n|\Z))")
_HOST = lazy(r"(?:[A-Za-z0-9._\-]*+|\[[0-9A-Fa-f:.%]++\]|[0-9A-Fa-f]*+:[0-9A-Fa-f:]*+)(?::\d{0,5}+)?\Z")
_PORT = lazy(r"\d{0,5}\Z|port\Z|<|\$|\{|%[sdv]|:|\*|X+\Z", re.IGNORECASE)
_VARIABLE = lazy(
    r"(?:\$\{\w+\}|\$\(\w+\)|\$[A-Z_]+|\{\{[^{}]*\}\}|\{\w*\}|<[^<>]*>|%s|\*+|true|false|" + re.escape(MASK) + r")?\Z"
)
_PARAMETER = lazy(r"(?P<name>[^&;=?#\s]{1,128}+)=(?P<value>[^&#\s]*+)")
_WEB = frozenset({"http", "https", "ws", "wss", "git+https", "git"})
_WITH_LOGIN = lazy(
    r"postgres|pg|my|maria|mongo|redis|valkey|amqp|mssql|sqlserver|oracle|clickhouse|nats|s?ftp|smtp|ldap|kafka|db|memcached|imap"
)
_IMAGES = lazy(r"docker|containerd|cri|oci|image")
_NO_TOKEN = frozenset({"git", "user", "username", "oauth2", "anonymous", "admin", "root", "guest"})
_HOOKS = lazy(r"(?i)hooks?\b|/services/|/bot\d|webhook|telegram\.org")
_SEGMENT = lazy(r"[^/]++")
_MIN_SEGMENT = 6
_MAX_USER = 20
_TRAILING = ".,;:!?)]}\\"
# "user:password@host" without a scheme.
_BARE = lazy(
    r"(?<![\w.:/@%+\-])[\w.\-]{1,64}+:(?P<password>[^\s:@/\"'<>,]{3,128}+)@(?!sha\d)"
    r"(?=[A-Za-z0-9\[][A-Za-z0-9_.\-]{0,255}+(?::\d|/|\.[a-z]|\(|[\s\"',;)]|\Z))"
)
# "user/password@//host", as Oracle's tools have it.
_ORACLE = lazy(r"(?<![\w./@\-])\w{1,30}+/(?P<password>[^\s/@:\"']{3,64}+)@(?=//)")
# host:port:database:user:password
_PGPASS = lazy(r":(?:\d{1,5}|\*):[\w.*\-]{1,63}+:[\w.*\-]{1,63}+:(?P<password>\S++)")
_PGPASS_COLONS = 4
# A parser quotes as the port, or as the host, what a special character has cut off the password.
_NO_PORT_PHRASES = ("ort could not be cast", "invalid port", "invalid integer value")
_NO_PORT = lazy(
    r"(?:ort could not be cast to integer value as|invalid port(?: number(?: in \w{1,20} URL)?)?|invalid integer value)"
    r"[: ]{1,3}\\?[\"']:?(?!\d{1,5}\\?[\"'])(?P<part>[^\"'\\\s]{1,200})"
)
_LOGIN_IN_HOST = lazy(r"(?:host ?name|ENOTFOUND|EAI_AGAIN|\blookup) \\?\"?(?P<part>[^\s\"@:/]{1,200}+)@(?=\w)")
_PGHOST = lazy(r"(?!\d+\Z)[\w.*\-]++")
_MAX_HOST = 253

# Parameters of queries that are no secret, of the APIs and connection strings that are seen in a cluster.
_HARMLESS_TEXT = """
    limit page per_page pagesize size offset skip sort order orderby timeout timeoutseconds timeout_ms follow
    container containers namespace ns labelselector fieldselector resourceversion resourceversionmatch
    allowwatchbookmarks sendinitialevents watch pretty dryrun fieldmanager force propagationpolicy
    graceperiodseconds previous tail taillines limitbytes sinceseconds sincetime timestamps command stdin stdout
    stderr tty ports verbose format type kind name names group version apiversion sslmode ssl sslrootcert
    channel_binding connect_timeout connecttimeout socket_timeout statement_timeout lock_timeout application_name
    applicationname schema currentschema search_path options pool_timeout pool_size connection_limit pgbouncer
    target_session_attrs host port db dbname database user charset encoding parsetime loc tls replicaset
    readpreference retrywrites w authsource authmechanism directconnection maxpoolsize minpoolsize servertimezone
    usessl allowpublickeyretrieval autoreconnect failover lang locale tz mode level service scope scopes account
    client_info from to start end step since until time date method action op view tab status state depth recurse
    recursive list help seal perfstandbyok standbyok standbycode uninitcode sealedcode activecode drsecondarycode
    performancestandbycode index wait stale dc node near filter fields include exclude expand select count total
    interval region zone env environment go-get debug gctrace exact match protocol scheme taskqueue task_queue
    workflow workflowid workflow_id runid run_id build buildid ref branch tag platform arch os mount path dir file n
    last retry retries attempt max min reason component release heartbeat prefetch vhost family maxretries
    protocol_version keepalives tcp_keepalive redirect
"""
_HARMLESS = frozenset(_HARMLESS_TEXT.split())


def find(text: str) -> Iterator[Span]:
    """Yields the secrets in the URLs and addresses of a text."""
    at = text.find("://")
    while at >= 0:
        following = text.find("://", at + 3)
        before = text[max(0, at - _MAX_SCHEME) : at]
        scheme = before[len(before.rstrip(_SCHEME_CHARACTERS)) :].lower()
        rest = _REST.match(text, at + 3, following if following >= 0 else len(text))
        if scheme and rest:
            yield from _in_url(text, scheme, at + 3, rest.end())
        at = following
    if "@" in text:
        for found in _BARE.finditer(text):
            yield Span(*found.span("password"), "password of an address")
        for found in _ORACLE.finditer(text):
            yield Span(*found.span("password"), "password of an address")
        for found in _LOGIN_IN_HOST.finditer(text):
            yield Span(*found.span("part"), "part of a password")
    if any(phrase in text for phrase in _NO_PORT_PHRASES):
        for found in _NO_PORT.finditer(text):
            yield Span(*found.span("part"), "part of a password")
    for found in _PGPASS.finditer(text) if text.count(":") >= _PGPASS_COLONS else ():
        host = text[max(0, found.start() - _MAX_HOST) : found.start()].split()[-1:]
        if host and _PGHOST.fullmatch(host[0].strip("\"'")):
            yield Span(*found.span("password"), ".pgpass")


def _in_url(text: str, scheme: str, start: int, end: int) -> Iterator[Span]:
    chunk = text[start:end]
    host = _host_at(scheme, chunk)
    if host:
        yield from _userinfo(scheme, chunk[: host - 1], start)
    else:
        yield from _cut_userinfo(text, scheme, start, end)
    rest = chunk[host:]
    path = min((cut for cut in map(rest.find, "?#") if cut >= 0), default=len(rest))
    if _HOOKS.search(rest, 0, path):
        yield from _in_path(rest[:path], start + host)
    if path < len(rest):
        yield from _in_query(text, rest, path, start + host)


def _host_at(scheme: str, chunk: str) -> int:
    """Returns where the host begins after user and password, 0 without them; they may have any character."""
    query = chunk.find("?")
    before = chunk if query < 0 or "@" not in chunk[:query] else chunk[:query]
    at = before.rfind("@")
    authority = chunk[: min((cut for cut in map(chunk.find, "/?#;") if cut >= 0), default=len(chunk))]
    if scheme in _WEB:
        if "@" not in authority and _HOST.match(authority):
            return 0
        while at > len(authority) and (before[at - 1] == "/" or before.startswith("@sha", at)):
            at = before.rfind("@", 0, at)
    elif _IMAGES.match(scheme):
        return 0
    return at + 1


def _userinfo(scheme: str, login: str, start: int) -> Iterator[Span]:
    user, colon, password = login.partition(":")
    if not _VARIABLE.match(password):
        yield Span(start + len(user) + 1, start + len(login), "password of a URL")
    lone = scheme in _WEB and not colon and user.lower() not in _NO_TOKEN
    if not _VARIABLE.match(user) and (lone or not is_plain(user) or (scheme in _WEB and len(user) >= _MAX_USER)):
        yield Span(start, start + len(user), "token of a URL")


def _cut_userinfo(text: str, scheme: str, start: int, end: int) -> Iterator[Span]:
    """Yields what follows the user of a URL without a host: its end is on the next line, after a quote, or cut off."""
    chunk = text[start:end]
    authority = chunk[: min((cut for cut in map(chunk.find, "/?#;") if cut >= 0), default=len(chunk))]
    user, colon, password = authority.partition(":")
    if colon and len(authority) == len(chunk):
        following = _NEXT_LINE.match(text, end) or (
            _QUOTED.match(text, end) if text[end : end + 1] in "\"'<>`" else None
        )
        if following and "://" not in following[0] and not _PORT.match(password + "x"):
            yield Span(start + len(user) + 1, following.end() - 1, "password of a URL")
            return
    if not colon or _HOST.match(authority) or "," in authority:
        return
    password = password.rstrip(_TRAILING)
    if not _PORT.match(password) and (_WITH_LOGIN.match(scheme) or not is_plain(password)):
        yield Span(start + len(user) + 1, start + len(user) + 1 + len(password), "password of a URL")


def _in_path(path: str, start: int) -> Iterator[Span]:
    """Yields the segments of a webhook's path that are no words: they are its only credential."""
    segments = list(_SEGMENT.finditer(path))
    for found in segments[1:]:
        segment = found[0].rstrip(_TRAILING)
        mixed = segment != segment.lower() or any(map(str.isdigit, segment))
        if len(segment) >= _MIN_SEGMENT and mixed and MASK not in segment and not _is_version(segment):
            yield Span(start + found.start(), start + found.start() + len(segment), "path of a webhook")


def _is_version(segment: str) -> bool:
    return segment.islower() and is_plain(segment)


def _in_query(text: str, rest: str, path: int, start: int) -> Iterator[Span]:
    stop = start + len(rest)
    for found in _PARAMETER.finditer(rest, path + 1):
        name, value = found["name"].rpartition("amp;")[2], found["value"].rstrip(_TRAILING)
        if _VARIABLE.match(value) or (name.lower() in _HARMLESS and not is_secret_name(name)):
            continue
        begin = start + found.start("value")
        yield Span(begin, begin + len(value), "value in a URL")
        if (
            begin + len(found["value"]) == stop
            and (following := _NEXT_TOKEN.match(text, stop))
            and not is_plain(following[1])
        ):
            yield Span(*following.span(1), "value in a URL")
    fragment = rest[path + 1 :].rstrip(_TRAILING)
    if rest[path] == "#" and "=" not in fragment and MASK not in fragment and not is_plain(fragment.strip("/!")):
        yield Span(start + path + 1, start + path + 1 + len(fragment), "fragment of a URL")
