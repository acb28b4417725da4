"""The one line that tells the cause stands between tens of thousands that tell nothing."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault
from tests.lab.faults.process._preload import forget, preload
from tests.lab.shape import waits

CODE = """
const fs = require('node:fs');
function write(line) {
  for (;;) {
    try {
      return fs.writeSync(1, line);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;  // the reader is behind
    }
  }
}
function flood() {
  for (let number = 0; number < 15000; number += 1) {
    write(`debug: pool statistics {"acquired":${number % 10},"free":${number % 7},"tick":${number}}\\n`);
  }
}
flood();
const exit = process.exit;
process.exit = (code) => { flood(); flood(); exit(code); };
"""


def inject(lab: Lab) -> None:
    worker.set_env(lab, "EMAIL_PROVIDER=resend")
    preload(lab, CODE)


FAULT = Fault(
    id="H15",
    title="A flood of lines hides the error",
    inject=inject,
    settled=lambda lab: waits(lab, "CrashLoopBackOff"),
    heal=forget,
    causes=("config.provider-key-missing",),
    names=("RESEND_API_KEY", "EMAIL_PROVIDER"),
)
