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
from pathlib import Path

from tests.fuzz.targets import CORPUS, RECORDINGS, TARGETS

FINDINGS = Path("out/fuzz")
# One input, in seconds; longer is a hang.
_INPUT_SECONDS = 10
# In MB. The instrumented modules and their tables are some 100 of them.
_MOST_MEMORY = 300
_LONGEST_INPUT = 4096


def main() -> int:
    """Run what the arguments name; returns how many targets have findings."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - TARGETS.keys():
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(TARGETS)}")
    FINDINGS.mkdir(parents=True, exist_ok=True)
    print(f"{'target':12} {'executions':>11} {'coverage':>9} {'MB':>5}  findings", flush=True)
    failed = 0
    for name in arguments.targets or TARGETS:
        output, found = _fuzz(name, arguments.seconds)
        numbers = re.findall(r"#(\d+)\s.*cov: (\d+) .*rss: (\d+)Mb", output)
        executions, coverage, memory = numbers[-1] if numbers else ("?", "?", "?")
        print(f"{name:12} {executions:>11} {coverage:>9} {memory:>5}  {len(found)}", flush=True)
        for path in found:
            failed += 1
            print(f"  {path}: python -m tests.fuzz.replay {name} {path}")
            print(re.sub("(?m)^", "  ", _told(output)))
        if not numbers and not found:
            failed += 1
            print(f"{name} did not run:\n{output[-2000:]}")
    return min(failed, 100)


def _fuzz(name: str, seconds: int) -> tuple[str, list[Path]]:
    """Run a target; returns what the fuzzer said, and the files that it wrote of findings."""
    with tempfile.TemporaryDirectory() as folder:
        grown, dictionary = Path(folder) / "corpus", Path(folder) / "tokens"
        grown.mkdir()
        dictionary.write_text(_dictionary(TARGETS[name].tokens), "ascii")
        seeds = [CORPUS / name]
        if TARGETS[name].recordings:
            seeds.append(RECORDINGS / TARGETS[name].recordings)
        before = set(FINDINGS.glob(f"{name}-*"))
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.process", name),
                f"-max_total_time={seconds}",
                f"-timeout={_INPUT_SECONDS}",
                f"-rss_limit_mb={_MOST_MEMORY}",
                f"-max_len={_LONGEST_INPUT}",
                f"-dict={dictionary}",
                f"-artifact_prefix={FINDINGS}/{name}-",
                "-print_final_stats=1",
                str(grown),
                *map(str, seeds),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    return ended.stdout, sorted(set(FINDINGS.glob(f"{name}-*")) - before)


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
