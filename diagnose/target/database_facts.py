"""What the settings of a program say of its database: engine, host, port, name and user of one login."""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec
from msgspec.structs import replace

from diagnose.target.environment import Environment, Setting
from diagnose.target.facts import DATABASE, DatabaseFacts, Fact, FactState, LoginVariables, none, unknown
from diagnose.target.naming import DatabaseName, Part, database_name
from diagnose.target.profile import DatabaseStatement, LoginSettings
from diagnose.target.temporal_facts import STATED, fact_of
from diagnose.text.addresses import split_port
from diagnose.text.patterns import lazy
from diagnose.text.redaction import MASK
from diagnose.text.sentences import listed

POSTGRES = "PostgreSQL"
SEARCHED = "DATABASE_URL, POSTGRES_…, PGHOST, …DB_HOST, …DATABASE_HOST, …_DSN, jdbc:"
STATED_BY = '`[profile] database = {host = …}` or `database = "none"` in diagnose.toml'
_SCHEMES = {
    "postgres": POSTGRES, "postgresql": POSTGRES, "pgx": POSTGRES, "psql": POSTGRES, "mysql": "MySQL",
    "mysql2": "MySQL", "mariadb": "MariaDB", "mongodb": "MongoDB", "mongodb+srv": "MongoDB", "sqlserver": "SQL Server",
    "mssql": "SQL Server", "oracle": "Oracle", "cockroachdb": "CockroachDB", "cockroach": "CockroachDB",
    "clickhouse": "ClickHouse", "redshift": "Redshift",
}  # fmt: skip
_PORTS = {5432: POSTGRES, 6432: POSTGRES, 3306: "MySQL", 1433: "SQL Server", 27017: "MongoDB", 1521: "Oracle"}
_STANDARD = {POSTGRES: 5432, "MySQL": 3306, "MariaDB": 3306, "SQL Server": 1433, "MongoDB": 27017, "CockroachDB": 26257}
_ENGINE_NAMES = (
    ("postgres", POSTGRES), ("pgx", POSTGRES), ("asyncpg", POSTGRES), ("psycopg", POSTGRES), ("mysql", "MySQL"),
    ("mariadb", "MariaDB"), ("mssql", "SQL Server"), ("sqlserver", "SQL Server"), ("mongo", "MongoDB"),
    ("oracle", "Oracle"), ("cockroach", "CockroachDB"),
)  # fmt: skip
_KEYWORD = lazy(r"(?P<name>[A-Za-z][A-Za-z _]{0,30}?)\s*=\s*(?P<value>'[^']*'|[^\s;']*)")
_KEYWORDS = {
    "host": "host", "hostaddr": "host", "server": "host", "data source": "host", "port": "port", "dbname": "name",
    "database": "name", "initial catalog": "name", "user": "user", "username": "user", "user id": "user", "uid": "user",
}  # fmt: skip
_PARTS = {Part.HOST: "host", Part.PORT: "port", Part.NAME: "name", Part.USER: "user", Part.PASSWORD: "password"}


class _Login(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of one login, each with its fact.

    Attributes:
        variables: the variables that set the parts, with "url" for one with all of them.
        sources: the names of the settings.
    """

    engine: str = ""
    facts: Mapping[str, Fact] = msgspec.field(default_factory=dict)
    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str] | None:
        """Host and port as far as they are values."""
        host = self.facts.get("host")
        return (host.value, self.facts["port"].value if "port" in self.facts else "") if host and host.value else None

    def merged(self, other: "_Login") -> "_Login":
        """Returns this login, completed by another description of the same one."""
        known = {name for name, fact in self.facts.items() if fact.state is FactState.VALUE}
        better = {
            name: fact
            for name, fact in other.facts.items()
            if name not in known and (fact.value or name not in self.facts)
        }
        return _Login(
            engine=self.engine or other.engine,
            facts={**self.facts, **better},
            variables={**other.variables, **self.variables},
            sources=(*self.sources, *other.sources),
        )

    def agrees(self, other: "_Login") -> bool:
        """Whether both may be of the same server."""
        here, there = self.place, other.place
        if here is None or there is None:
            return True
        return here[0] == there[0] and (not here[1] or not there[1] or here[1] == there[1])


def derive(
    environment: Environment,
    stated: DatabaseStatement | str | None = None,
    logins: tuple[LoginSettings, ...] = (),
) -> tuple[dict[str, Fact], DatabaseFacts | None]:
    """Returns the facts of the database by name, without their topic, and the login where it is known well enough."""
    if isinstance(stated, str):
        return dict.fromkeys(DATABASE, none(f"stated by {STATED}")), None
    if logins:
        login, admin = _of_profile(environment, logins)
        return _completed(login, environment.unread), _typed(login, admin)
    found = _chosen(environment)
    if isinstance(found, Fact) and not (stated and stated.host):
        return dict.fromkeys(DATABASE, found), None
    login = found if isinstance(found, _Login) else _Login(engine=POSTGRES)
    if stated:
        given = {name: Fact(state=FactState.VALUE, value=value, source=STATED) for name, value in stated.plain.items()}
        login = replace(login, facts={**login.facts, **given}, engine=login.engine or POSTGRES)
    login = _with_engine(login)
    return _completed(login, environment.unread), _typed(login)


def _chosen(environment: Environment) -> "_Login | Fact":
    """Returns the one login that the settings describe, or the fact that they describe none or several."""
    for layer in environment.layers:
        logins = [_with_engine_of_port(each) for each in _logins(layer)]
        main = [each for each in logins if each.facts]
        if not main:
            continue
        preferred = [each for each in main if each.engine == POSTGRES] or main
        merged: list[_Login] = []
        # Variables of their own can be changed one by one, so they are named rather than a URL with the same parts.
        for each in sorted(preferred, key=lambda login: (login.place is None, "url" in login.variables)):
            same = next((at for at, other in enumerate(merged) if other.agrees(each)), None)
            if same is None:
                merged.append(each)
            else:
                merged[same] = merged[same].merged(each)
        if len(merged) > 1:
            named = listed([each.sources[0] for each in merged])
            return unknown(f"{named} name different databases, and nothing says which of them counts")
        return merged[0]
    if environment.unread:
        where = listed(environment.unread)
        return unknown(
            f"no setting names a database; {where} may, and is not read (searched: {SEARCHED}; it can be stated by "
            f"{STATED_BY})"
        )
    return none(f"no setting names a database (searched: {SEARCHED})")


def _logins(layer: Iterable[Setting]) -> Iterator[_Login]:
    """Yields the logins of settings: one for each URL, and one for each group of settings."""
    groups: dict[tuple[str, ...], list[tuple[DatabaseName, Setting]]] = {}
    for setting in layer:
        if not setting.text:
            continue
        found = database_name(setting.name)
        if found is None:
            if setting.text.lower().startswith(("jdbc:", "postgres://", "postgresql://")):
                yield from _of_url(setting)
        elif not found.secondary:
            groups.setdefault(found.group, []).append((found, setting))
    for settings in groups.values():
        yield from _of_group(settings)


def _of_group(settings: list[tuple[DatabaseName, Setting]]) -> Iterator[_Login]:
    parts: dict[Part, Setting] = {found.part: each for found, each in settings if found.part is not Part.URL}
    rest = _parts_of({part: parts[part] for part in (Part.NAME, Part.USER, Part.PASSWORD) if part in parts}, "")
    for setting in (each for found, each in settings if found.part is Part.URL):
        yield from (_completed_by(login, rest) for login in _of_url(setting))
    is_database = any(found.is_database for found, _ in settings)
    named_database = any(found.part is Part.NAME and not each.name.upper().endswith("NAME") for found, each in settings)
    structured = Part.HOST in parts and named_database and (Part.USER in parts or Part.PASSWORD in parts)
    if Part.HOST not in parts or not (is_database or structured):
        return
    host = parts[Part.HOST]
    if "://" in host.text:
        yield from _of_url(host)
        return
    engine = next((found.engine for found, _ in settings if found.engine), "")
    if Part.ENGINE in parts:
        engine = engine_in(parts[Part.ENGINE].text) or engine
    login = _parts_of(parts, engine)
    text, port = split_port(_first(host.text))
    if host.is_known:
        login = replace(login, facts={**login.facts, "host": fact_of(host, text)})
    if port.isdigit() and host.is_known:
        facts = {**login.facts, "port": fact_of(host, port)}
        login = replace(login, facts=facts, variables={**login.variables, "port": login.variables["host"]})
    elif given := parts.get(Part.PORT):
        login = replace(login, facts={**login.facts, "port": fact_of(given, _first(given.text))})
    yield replace(login, sources=(host.name,))


def _first(text: str) -> str:
    """Returns the first of several hosts or ports, which libpq and JDBC separate by commas."""
    return text.partition(",")[0].strip()


def _completed_by(login: _Login, rest: _Login) -> _Login:
    """Returns the login of a URL with the parts that have settings of their own."""
    if "user" in login.facts:
        return replace(login, facts={**rest.facts, **login.facts})
    own = {name: variable for name, variable in rest.variables.items() if name not in login.facts}
    given = {name: variable for name, variable in login.variables.items() if name != "url" or not own}
    return replace(login, facts={**rest.facts, **login.facts}, variables={**given, **own})


def _parts_of(parts: Mapping[Part, Setting], engine: str) -> _Login:
    """Returns the login of settings of one part each."""
    facts = {_PARTS[part]: fact_of(setting) for part, setting in parts.items() if part in _PARTS}
    facts.pop("password", None)
    variables = {_PARTS[part]: setting.variable for part, setting in parts.items() if part in _PARTS}
    return _Login(engine=engine, facts=facts, variables=variables)


def engine_in(text: str) -> str:
    """Returns the engine that a text names, "" where it names none: pgx, django.db.backends.postgresql."""
    lower = text.lower()
    return next((engine for name, engine in _ENGINE_NAMES if name in lower), POSTGRES if lower == "pg" else "")


def _of_url(setting: Setting) -> Iterator[_Login]:
    """Yields the login of a URL, a JDBC URL, or text of keywords; nothing where it has another form."""
    text = setting.text.removeprefix("jdbc:")
    scheme, mark, _ = text.partition("://")
    if mark:
        engine = _SCHEMES.get(scheme.lower().partition("+")[0] if "srv" not in scheme else scheme.lower(), "")
        if not engine:
            return
        parts = _url_parts(text)
    else:
        if "=" not in text and setting.unread:
            name = database_name(setting.name)
            yield _Login(
                engine=name.engine if name else "",
                facts={"host": fact_of(setting)},
                variables=dict.fromkeys(("host", "url"), setting.variable),
                sources=(setting.name,),
            )
            return
        engine, parts = _keywords(text)
        if "host" not in parts:
            return
    facts = {name: fact_of(setting, value) for name, value in parts.items() if value and MASK not in value}
    variables = dict.fromkeys(("host", "port", "name", "user", "password", "url"), setting.variable)
    yield _Login(engine=engine, facts=facts, variables=variables, sources=(setting.name,))


def _url_parts(text: str) -> dict[str, str]:
    """Returns the parts of a URL; the port and the name may be missing."""
    try:
        parts: SplitResult = urlsplit(text)
    except ValueError:
        return {}
    login, _, place = parts.netloc.rpartition("@")
    host, port = split_port(_first(place.partition(";")[0]))
    query = dict(parse_qsl(parts.query))
    return {
        "host": host or _first(query.get("host", "")),
        "port": port or _first(query.get("port", "")),
        "name": unquote(parts.path.strip("/")),
        "user": unquote(login.partition(":")[0]) or query.get("user", ""),
    }


def _keywords(text: str) -> tuple[str, dict[str, str]]:
    """Returns the engine and the parts of text such as "host=db dbname=app" or "Host=db;Database=app;Username=u"."""
    found = {hit["name"].strip().lower(): hit["value"].strip("'") for hit in _KEYWORD.finditer(text)}
    parts = {_KEYWORDS[name]: value for name, value in found.items() if name in _KEYWORDS}
    is_postgres = "host" in found and bool({"dbname", "username", "sslmode", "user"} & set(found))
    following = parts.get("host", "").partition(",")[2]
    if following.isdigit():
        # SERVER,PORT of SQL Server.
        parts["port"] = following
    for name in {"host", "port"} & parts.keys():
        parts[name] = _first(parts[name].removeprefix("tcp:"))
    return POSTGRES if is_postgres else "", parts


def _with_engine_of_port(login: _Login) -> _Login:
    """Returns the login with the engine that its port implies."""
    port = login.facts.get("port")
    known = not login.engine and port is not None and port.value.isdigit()
    return replace(login, engine=_PORTS.get(int(port.value), "")) if known and port else login


def _with_engine(login: _Login) -> _Login:
    """Returns the login with the engine that its port implies, and the port that its engine implies."""
    login = _with_engine_of_port(login)
    facts, engine = dict(login.facts), login.engine
    port = facts.get("port")
    if port is None and engine in _STANDARD and "host" in facts and facts["host"].state is FactState.VALUE:
        source = f"the standard port of {engine}, as {listed(login.sources, 1)} names none"
        facts["port"] = Fact(state=FactState.VALUE, value=str(_STANDARD[engine]), source=source)
    return replace(login, facts=facts, engine=engine)


def _completed(login: _Login, unread: tuple[str, ...]) -> dict[str, Fact]:
    """Returns the facts of a login, with those that nothing names."""
    names = listed(login.sources) or "the settings"
    facts = {
        name: login.facts.get(name) or unknown(_lacking(login, name, unread))
        for name in ("host", "port", "name", "user")
    }
    engine = (
        Fact(state=FactState.VALUE, value=login.engine, source=names)
        if login.engine
        else unknown(f"neither {names} nor a port says which kind of database it is")
    )
    return {"engine": engine, **facts}


def _lacking(login: _Login, name: str, unread: tuple[str, ...]) -> str:
    """Returns why a part is not known."""
    variable = login.variables.get(name, "")
    if variable:
        return f"{variable} is not set"
    may = f"; {listed(unread)} may, and is not read" if unread else ""
    return f"no setting next to {listed(login.sources)} names it{may}"


def _typed(login: _Login, admin: _Login | None = None) -> DatabaseFacts | None:
    """Returns the login as checks query it, None where the engine is another one, or its host or port is not known."""
    host, port = (login.facts.get(name) for name in ("host", "port"))
    if login.engine != POSTGRES or not (host and host.value and port and port.value.isdigit()):
        return None
    name, user = (login.facts.get(each) for each in ("name", "user"))
    return DatabaseFacts(
        host=host.value,
        port=int(port.value),
        name=name.value if name else "",
        user=user.value if user else "",
        variables=LoginVariables(**login.variables),
        admin=_typed(admin) if admin else None,
    )


def _of_profile(environment: Environment, logins: tuple[LoginSettings, ...]) -> tuple[_Login, _Login | None]:
    """Returns the logins of a program whose variables and defaults the profile knows."""
    found = {each.purpose: _of_settings(environment, each) for each in logins}
    server, admin = found["server"], found.get("admin")
    if admin is None:
        return server, None
    # The admin login uses the other's server where it has none of its own.
    inherited = {name: server.facts[name] for name in ("host", "port", "name") if name in server.facts}
    own = {name: fact for name, fact in admin.facts.items() if fact.state is not FactState.UNKNOWN}
    return server, replace(admin, facts={**inherited, **own})


def _of_settings(environment: Environment, login: LoginSettings) -> _Login:
    variables = {name: getattr(login, name) for name in ("host", "port", "name", "user", "password")}
    facts: dict[str, Fact] = {}
    for name in ("host", "port", "name", "user"):
        setting = environment.variables.get(variables[name])
        if setting and setting.text:
            facts[name] = fact_of(setting)
        elif environment.unread_variables:
            facts[name] = unknown(f"{listed(environment.unread_variables)} may set {variables[name]}, and is not read")
        elif default := getattr(login, f"default_{name}", ""):
            source = f"the program's own value without {variables[name]}"
            facts[name] = Fact(state=FactState.VALUE, value=str(default), source=source)
    port = facts.get("port")
    if port and port.state is FactState.VALUE and not (port.value.isdigit() and 0 < int(port.value) < 65536):
        source = f"the program's own value, as {port.source} is none"
        facts["port"] = replace(port, value=str(login.default_port), source=source)
    return _Login(engine=POSTGRES, facts=facts, variables=variables, sources=(variables["host"],))
