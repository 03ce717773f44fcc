"""The only place where the parts of the service are wired together."""

from __future__ import annotations

from flask import Flask

from cds_service.api import authentication, cors, faults, health, hooks, logs, metrics, observation, pages, schemas
from cds_service.api.authentication import Anonymous, Authenticator
from cds_service.api.wiring import KEY, FeedbackSink, Wiring
from cds_service.cdshooks.service import Engine
from cds_service.settings import Settings
from cds_service.version import VERSION


def create_app(
    settings: Settings,
    engine: Engine | None = None,
    authenticator: Authenticator | None = None,
    feedback: FeedbackSink | None = None,
) -> Flask:
    """The WSGI application.

    Args:
        settings: the configuration.
        engine: what answers hooks; the pipeline over the drugs of the catalogue when left out.
        authenticator: what judges clients; as the settings say when left out.
        feedback: where feedback is kept; the configured database when left out.

    Raises: SettingsError when the settings refuse the start.
    """
    logs.configure()
    settings.check()
    engine = engine or _engine(settings)
    settings.check_documents(engine.documents())
    authenticator = authenticator or _authenticator(settings)
    parts = Wiring(settings, engine, authenticator, feedback or _feedback(settings))

    app = Flask("cds_service.api", static_folder=None)
    app.extensions[KEY] = parts
    app.url_map.strict_slashes = False
    observation.install(app, VERSION, engine.content_version)
    cors.install(app, settings.cors_origins)
    authentication.install(app, settings, authenticator)
    faults.install(app)
    app.register_blueprint(hooks.blueprint())
    app.register_blueprint(health.blueprint())
    app.register_blueprint(schemas.blueprint())
    if settings.pages:
        app.register_blueprint(pages.blueprint())
    return app


def _engine(settings: Settings) -> Engine:
    from cds_service.hooks.pipeline import build_engine
    from cds_service.hooks.recording import Recording
    from cds_service.store.sink import open_records

    recording = Recording(open_records(settings), VERSION, settings.hash_key, _record_lost)
    built: Engine = build_engine(settings, recording)
    return built


def _record_lost(cause: str) -> None:
    metrics.records_lost.inc()
    logs.log.warning("decision record not kept", reason=cause)


def _authenticator(settings: Settings) -> Authenticator:
    if settings.auth == "none":
        return Anonymous(settings)
    from cds_service.api.jwt import build_authenticator

    built: Authenticator = build_authenticator(settings)
    return built


def _feedback(settings: Settings) -> FeedbackSink:
    from cds_service.cards.override_reasons import known_reasons
    from cds_service.store.sink import build_sink

    return build_sink(settings, known_reasons())
