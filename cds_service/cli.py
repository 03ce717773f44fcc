"""The command line: `cds-service <command>`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from cds_service.dosing.rulebook import RulebookError
from cds_service.errors import SettingsError, did_you_mean
from cds_service.program import program
from cds_service.settings_reader import is_ours
from cds_service.version import VERSION

# Each command's one-line help; its module is cds_service.commands.<name>.
COMMANDS = {
    "serve": "run the production server",
    "demo": "serve synthetic patients and play one call for the screen",
    "services": "list services, hooks, prefetch templates and documents in force",
    "explain": "show why a call is answered as it is: facts, rules with citations, cards",
    "check": "validate every data file; any doubt gives a status other than 0",
    "doctor": "check a request against the standard, clause by clause",
    "labels": "compare the rows with the labels' own text; show what a new revision changes",
    "synthesize": "write made-up patients as a FHIR Bulk Data export, with what should be found in each chart",
    "rules": "write the rule book, one page per document",
    "replay": "decide a whole population from a FHIR Bulk Data export: how often, what, and what a revision changes",
    "report": "show what was shown, accepted and overridden, per rule",
    "audit": "check the chain of decision records",
    "migrate": "bring the database to the present tables",
    "purge": "remove records that are older than CDS_RETENTION_DAYS",
}

READER_GONE = 141  # what a shell reports of a program that SIGPIPE ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments without the program's name; those of the process when left out.

    Returns: the exit status: 0 when all is well, 2 when a setting or a content file refuses the start, 141 when nobody reads the output.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="cds-service", description="CDS Hooks server for the dosing and monitoring of drugs"
    )
    parser.add_argument("--version", action="version", version=f"cds-service {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    called = next((word for word in given if not word.startswith("-")), "")
    for name, words in COMMANDS.items():
        subparser = commands.add_parser(name, help=words, description=words)
        if name == called:
            import_module(f"cds_service.commands.{name}").add_arguments(subparser)
    if called and called not in COMMANDS:
        hint = did_you_mean(called, COMMANDS, f"There are {', '.join(COMMANDS)}.")
        parser.error(f"there is no command {called!r}. {hint}")
    arguments, unknown = parser.parse_known_args(given)
    if unknown:
        options = {option for action in commands.choices[called]._actions for option in action.option_strings}
        asked = [
            hint for each in unknown if each.startswith("-") and (hint := did_you_mean(each.partition("=")[0], options))
        ]
        parser.error(
            " ".join([f"{called} does not take {' '.join(unknown)}.", *asked, f"{called} --help lists its options."])
        )
    try:
        status: int = import_module(f"cds_service.commands.{arguments.command}").run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end; what is left goes nowhere instead of into a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except RulebookError as error:
        print(f"cds-service: {error}. `{program()} check` says all that is wrong with the files.", file=sys.stderr)
        return 2
    except SettingsError as error:
        for fault in error.faults:
            print(f"cds-service: {fault.where}: {fault.sentence} {fault.hint}".rstrip(), file=sys.stderr)
        if arguments.command == "serve" and not any(map(is_ours, os.environ)):
            print(
                f"docs/production.md has the smallest set of settings; `{program()} demo` needs none.", file=sys.stderr
            )
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
