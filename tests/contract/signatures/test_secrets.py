"""What shells print of the agent's files, and which signature each line matches."""

import pytest

from tests.support.kit import (
    log,
    matched,
)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("/bin/sh: 1: .: cannot open /vault/secrets/a: No such file", "secrets.file-absent"),
        ("sh: 1: .: Can't open /vault/secrets/a: No such file", "secrets.file-absent"),
        ("sh: .: line 0: can't open '/vault/secrets/a': No such file or directory", "secrets.file-absent"),
        ("bash: line 1: /vault/secrets/a: No such file or directory", "secrets.file-absent"),
        ("/bin/sh: 1: .: cannot open /vault/secrets/a: Permission denied", "secrets.file-unreadable"),
        ("/bin/sh: 1: /vault/secrets/a: data:: not found", "secrets.file-not-shell"),
        ("/bin/sh: 1: /vault/secrets/a: Syntax error: Unterminated quoted string", "secrets.value-mangled"),
    ],
)
def test_each_shells_error_about_a_file_has_one_meaning(line: str, code: str) -> None:
    assert [match.signature.code for match in matched(log(line))] == [code]
