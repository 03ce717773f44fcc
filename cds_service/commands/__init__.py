"""The commands of `cds-service`, one module each.

A module offers `HELP` (one line), `add_arguments(parser)` and `run(arguments) -> int` (the exit status). It is listed in
`cds_service.cli.COMMANDS` and imported only when its command is called.
"""
