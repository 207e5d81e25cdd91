"""Row 3: what a cold start of each function takes before its first line of work, against boto3's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchmarks import cpu, package
from benchmarks.line import Line, line
from benchmarks.options import Options

ROW = 3
NAME = "a cold start of each function"
# Whose clients each step makes.
SERVICES = {
    "fetch": ("dynamodb", "sqs", "ssm"),
    "score": ("dynamodb",),
    "render": ("dynamodb", "events", "s3"),
}
# Lambda's process ends with no start: what tidying up takes does not count.
END = "import os; os._exit(0)"


def steps(options: Options) -> tuple[str, ...]:
    """The steps that are started."""
    return ("score",) if options.tiny else tuple(SERVICES)


def rounds(options: Options) -> int:
    """Starts are short: more of them can be had for little."""
    return options.rounds if options.tiny else options.rounds * 2


def ours(step: str, without: Iterable[str] = ()) -> str:
    """The handler's import and its clients, as a program; its optimisations switched off first."""
    names = tuple(without)
    off = f"from benchmarks import switches; switches.off({names})\n" if names else ""
    return (
        f"{off}import functions.{step}.handler\nfrom shared import aws\n"
        f"for service in {SERVICES[step]}: aws.client(service)\n{END}"
    )


def floor(step: str) -> str:
    """boto3 and the same clients, as a program."""
    return f"import boto3\nfor service in {SERVICES[step]}: boto3.client(service)\n{END}"


def measure(options: Options) -> Iterator[Line]:
    """CPU of whole processes, up to where the handler would be called."""
    with cpu.folder() as folder:
        made = package.made(folder, with_bytecode="bytecode" not in options.without)
        programs = {}
        for step in steps(options):
            programs[step] = made.start(ours(step, options.without))
            programs[f"{step}'s floor"] = made.floor(floor(step))
        taken = cpu.rounds(programs, rounds(options))
    for step in steps(options):
        number = len(SERVICES[step])
        yield line(
            ROW,
            f"{step}: import and {number} {'client' if number == 1 else 'clients'}",
            taken[step].cpu * 1000,
            "CPU ms",
            against="import boto3, same clients",
            theirs=taken[f"{step}'s floor"].cpu * 1000,
            goal=1.3,
        )
