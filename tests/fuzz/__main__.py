"""make fuzz: each target for some seconds, by a process of its own, with what came of it in a table.

    python -m tests.fuzz [--seconds 60] [TARGET ...]

A finding is written into out/fuzz; the corpus in the repository is never written to.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec import Struct

from tests.fuzz.targets import CORPUS, RECORDINGS, TARGETS

FINDINGS = Path("out/fuzz")
# One input, in seconds; longer is a hang.
_INPUT_SECONDS = 10
# In MB. The instrumented modules and their tables are some 100 of them.
_MOST_MEMORY = 300
_LONGEST_INPUT = 4096


class Outcome(Struct):
    """What came of a target: inputs run, branches seen, most memory in MB, each finding with its trace."""

    executions: int = 0
    coverage: int = 0
    memory: int = 0
    findings: list[tuple[Path, str]] = []


def main() -> int:
    """Run what the arguments name; returns 1 when something was found."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - TARGETS.keys():
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(TARGETS)}")
    FINDINGS.mkdir(parents=True, exist_ok=True)
    print(f"{'target':12} {'executions':>11} {'coverage':>9} {'MB':>5}  findings", flush=True)
    found = 0
    for name in arguments.targets or TARGETS:
        outcome = _fuzz(name, arguments.seconds)
        print(
            f"{name:12} {outcome.executions:>11} {outcome.coverage:>9} {outcome.memory:>5}"
            f"  {len(outcome.findings)}",
            flush=True,
        )
        for path, trace in outcome.findings:
            print(f"  python -m tests.fuzz.replay {name} {path}\n{re.sub('(?m)^', '  ', trace)}", flush=True)
        found += len(outcome.findings)
    return int(found > 0)


def _fuzz(name: str, seconds: int) -> Outcome:
    """Run a target until its time is over or something is found."""
    outcome = Outcome()
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        grown, dictionary = Path(folder) / "corpus", Path(folder) / "tokens"
        grown.mkdir()
        dictionary.write_text(_dictionary(TARGETS[name].tokens), "ascii")
        while (left := round(ends - time.monotonic())) > 0 and not outcome.findings:
            before = set(FINDINGS.glob(f"{name}-*"))
            output = _run(name, left, grown, dictionary)
            numbers = re.findall(r"^#(\d+)\s.*cov: (\d+) .*rss: (\d+)Mb", output, re.M)
            if not numbers:
                raise SystemExit(f"{name} did not run:\n{output[-2000:]}")
            executions, coverage, memory = map(int, numbers[-1])
            outcome.executions += executions
            outcome.coverage, outcome.memory = coverage, max(memory, outcome.memory)
            for path in sorted(set(FINDINGS.glob(f"{name}-*")) - before):
                if _is_slow_machine(name, path):
                    path.unlink()
                else:
                    outcome.findings.append((path, _told(output)))
    return outcome


def _run(name: str, seconds: int, grown: Path, dictionary: Path) -> str:
    """What the fuzzer says until its time is over or something is found, which it writes into a file."""
    seeds = [CORPUS / name]
    if TARGETS[name].recordings:
        seeds.append(RECORDINGS / TARGETS[name].recordings)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.process", name),
            f"-max_total_time={seconds}",
            f"-timeout={_INPUT_SECONDS}",
            f"-rss_limit_mb={_MOST_MEMORY}",
            f"-max_len={_LONGEST_INPUT}",
            f"-dict={dictionary}",
            f"-artifact_prefix={FINDINGS}/{name}-",
            str(grown),
            *map(str, seeds),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return ended.stdout


def _is_slow_machine(name: str, path: Path) -> bool:
    """Whether what took too long does not when it is run again: the fuzzer goes by the clock on the wall."""
    if not path.name.startswith(f"{name}-timeout-"):
        return False
    try:
        subprocess.run(
            [sys.executable, "-m", "tests.fuzz.replay", name, str(path)],
            capture_output=True,
            timeout=_INPUT_SECONDS,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return False
    return True


def _told(output: str) -> str:
    """What the fuzzer says of a finding: the trace of an exception, or else the last it said."""
    _, _, trace = output.partition("=== Uncaught Python exception: ===\n")
    return trace.partition("\n==")[0] or output[-2000:]


def _dictionary(tokens: str) -> str:
    """https://llvm.org/docs/LibFuzzer.html#dictionaries"""
    return "".join(
        '"{}"\n'.format("".join(f"\\x{byte:02x}" for byte in token.encode("utf-8", "surrogatepass")))
        for token in tokens.split(" ")
        if token
    )


if __name__ == "__main__":
    sys.exit(main())
