"""`cds-service serve`: the production server."""

from __future__ import annotations

import argparse

from cds_service.commands.preflight import check_data_folder, check_port, whole
from cds_service.settings import Settings, environment
from cds_service.version import VERSION


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and how many worker processes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=whole(1, 65535, "a port"), default=5000, help="port to listen on (default 5000)")
    parser.add_argument(
        "--workers",
        type=whole(1, 256, "the number of workers"),
        default=None,
        help="worker processes (default: one per core, at least 2)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    from cds_service.api import server

    settings = Settings.from_environment(environment())
    check_data_folder(settings)
    check_port(arguments.host, arguments.port)
    metrics_folder = server.prepare_metrics()
    from cds_service.api.logs import log
    from cds_service.api.wiring import KEY
    from cds_service.app import create_app
    from cds_service.commands.fixtures import fixtures

    application = create_app(settings, cases=fixtures() if settings.pages else ())
    engine = application.extensions[KEY].engine
    engine.warm_up()
    workers = arguments.workers or server.default_workers()
    log.info(
        "serving",
        host=arguments.host,
        port=arguments.port,
        workers=workers,
        mode=settings.mode,
        version=VERSION,
        content_version=engine.content_version,
    )
    server.run(application, arguments.host, arguments.port, workers, metrics_folder)
    return 0
