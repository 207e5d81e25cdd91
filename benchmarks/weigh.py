"""Runs a command and writes what its whole process took, as JSON: CPU seconds and peak memory in bytes.

A program of its own, and a small one: what Linux tells of a child's peak is never less than its parent's.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """`weigh.py REPORT COMMAND ...`; the exit code is the command's."""
    report, *command = sys.argv[1:]
    began = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    taken = {"cpu": usage.ru_utime + usage.ru_stime, "wall": time.monotonic() - began, "peak": peak}
    Path(report).write_text(json.dumps(taken), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
