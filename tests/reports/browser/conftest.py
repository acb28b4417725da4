"""One browser for all tests; where the machine has none, the summary says plainly that nothing was tested."""

from collections.abc import Iterator

import pytest

from tests.reports.browser.chromium import NAMES, Tab, found, running

REASON = f"NOT RUN: no chromium ({', '.join(NAMES)} are not on the PATH), so no page was looked at in a browser"


@pytest.fixture(scope="session")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    program = found()
    if program is None:
        pytest.skip(REASON)
    with running(program, tmp_path_factory.mktemp("browser")) as started:
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if found() is None:
        terminalreporter.write_line(REASON, yellow=True)
