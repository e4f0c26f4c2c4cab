"""The root of the commands, and what ``prefixsched --help`` says."""

from __future__ import annotations

import click

from prefixsched import __version__
from prefixsched.cli.program import Program

COMMANDS = {
    "solve": "prefixsched.cli.solve:solve",
    "simulate": "prefixsched.cli.simulate:simulate",
    "compare": "prefixsched.cli.compare:compare",
    "tune": "prefixsched.cli.tune:tune",
    "verify": "prefixsched.cli.verify:verify",
    "generate": "prefixsched.cli.generate:generate",
    "import": "prefixsched.cli.import_:import_",
    "info": "prefixsched.cli.info:info",
    "calibrate": "prefixsched.cli.calibrate:calibrate",
    "presets": "prefixsched.cli.calibrate:presets",
    "score": "prefixsched.cli.score:score",
    "bench": "prefixsched.cli.bench:bench",
    "adversary": "prefixsched.cli.adversary:adversary",
    "report": "prefixsched.cli.report:report",
    "plot": "prefixsched.cli.plot:plot",
    "policies": "prefixsched.cli.listing:policies",
    "backends": "prefixsched.cli.listing:backends",
    "compile": "prefixsched.cli.compile:compile_",
    "versions": "prefixsched.cli.versions:versions",
}

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched compare rasq.json

\b
Exit codes:
  0    the question was answered
  1    verify: the schedule is wrong or misses its claim
  2    bad input or usage, with one line on standard error
  3    a limit or Ctrl-C came before the answer; the best bracket is printed

\b
Completion, in the start-up file of your shell:
  bash  eval "$(_PREFIXSCHED_COMPLETE=bash_source prefixsched)"
  zsh   eval "$(_PREFIXSCHED_COMPLETE=zsh_source prefixsched)"
  fish  _PREFIXSCHED_COMPLETE=fish_source prefixsched | source
"""


@click.group(
    "prefixsched",
    cls=Program,
    lazy=COMMANDS,
    open_to_others=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="prefixsched", message="%(prog)s %(version)s")
def cli() -> None:
    """Best possible LLM prefill schedules with prefix reuse, and how far policies are from them.

    Is this time to first token (TTFT) possible for these queries? What is the
    best possible? How far from it are FCFS, LPM and k-LPM?

    A FILE of - is standard input; a name in .gz is written gzipped.
    """
