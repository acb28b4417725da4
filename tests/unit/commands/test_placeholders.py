"""Words that a person has to replace are told from names that look like them."""

import pytest

from diagnose.commands.placeholders import placeholders


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("kubectl set env deployment/w DB_PORT=RIGHT_PORT", ("RIGHT_PORT",)),
        ("kubectl set env deployment/w HOST=RIGHT_HOST:7233 PORT=RIGHT_PORT", ("RIGHT_HOST", "RIGHT_PORT")),
        ("""kubectl patch secret s -p '{"stringData":{"A_KEY":"NEW_VALUE"}}'""", ("NEW_VALUE",)),
        ("vault read <path>", ("<path>",)),
        ("psql -c 'ALTER ROLE x LOGIN'", ()),
        ("kubectl set env deployment/w ROLE=reader POLICY-", ()),
        ("kubectl set env deployment/w MY_ROLE=x NEW_VALUES=1 $VALUE", ()),
    ],
)
def test_placeholders_are_whole_words_that_are_no_names(command: str, words: tuple[str, ...]) -> None:
    assert placeholders(command) == words
