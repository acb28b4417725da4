"""Takes the pictures of the documentation anew from a recorded incident: `python -m tests.reports.browser.screenshots`.

The page comes from a browser, the console from rich. No test compares them, because fonts differ between machines.
"""

import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from tests.reports.browser.chromium import found, running

IMAGES = Path(__file__).parents[3] / "docs" / "images"
INCIDENT = "temporal-frontend-down"
WIDTH, COLUMNS = 1120, 100


def main() -> None:
    program = found()
    if program is None:
        sys.exit("no chromium is on the PATH")
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, running(program, Path(folder)) as tab:
        report = Path(folder) / "report.html"
        console = _demo("--report", f"html={report}", "--report", "console")
        tab.send("Emulation.setScrollbarsHidden", hidden=True)
        tab.open(report, width=WIDTH)
        height = tab.ask("document.querySelector('#timeline').getBoundingClientRect().bottom")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        picture = tab.send("Page.captureScreenshot", format="webp", quality=80, captureBeyondViewport=True, clip=clip)
        (IMAGES / "page.webp").write_bytes(b64decode(picture["data"]))
    (IMAGES / "console.svg").write_text(_drawn(console), encoding="utf-8")


def _demo(*options: str) -> str:
    command = [sys.executable, "-m", "diagnose", "demo", INCIDENT, *options]
    environment = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PYTHONPATH": str(Path.cwd()), "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def _drawn(console: str) -> str:
    """The output as a picture of a terminal that loads no font."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        page = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        page.print(Text.from_ansi(console.rstrip()), no_wrap=True)
        drawing = page.export_svg(title=f"diagnose demo {INCIDENT}", unique_id="console")
    return re.sub(r"@font-face \{.*?\}", "", drawing, flags=re.DOTALL)


if __name__ == "__main__":
    main()
