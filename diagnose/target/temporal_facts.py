"""What the settings of a program say of Temporal: address, namespace, task queues, TLS, API key."""

from collections.abc import Iterable, KeysView, Mapping

from msgspec.structs import replace

from diagnose.target.environment import Environment, Setting
from diagnose.target.facts import TEMPORAL, Fact, FactState, TemporalFacts, Tls, none, unknown
from diagnose.target.naming import Part, temporal_part, weak_part
from diagnose.target.profile import Profile, TemporalStatement
from diagnose.text.addresses import split_port
from diagnose.text.sentences import listed

CLOUD, CLOUD_REGION = ".tmprl.cloud", ".api.temporal.io"
SEARCHED = {
    "address": "TEMPORAL_ADDRESS, TEMPORAL_HOST, TEMPORAL_HOST_PORT, …TEMPORAL…_URL, --temporal-address",
    "namespace": "TEMPORAL_NAMESPACE, …TEMPORAL…NAMESPACE, --temporal-namespace",
    "queues": "TEMPORAL_TASK_QUEUE, …TASK_QUEUE, …TASKQUEUES, --task-queue",
}
STATED_BY = {
    "address": "--temporal-address, or `[profile] temporal = {address = …}` in diagnose.toml",
    "namespace": "--temporal-namespace, or `[profile] temporal = {namespace = …}` in diagnose.toml",
    "queues": "`[profile] temporal = {queues = […]}` in diagnose.toml",
}
_FALSE = frozenset({"0", "f", "false", "no", "off", "disabled", "disable", "none"})
STATED = "diagnose.toml"


def _agreed(found: tuple[Setting, ...]) -> Fact:
    """Returns the fact of settings that may set the same part, at least one."""
    return fact_of(found[0]) if len({each.text for each in found}) == 1 else _ambiguous(found)


def _ambiguous(found: tuple[Setting, ...]) -> Fact:
    named = listed([each.name for each in found])
    return unknown(f"{named} have different values, and nothing says which of them counts")


def fact_of(setting: Setting, value: str | None = None) -> Fact:
    """Returns the fact of a setting: its value, or what it refers to."""
    text = setting.text if value is None else value
    if reference := setting.reference(text):
        source = f"{reference}, by {setting.source}"
        return Fact(state=FactState.REFERENCE, source=source, variable=setting.variable)
    if not setting.is_known and setting.text == text:
        source = f"the masked value of {setting.source}"
        return Fact(state=FactState.REFERENCE, source=source, variable=setting.variable)
    return Fact(state=FactState.VALUE, value=text, source=setting.source, variable=setting.variable)


class _Named:
    """The settings of Temporal by part, each with those of the highest precedence."""

    def __init__(self, environment: Environment) -> None:
        self.by_part: dict[Part, tuple[Setting, ...]] = {}
        self.environment = environment
        layers = list(environment.layers)
        for layer in layers:
            self._take((part, each) for each in layer if each.text and (part := temporal_part(each.name)))
        # --address may be where the program listens, unless something else says that it is about Temporal.
        if self.by_part:
            self._take((part, each) for each in layers[0] if each.text and (part := weak_part(each.name)))

    def _take(self, found: Iterable[tuple[Part, Setting]]) -> None:
        by_part: dict[Part, list[Setting]] = {}
        for part, setting in found:
            by_part.setdefault(part, []).append(setting)
        for part, settings in by_part.items():
            self.by_part.setdefault(part, tuple(settings))

    def first(self, part: Part) -> Setting | None:
        """Returns the first setting of a part."""
        return next(iter(self.by_part.get(part, ())), None)

    def missing(self, key: str, what: str) -> Fact:
        """Returns the fact of a part that nothing names."""
        where = f"; {listed(self.environment.unread)} may, and is not read" if self.environment.unread else ""
        return unknown(
            f"no setting names {what}{where} (searched: {SEARCHED[key]}; it can be stated by {STATED_BY[key]})"
        )


def derive(environment: Environment, profile: Profile, flags: Mapping[str, str]) -> dict[str, Fact]:
    """Returns the facts of Temporal by name, without their topic; profile and flags have what the user states."""
    stated = profile.temporal
    if isinstance(stated, str) and not flags:
        return dict.fromkeys(TEMPORAL, none(f"stated by {STATED}"))
    named = _Named(environment)
    facts = {"address": _address(named), "namespace": _namespace(named), "queues": _queues(named)}
    for key, value in (stated.plain if isinstance(stated, TemporalStatement) else {}).items():
        facts[key] = Fact(state=FactState.VALUE, value=value, source=STATED)
    for key, value in flags.items():
        facts[key] = Fact(state=FactState.VALUE, value=value, source=f"--temporal-{key}")
    if facts["namespace"].state is FactState.UNKNOWN and facts["address"].state is FactState.VALUE:
        facts["namespace"] = _namespace_of_cloud(facts["address"]) or facts["namespace"]
    facts["queues"] = _with_profile(facts["queues"], profile)
    facts["api-key"] = _api_key(named)
    facts["tls"] = facts.get("tls") or _tls_fact(named, facts)
    return facts


def _with_profile(queues: Fact, profile: Profile) -> Fact:
    """Returns the queues with those that the program polls by itself, as its profile knows."""
    known = queues
    if queues.state is FactState.UNKNOWN and profile.default_queues:
        known = Fact(
            state=FactState.VALUE, value=",".join(profile.default_queues), source=f"the profile {profile.name}"
        )
    if known.state is not FactState.VALUE or not profile.always_polled:
        return known
    return replace(known, value=",".join(dict.fromkeys((*known.value.split(","), *profile.always_polled))))


def is_named(environment: Environment) -> bool:
    """Whether a setting is about Temporal."""
    return bool(_Named(environment).by_part)


def _address(named: _Named) -> Fact:
    whole = named.by_part.get(Part.ADDRESS, ())
    hosts = named.by_part.get(Part.HOST, ())
    port = named.first(Part.PORT)
    facts = [fact_of(each, _stripped(each)) for each in whole]
    facts += [_of_host(each, port) for each in hosts]
    if not facts:
        return named.missing("address", "an address of Temporal")
    values = {(each.state, each.value) for each in facts}
    if len(values) > 1:
        known = [each for each in facts if each.state is FactState.VALUE]
        if len({each.value for each in known}) == 1 and len(known) < len(facts) and whole:
            return known[0]
        return _ambiguous((*whole, *hosts))
    return facts[0]


def _stripped(setting: Setting) -> str:
    """Returns the address without the scheme of a name that says URL or target; others are kept as they are."""
    scheme, mark, rest = setting.text.partition("://")
    is_url = "URL" in setting.name.upper() or "URI" in setting.name.upper() or scheme in {"dns", "passthrough"}
    return rest.strip("/") if mark and is_url else setting.text


def _of_host(setting: Setting, port: Setting | None) -> Fact:
    """Returns the address of a host, with the port in it or in a variable of its own."""
    found = fact_of(setting)
    if found.state is not FactState.VALUE:
        return found
    host, given = split_port(_stripped(setting))
    if given:
        return found
    if port is None:
        return unknown(f"{setting.source} is {host}, without a port, and no setting names the port")
    if not port.is_known:
        return Fact(state=FactState.REFERENCE, source=fact_of(port).source, variable=setting.variable)
    return Fact(
        state=FactState.VALUE,
        value=f"{host}:{port.text}",
        source=f"{setting.source}, {port.source}",
        variable=setting.variable,
    )


def _namespace(named: _Named) -> Fact:
    found = named.by_part.get(Part.NAMESPACE)
    return _agreed(found) if found else named.missing("namespace", "a namespace of Temporal")


def _namespace_of_cloud(address: Fact) -> Fact | None:
    """Returns the namespace that an address of Temporal Cloud has in it: NAMESPACE.ACCOUNT.tmprl.cloud."""
    host, _ = split_port(address.value)
    if not host.lower().endswith(CLOUD):
        return None
    return Fact(state=FactState.VALUE, value=host[: -len(CLOUD)], source=f"the host of {address.source}")


def _queues(named: _Named) -> Fact:
    found = named.by_part.get(Part.QUEUE, ())
    if not found:
        return named.missing("queues", "a task queue")
    if not any(each.variable for each in found) and all(each.is_known for each in found):
        # A file or a command line may list one worker after another.
        fact = fact_of(found[0], ",".join(each.text for each in found))
    else:
        # TEMPORAL_TASK_QUEUES is the list of which TEMPORAL_TASK_QUEUE is one.
        every = set().union(*(_split(each.text) for each in found))
        fact = _agreed(tuple(each for each in found if each.is_known and every <= _split(each.text))[:1] or found)
    return replace(fact, value=",".join(_split(fact.value)))


def _split(text: str) -> KeysView[str]:
    """Returns the names of a list, each once, in order."""
    names = (name.strip("[] \t\n\"'") for name in text.split(","))
    return dict.fromkeys(filter(None, names)).keys()


def _api_key(named: _Named) -> Fact:
    found = named.first(Part.API_KEY)
    if found is None:
        return none("no setting names an API key") if not named.environment.unread else unknown("no setting names one")
    reference = found.reference(found.text)
    source = f"{reference}, by {found.source}" if reference else f"the masked value of {found.source}"
    return Fact(state=FactState.REFERENCE, source=source, variable=found.variable)


def tls_of(environment: Environment, stated: TemporalStatement | str | None = None) -> Tls:
    """Returns how the program secures its connection."""
    named = _Named(environment)
    switch, certificate, key = named.first(Part.TLS), named.first(Part.CERTIFICATE), named.first(Part.KEY)
    ca, name, open_ = named.first(Part.CA), named.first(Part.SERVER_NAME), named.first(Part.UNVERIFIED)
    api_key = named.first(Part.API_KEY)
    decisive = next((each for each in (switch, certificate, key, api_key, ca, name) if each), None)
    enabled: bool | None = True if decisive else None
    if switch and switch.is_known:
        enabled = switch.text.lower() not in _FALSE
    elif switch:
        enabled = None
    if isinstance(stated, TemporalStatement) and stated.tls is not None:
        enabled = stated.tls
    return Tls(
        enabled=enabled,
        server_name=name.text if name and name.is_known else "",
        certificate=_path(certificate),
        key=_path(key),
        ca=_path(ca),
        verifies=not (open_ and open_.is_known and open_.text.lower() not in _FALSE),
        has_certificate=certificate is not None,
        has_api_key=api_key is not None,
        variable=decisive.name if decisive else "",
    )


def _path(setting: Setting | None) -> str:
    return setting.text if setting and setting.text.startswith("/") and not setting.unread else ""


def _tls_fact(named: _Named, facts: Mapping[str, Fact]) -> Fact:
    found = tls_of(named.environment)
    setting = next(
        (each for settings in named.by_part.values() for each in settings if each.name == found.variable), None
    )
    if found.enabled is not None and setting:
        return Fact(
            state=FactState.VALUE,
            value="on" if found.enabled else "off",
            source=setting.source,
            variable=setting.variable,
        )
    if setting:
        return fact_of(setting)
    address = split_port(facts["address"].value)[0].lower()
    if address.endswith((CLOUD, CLOUD_REGION)):
        return unknown(
            "Temporal Cloud takes TLS only, and no setting names it: a mesh may add it, or the program itself"
        )
    if named.environment.unread:
        return unknown("no setting names it")
    return none("no setting names TLS, a certificate or an API key")


def typed(facts: Mapping[str, Fact], tls: Tls) -> TemporalFacts | None:
    """Returns the server of the facts, None where its address is not known."""
    address, namespace, queues = facts["address"], facts["namespace"], facts["queues"]
    if address.state is not FactState.VALUE:
        return None
    host, port = split_port(address.value)
    return TemporalFacts(
        host=host,
        port=int(port) if port.isdigit() and 0 < int(port) < 65536 else 7233,
        namespace=namespace.value,
        queues=tuple(queues.value.split(",")) if queues.value else (),
        tls=tls,
        address_variable=address.variable,
        namespace_variable=namespace.variable,
        queue_variable=queues.variable,
    )
