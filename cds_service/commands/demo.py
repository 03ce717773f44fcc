"""`cds-service demo`: the whole service on synthetic patients, with one real call played for the screen.

It serves in demo mode with the fixture patients and a read-only FHIR endpoint over them, so that the CDS Hooks Sandbox or
curl can be pointed at it. The fixtures are moved to the day on which the server starts, or to CDS_TODAY.
"""

from __future__ import annotations

import argparse
import io
import secrets
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from datetime import date
from typing import Any, TextIO

import requests
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from cds_service.api import demo_sign_in
from cds_service.commands.fixtures import Fixture, FixtureFault, charts_on, fixtures
from cds_service.commands.layout import heading, paragraph
from cds_service.commands.preflight import check_data_folder, check_port, whole
from cds_service.settings import Settings, environment

HOST = "127.0.0.1"
PORT = 5000
CALL_SECONDS = 15


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and whether to stay."""
    parser.add_argument(
        "--port",
        type=whole(0, 65535, "a port"),
        default=None,
        help=f"port to listen on (default {PORT}; a free one if taken, with --once, or for 0)",
    )
    parser.add_argument("--once", action="store_true", help="exit after the call has been played")


def run(arguments: argparse.Namespace) -> int:
    """Play one call and print its cards; then serve until interrupted, unless told to go. Returns 0 when all went well."""
    try:
        cases = fixtures()
    except FixtureFault as fault:
        sys.stderr.write(f"cds-service demo: {fault}\n")
        return 1
    case = next((c for c in cases if "demo" in c.tags), cases[0])
    given = environment()
    # Nobody else calls a server that ends after one call, and two of them may run at once.
    port = 0 if arguments.once and arguments.port is None else arguments.port
    # Settings that refuse the start do so before anything listens.
    check_data_folder(demo_settings(given, date.today(), PORT, tempfile.gettempdir())[0])
    check_port(HOST, port or 0)
    with tempfile.TemporaryDirectory(prefix="cds-service-demo-") as folder, _server(port) as server:
        settings, today = demo_settings(given, date.today(), server.port, folder)
        server.app = _application(settings, cases, today)
        url = f"http://{HOST}:{server.port}"
        if port is None and server.port != PORT:
            sys.stdout.write(f"Port {PORT} is taken, so {server.port}; --port chooses another.\n")
        _introduce("" if arguments.once else url, settings, today, given, sys.stdout)
        is_answered = _play(url, case, today, sys.stdout, arguments.once)
        if arguments.once or not is_answered:
            return 0 if is_answered else 1
        sys.stdout.write("\nServing; Ctrl-C ends it.\n")
        sys.stdout.flush()
        _wait()
    return 0


def demo_settings(given: Mapping[str, str], today: date, port: int, folder: str) -> tuple[Settings, date]:
    """The settings of a demonstration, and its day: the user's own settings, in demo mode without client authentication.

    Args: the environment; the day unless CDS_TODAY says another; the port; a folder for the data where the user named none.

    Raises: SettingsError.
    """
    chosen = {name: value for name, value in given.items() if value.strip()}
    base = f"http://{HOST}:{port}"
    defaults = {
        # The day is set even where it is the calendar's: patients and service stay on the same one past midnight.
        "CDS_TODAY": today.isoformat(),
        "CDS_FHIR_SERVERS": f"{base},http://localhost:{port}",
        "CDS_DATA_DIR": folder,
        "CDS_PUBLIC_BASE_URL": base,
        "CDS_SMART_CLIENT_ID": "demo",
        "CDS_SMART_ISSUERS": f"{base}/demo/fhir",
        # Signed with a key that dies with the demonstration, unless one is set.
        "CDS_REVIEW_KEY": secrets.token_hex(32),
        **demo_sign_in.settings_for(base),
    }
    settings = Settings.from_environment({**defaults, **chosen, "CDS_MODE": "demo", "CDS_AUTH": "none"})
    return settings, settings.today or today


def _application(settings: Settings, cases: tuple[Fixture, ...], today: date) -> Flask:
    from cds_service.api import demo_authorization, demo_calls, demo_fhir
    from cds_service.api.wiring import KEY
    from cds_service.app import create_app

    application = create_app(settings, cases=cases)
    held = [*charts_on(cases, today)]
    application.register_blueprint(demo_fhir.blueprint(held, today.isoformat()))
    calls = {case.name: (case.service, case.title, case.settings) for case in cases}
    by_name = {case.name: case for case in cases}
    application.register_blueprint(demo_calls.blueprint(calls, lambda name: by_name[name].call_on(today)))
    patients = sorted({each["id"] for each in held if each["resourceType"] == "Patient"})
    titles = {case.patient_id: case.title for case in cases}
    shown = {patient: titles.get(patient, "") for patient in patients}
    application.register_blueprint(demo_authorization.blueprint(shown))
    if settings.oidc_issuer.endswith(demo_sign_in.ROOT):
        application.register_blueprint(demo_sign_in.blueprint(settings.oidc_issuer))
    application.extensions[KEY].engine.warm_up()
    return application


class _Quiet(WSGIRequestHandler):
    """The service writes its own line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


@contextmanager
def _server(port: int | None) -> Iterator[BaseWSGIServer]:
    """A server that answers in threads while the block runs; its application is set inside the block."""
    server = make_server(HOST, _free(port), _not_ready, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _free(port: int | None) -> int:
    """The port asked for; without one the usual one, or 0 (any) where somebody listens on it already."""
    if port is not None:
        return port
    try:
        requests.get(f"http://{HOST}:{PORT}/healthz", timeout=1)
    except requests.ConnectionError:
        return PORT
    except requests.RequestException:
        return 0
    return 0


def _not_ready(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []


def _introduce(url: str, settings: Settings, today: date, given: Mapping[str, str], out: TextIO) -> None:
    if url:
        out.write(f"CDS Hooks    {url}/cds-services\nFHIR R4      {url}/demo/fhir  (synthetic patients, read-only)\n")
        out.write(f"Calls        {url}/demo/calls  (a ready request for each patient)\nPage         {url}/\n")
    why = ", as CDS_TODAY says" if given.get("CDS_TODAY", "").strip() else ""
    day = f"today is {today}{why}, and the patients' charts are moved to it"
    out.write(paragraph(f"Demo mode, {settings.jurisdiction} rules; {day}.", ""))


def _play(url: str, case: Fixture, today: date, out: TextIO, is_once: bool) -> bool:
    """One call over HTTP, and its cards in words, and how to make it again while the server stays.

    Returns whether it was answered.
    """
    address = f"{url}/cds-services/{case.service}"
    out.write(heading(f"{case.name}: POST {address}"))
    out.write(paragraph(case.title, "") + paragraph(case.shows, ""))
    kept = io.StringIO()
    # The log line of the call would stand amid its cards.
    with redirect_stderr(kept):
        answer = requests.post(address, json=case.call_on(today), timeout=CALL_SECONDS)
    if answer.status_code != 200:
        out.write(f"\nThe service answered {answer.status_code}.\n")
        sys.stderr.write(kept.getvalue())
        return False
    cards = answer.json()["cards"]
    out.write(f"\n{len(cards)} card{'' if len(cards) == 1 else 's'}\n")
    for card in cards:
        out.write(shown(card))
    if is_once:
        out.write("\nThis server has ended. Without --once it stays and takes calls.\n")
    else:
        out.write(f"\nThe same call:\n  curl -s {url}/demo/calls/{case.name} |\n")
        out.write(f"  curl -H 'Content-Type: application/json' -d @- {address}\n")
    out.flush()
    return True


def shown(card: dict[str, Any]) -> str:
    """A card in words for a terminal, at most 100 columns wide."""
    lines = ["\n" + paragraph(f"[{card['indicator'].upper()}] {card['summary']}", "")]
    lines += [paragraph(line.replace("**", ""), "  ") for line in card.get("detail", "").splitlines() if line.strip()]
    for suggestion in card.get("suggestions", ()):
        star = "*" if suggestion.get("isRecommended") else "-"
        lines.append(paragraph(f"{star} Suggestion: {suggestion['label']}", "  "))
        lines += [paragraph(f"{act['type']}: {act['description']}", "      ") for act in suggestion["actions"]]
    if reasons := [reason["display"] for reason in card.get("overrideReasons", ())]:
        lines.append(paragraph(f"- Override: {' / '.join(reasons)}", "  "))
    rules = ", ".join(card["extension"]["org.cds-service.recommendation"]["rules"])
    lines.append(paragraph(f"Rules: {rules}; source: {card['source']['label']}", "  "))
    return "".join(lines)


def _wait() -> None:
    """Until Ctrl-C or SIGTERM."""
    over = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: over.set())
    over.wait()
