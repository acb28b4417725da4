"""diagnose.toml is read as it is meant, and refused with the place, the key and the near names."""

from datetime import date
from pathlib import Path

import pytest

from diagnose.cli.catalogue import catalogue, listed_checks
from diagnose.cli.settings import Settings, SettingsError, load, read
from diagnose.model.report import Severity

SIGNATURE = """
[[signatures]]
code = "process.licence-expired"
check = "logs.known-errors"
writers = ["worker"]
pattern = 'licence (?P<id>\\w+) has expired'
summary = "The licence {id} of {workload} has expired."
meaning = "The licence server refuses the worker."
fix = "Renew the licence."
"""
MUTE = """
[[mute]]
code = "scaling.drain-blocked"
reason = "one node until the move"
until = 2026-12-31
"""


def step(command: str) -> str:
    return f"steps = [{{ text = 'See.', command = \"{command}\" }}]\n"


def test_all_tables_are_read() -> None:
    found = read(
        """
        [target]
        selector = ["app=worker", "tier=back"]
        container = "main"
        [run]
        timeout = 5
        [profile]
        more_queues = ["extra"]
        more_required_variables = ["LICENCE"]
        start_s = 300
        [thresholds]
        queue_backlog = 7
        """
        + SIGNATURE
        + MUTE
    )
    assert found.target.selector == "app=worker,tier=back"
    assert (found.run.timeout_s, found.thresholds.queue_backlog) == (5.0, 7)
    assert found.mute[0].until == date(2026, 12, 31)
    known, plain = catalogue(found), catalogue()
    (adapted,), (given,) = known.profiles.proven, plain.profiles.proven
    assert known.signatures[-1].code == "process.licence-expired"
    assert adapted.always_polled == (*given.always_polled, "extra")
    assert adapted.required_variables == (*given.required_variables, "LICENCE")
    assert (adapted.start_s, adapted.default_queues) == (300.0, given.default_queues)


def test_a_list_of_its_own_replaces_that_of_the_profile() -> None:
    (known,) = catalogue(read('[profile]\nqueues = ["only"]\nrequired_variables = []\n')).profiles.proven
    assert (known.default_queues, known.required_variables) == (("only",), ())


def test_what_the_file_says_of_one_profile_does_not_hold_for_another() -> None:
    reported = read('[profile]\nname = "alga-psa"\nmore_required_variables = ["LICENCE"]\n')
    assert catalogue(reported, "generic").profiles.searched.required_variables == ()


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("[target]\nnamspace = 'x'", ["[target] has no key 'namspace'", "did you mean namespace?"]),
        ("[targets]\n", ["the file has no key 'targets'", "did you mean target?"]),
        ("[run]\nretries = 3", ["[run] has no key 'retries'", "there are timeout, only, skip"]),
        ("[a]\n[b]\n", ["no key 'a'", "no key 'b'"]),
        ("[run]\ntimeout = 'long'", ["run.timeout: must be a duration of at least 1s and at most 24h"]),
        ("[run]\ntimeout = 0", ["run.timeout: must be a duration of at least 1s"]),
        ("[thresholds]\nmemory = 80", ["thresholds.memory: expected `float` <= 1"]),
        ("[target]\nselector = '!app=worker'", ["target.selector: '!app=worker' is no part of a label selector"]),
        ("[target\n", ["x.toml"]),
        ("file = 'y'", ["the file has no key 'file'"]),
        (
            SIGNATURE.replace("expired'", "expired('"),
            ["[[signatures]] entry 1 (process.licence-expired): pattern is no regular expression", "unterminated"],
        ),
        (
            SIGNATURE.replace("fix =", "fx ="),
            ["entry 1 (process.licence-expired) has no key 'fx'", "did you mean fix?"],
        ),
        (SIGNATURE.replace('["worker"]', '["wrker"]'), ["signatures entry 1.writers entry 1: invalid enum value"]),
        (SIGNATURE.replace("process.licence-expired", "Licence"), ["the code 'Licence' is not of the form"]),
        (MUTE.replace("reason", "because"), ["[[mute]] entry 1 (scaling.drain-blocked) has no key 'because'"]),
        (MUTE.replace("until = 2026-12-31", ""), ["mute entry 1: object missing required field `until`"]),
        (MUTE.replace("2026-12-31", "'soon'"), ["mute entry 1.until"]),
        (MUTE.replace('"one node until the move"', '" "'), ["the reason is empty"]),
        (MUTE.replace("scaling.drain-blocked", "workload.not-found"), ["cannot be muted"]),
        ("[links]\n'*' = 'wiki/page'", ["links.*: 'wiki/page' is no address that begins with https://"]),
        ("[owners]\nvault = 3", ["owners", "expected `str`"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(text: str, phrases: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text, "x.toml")
    assert str(caught.value).startswith("x.toml: ")
    for each in phrases:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (
            MUTE.replace("drain-blocked", "drain-block"),
            ["no finding or check 'scaling.drain-block'", "scaling.drain-blocked"],
        ),
        (
            SIGNATURE.replace("logs.known-errors", "logs.known-error"),
            ["there is no check", "did you mean logs.known-errors"],
        ),
        (SIGNATURE.replace("{workload}", "{workloads}"), ["nothing is called {workloads}", "did you mean workload"]),
        (SIGNATURE.replace("{workload}", "{"), ["a text has a brace that is not doubled"]),
        (SIGNATURE + step("kubectl get pods > {id}"), ["process.licence-expired", "cannot be read at '> {id}'"]),
        (SIGNATURE + step("sh -c 'echo {id}'"), ["process.licence-expired", "{id} stands in a script"]),
        (SIGNATURE + step("kubectl get {thing}"), ["nothing is called {thing}"]),
        (
            SIGNATURE.replace("meaning =", "# "),
            ["entry 1 (process.licence-expired): no check has this code, so it needs"],
        ),
        ("[links]\ndatabse = 'https://wiki'", ["no finding, check or topic 'databse'; did you mean database"]),
        ("[profile]\nname = 'genric'", ["there is no profile 'genric'; did you mean generic?"]),
    ],
)
def test_what_there_is_not_is_refused_with_the_near_names(text: str, phrases: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        catalogue(read(text))
    for each in phrases:
        assert each in str(caught.value)


@pytest.mark.parametrize("text", ["[profile]\nname = 'genric'", "[profile]\nextends = 'genric'\nname = 'own'"])
def test_a_list_of_the_checks_refuses_a_profile_that_there_is_not(text: str) -> None:
    with pytest.raises(SettingsError, match="there is no profile 'genric'"):
        listed_checks(read(text))


def test_a_mute_may_name_a_check_or_the_code_of_an_own_signature() -> None:
    text = SIGNATURE + MUTE.replace("scaling.drain-blocked", "process.licence-expired")
    catalogue(read(text + MUTE.replace("scaling.drain-blocked", "scaling.drain-possible")))


def test_a_new_code_is_declared_by_its_signature_and_a_known_one_keeps_what_its_check_says() -> None:
    known = SIGNATURE.replace("process.licence-expired", "process.uncaught").replace("meaning =", "# ")
    found = catalogue(read(SIGNATURE + 'severity = "warning"\ntransient = true' + known))
    (check,) = (each for each in found.checks if each.id == "logs.known-errors")
    new = check.codes[-1]
    assert (new.id, new.meaning, new.fix, new.severity, new.transient) == (
        "process.licence-expired",
        "The licence server refuses the worker.",
        "Renew the licence.",
        Severity.WARNING,
        True,
    )
    assert [each.id for each in check.codes].count("process.uncaught") == 1
    own = found.signatures[-2:]
    assert [each.severity for each in own] == [Severity.WARNING, Severity.CRITICAL]
    assert own[1].fix == "Renew the licence."


def test_without_a_file_nothing_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Settings()
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        load(Path("absent.toml"))
