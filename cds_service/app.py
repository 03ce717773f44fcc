"""The only place where the parts of the service are wired together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Flask

from cds_service.api import authentication, cors, faults, fhir, health, hooks, logs, metrics, observation, schemas
from cds_service.api.authentication import Anonymous, Authenticator
from cds_service.api.wiring import KEY, FeedbackSink, Wiring
from cds_service.cdshooks.service import Engine
from cds_service.program import program
from cds_service.settings import Settings
from cds_service.version import VERSION
from cds_service.web.page import TEMPLATES

if TYPE_CHECKING:
    from cds_service.exchange.evaluation import Exchange
    from cds_service.web.case import Case
    from cds_service.web.review_desk import Desk


def create_app(
    settings: Settings,
    engine: Engine | None = None,
    authenticator: Authenticator | None = None,
    feedback: FeedbackSink | None = None,
    cases: Sequence[Case] = (),
) -> Flask:
    """The WSGI application.

    Args:
        settings: the configuration.
        engine: what answers hooks; the pipeline over the drugs of the catalogue when left out.
        authenticator: what judges clients; as the settings say when left out.
        feedback: where feedback is kept; the configured database when left out.
        cases: the fixture cases that the pages offer to play, those of services that are served.

    Raises: SettingsError when the settings refuse the start.
    """
    logs.configure()
    app = _assembled(settings, engine, authenticator, feedback, cases)
    for weak in settings.weak_keys():
        logs.log.warning("a key that can be guessed", setting=weak.where)
    if feedback is None:
        from cds_service.store.sink import prepare_store

        prepare_store(settings)
    return app


def check_start(settings: Settings) -> None:
    """Refuse what `create_app` refuses, by assembling the same parts; the store is left as it is.

    Raises: SettingsError.
    """
    _assembled(settings)


def _assembled(
    settings: Settings,
    engine: Engine | None = None,
    authenticator: Authenticator | None = None,
    feedback: FeedbackSink | None = None,
    cases: Sequence[Case] = (),
) -> Flask:
    """The application of these parts, before anything is stored. Raises: SettingsError."""
    settings.check()
    engine = engine or _engine(settings)
    settings.check_start(engine.documents())
    authenticator = authenticator or _authenticator(settings)
    parts = Wiring(settings, engine, authenticator, feedback or _feedback(settings), _unserved(engine))

    app = Flask("cds_service.api", static_folder=None, template_folder=TEMPLATES)
    app.extensions[KEY] = parts
    app.url_map.strict_slashes = False
    observation.install(app, VERSION, engine.content_version)
    cors.install(app, settings.cors_origins)
    authentication.install(app, settings, authenticator)
    faults.install(app)
    for own in (hooks.routes, health.routes, schemas.routes):
        app.register_blueprint(own)
    app.register_blueprint(fhir.blueprint(lambda: _exchange(engine)))
    if settings.pages:
        _pages(app, settings, engine, cases)
    return app


def _pages(app: Flask, settings: Settings, engine: Engine, cases: Sequence[Case]) -> None:
    """The pages for people; those that need to know who asks only where a provider of sign-ins is set."""
    from cds_service.hooks.pipeline import Pipeline
    from cds_service.hooks.trial import Trial
    from cds_service.store.sink import open_database
    from cds_service.web import home, insights, page, review_desk, rules, session, sign_in, try_it

    session.install(app, settings.session_key, settings.is_demo)
    site = page.Site(VERSION, engine.content_version, settings.is_demo, settings.jurisdiction)
    if settings.is_demo:
        # Where a production server has its files is for nobody who reads its pages.
        site.program = program()
    page.install(app, site)
    base_url = settings.public_base_url
    served = {service.id for service in engine.services()}
    unserved = tuple(case for case in cases if case.service not in served)
    cases = try_it.for_newcomers((case for case in cases if case.service in served), settings.jurisdiction)
    example = next(iter(cases), None) if settings.is_demo else None
    pages = try_it.TryIt(cases, Trial(settings), base_url, settings.is_demo, settings.today, unserved)
    routes = {
        ("/", "Home"): home.blueprint(engine, base_url, settings.jurisdiction, example),
        (try_it.PATH, "Try it"): try_it.blueprint(pages),
    }
    if isinstance(engine, Pipeline):
        routes[rules.PATH, "Rules"] = rules.blueprint(engine.rules, cases, settings.jurisdiction)
    if settings.oidc_issuer:
        # A demonstration is opened as localhost too, and the cookie of one name is none of the other's.
        own_url = "" if settings.is_demo else base_url
        app.register_blueprint(sign_in.blueprint(app, sign_in.provider_of(settings), own_url))
        site.has_sign_in = True
        routes[review_desk.PATH, "Review"] = review_desk.blueprint(_desk(settings))
        routes[insights.PATH, "Insights"] = insights.blueprint(open_database(settings))
    else:
        app.register_blueprint(sign_in.without_provider((review_desk.PATH, insights.PATH)))
    if settings.smart_launch_url:
        app.register_blueprint(_smart(settings))
    for (path, title), blueprint in routes.items():
        app.register_blueprint(blueprint)
        site.pages[path] = title


def _desk(settings: Settings) -> Desk:
    from cds_service.drugs.catalogue import DRUGS
    from cds_service.reviews.desk import LabelShelf
    from cds_service.web.review_desk import Desk

    shelf = LabelShelf(settings.labels, (name for drug in DRUGS for name in drug.names))
    return Desk(
        tuple(drug.rulebook for drug in DRUGS),
        shelf,
        settings.reviews,
        settings.review_key,
        settings.is_demo,
        settings.jurisdiction,
    )


def _smart(settings: Settings) -> Blueprint:
    """The SMART app."""
    from cds_service.hooks.course import Courses
    from cds_service.smart.routes import Setup, blueprint
    from cds_service.store.sink import open_sessions

    setup = Setup(
        settings.public_base_url,
        settings.smart_issuers,
        settings.smart_client_id,
        settings.smart_client_secret,
        is_secure=not settings.is_demo,
    )
    return blueprint(setup, Courses(settings), open_sessions(settings))


def _engine(settings: Settings) -> Engine:
    from cds_service.hooks.pipeline import build_engine
    from cds_service.hooks.recording import Recording
    from cds_service.store.sink import open_records

    recording = Recording(open_records(settings), VERSION, settings.hash_key, _record_lost)
    built: Engine = build_engine(settings, recording)
    return built


def _unserved(engine: Engine) -> dict[str, str]:
    from cds_service.hooks.pipeline import Pipeline

    return engine.unserved if isinstance(engine, Pipeline) else {}


def _exchange(engine: Engine) -> Exchange:
    from cds_service.exchange.evaluation import Exchange
    from cds_service.hooks.pipeline import Pipeline

    return Exchange(cast(Pipeline, engine))


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
    from cds_service.store.sink import open_feedback

    return open_feedback(settings, known_reasons())
