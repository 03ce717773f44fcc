"""All settings, read once from the environment. No other module reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Protocol, get_type_hints

from cds_service.errors import SettingsError
from cds_service.settings_reader import PREFIX, SHORTEST_SECRET, Reader, choice, refuse, unknown_names, weak_key

DEMO = "demo"
PRODUCTION = "production"
# How a signature that stands for nobody begins.
TEST_SIGNER = "TEST, not a person"

# How the text of a setting is read.
Text = Annotated[str, Reader.text]
Words = Annotated[frozenset[str], Reader.words]
Number = Annotated[int, Reader.whole]
Switch = Annotated[bool, Reader.switch]
File = Annotated[Path | None, Reader.file]
Folder = Annotated[Path | None, Reader.existing_folder]


def environment() -> dict[str, str]:
    """The environment of this process."""
    return dict(os.environ)


class SignedDocument(Protocol):
    """What the start-up check needs to know of a document in force."""

    @property
    def id(self) -> str: ...
    @property
    def signed_by(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """One configuration of the service: each member is a setting, `CDS_` and its name in capitals. Secrets are left out of its
    repr.

    `jurisdiction` is "US", "EU" or "" (not configured); `today` fixes the date, in demo mode only; `auth` is "jwt" or
    "none"; `shadow` holds rule ids, or "all"; `fetch_deadline` is in seconds; `database_url` "" means the SQLite file
    in `data_dir`; `services` names the hooks that are served (none named: all but those that must be asked for).
    """

    mode: Annotated[str, choice(DEMO, PRODUCTION)] = PRODUCTION
    jurisdiction: Annotated[str, choice("US", "EU")] = ""
    today: Annotated[date | None, Reader.day] = None
    auth: Annotated[str, choice("jwt", "none")] = "jwt"
    trusted_clients: File = None
    public_base_url: Annotated[str, Reader.address] = ""
    fhir_servers: Annotated[tuple[str, ...], Reader.origins] = ()
    cors_origins: Annotated[tuple[str, ...], Reader.origins_or_star] = ()
    database_url: Text = field(default="", repr=False)
    data_dir: Annotated[Path, Reader.folder] = Path("cds-service-data")
    max_body_bytes: Number = 5_000_000
    shadow: Words = frozenset()
    site_map: File = None
    fetch_deadline: Annotated[float, Reader.seconds] = 8.0
    retention_days: Annotated[int | None, Reader.whole] = None
    hash_key: Text = field(default="", repr=False)
    metrics_token: Text = field(default="", repr=False)
    session_key: Annotated[str, Reader.secret] = field(default="", repr=False)
    oidc_issuer: Text = ""
    oidc_client_id: Text = ""
    oidc_client_secret: Text = field(default="", repr=False)
    oidc_roles_claim: Text = "roles"
    oidc_pharmacist: Text = "pharmacist"
    oidc_operator: Text = "operator"
    labels: Folder = None
    reviews: Folder = None
    review_key: Annotated[str, Reader.secret] = field(default="", repr=False)
    allow_test_signer: Switch = False
    smart_client_id: Text = ""
    smart_client_secret: Text = field(default="", repr=False)
    smart_issuers: Annotated[tuple[str, ...], Reader.addresses] = ()
    allow_unreviewed: Switch = False
    allow_anonymous: Switch = False
    discovery_open: Switch = False
    store_comments: Switch = False
    pages: Switch = False
    prefetch_today: Switch = False
    narrow_prefetch: Switch = False
    menopause_age: Annotated[int | None, Reader.whole] = None
    services: Words = frozenset()

    @property
    def is_demo(self) -> bool:
        """Whether the service runs for demonstration, on data that are nobody's."""
        return self.mode == DEMO

    @property
    def smart_launch_url(self) -> str:
        """Where an EHR launches the SMART app; "" where the app is off."""
        return f"{self.public_base_url}/smart/launch" if self.smart_client_id and self.pages else ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment holds; an unset or blank variable means the default.

        Raises: SettingsError with every setting that cannot be used, every name with the prefix that is no setting, and every
        contradiction.
        """
        read = Reader(environ)
        faults, given = list(unknown_names(environ, NAMES)), dict[str, Any]()
        for name, (member, read_one) in NAMES.items():
            try:
                if read.text(name):
                    given[member] = read_one(read, name)
            except SettingsError as fault:
                faults.append(fault)
        refuse(faults)
        settings = cls(**{**_defaults(given, environ), **given})
        settings = replace(settings, pages=True) if settings.is_demo else settings
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse settings that contradict each other.

        Raises: SettingsError with everything that lacks, as production without authentication, or `jwt` or the SMART app
        without what it needs.
        """
        refuse(self._contradictions())

    def _contradictions(self) -> Iterator[SettingsError]:
        if self.auth == "none" and not self.is_demo and not self.allow_anonymous:
            yield SettingsError(
                "CDS_AUTH",
                "Production does not start without authentication.",
                "Set CDS_AUTH=jwt, or CDS_ALLOW_ANONYMOUS=1.",
            )
        if self.today is not None and not self.is_demo:
            yield SettingsError(
                "CDS_TODAY",
                "The date may be fixed in demo mode alone.",
                "Take it out: production goes by the calendar.",
            )
        if "*" in self.cors_origins and not self.is_demo:
            yield SettingsError("CDS_CORS_ORIGINS", "'*' may stand there in demo mode alone.", "List the origins.")
        if self.reviews is not None and not self.review_key:
            yield SettingsError(
                "CDS_REVIEW_KEY",
                "CDS_REVIEWS names signed reviews, and CDS_REVIEW_KEY is not set.",
                "Set the key that they were signed with.",
            )
        if self.auth == "jwt":
            clients = {"CDS_PUBLIC_BASE_URL": self.public_base_url, "CDS_TRUSTED_CLIENTS": self.trusted_clients}
            or_else = "; or CDS_ALLOW_ANONYMOUS=1 to run without client authentication."
            yield from _lacking("CDS_AUTH=jwt", clients, or_else)
        if self.oidc_issuer:
            needs = {"CDS_OIDC_CLIENT_ID": self.oidc_client_id, "CDS_OIDC_CLIENT_SECRET": self.oidc_client_secret}
            if not self.is_demo:
                needs["CDS_PUBLIC_BASE_URL"] = self.public_base_url
                if not self.oidc_issuer.startswith("https://"):
                    yield SettingsError("CDS_OIDC_ISSUER", "CDS_OIDC_ISSUER is no https address.")
            yield from _lacking("CDS_OIDC_ISSUER", needs)
        if self.smart_client_id:
            app = {"CDS_PUBLIC_BASE_URL": self.public_base_url, "CDS_SMART_ISSUERS": self.smart_issuers}
            yield from _lacking("CDS_SMART_CLIENT_ID", app, " (docs/smart.md).")
            if not self.pages:
                yield SettingsError("CDS_PAGES", "CDS_SMART_CLIENT_ID needs CDS_PAGES=1.", "The SMART app is a page.")

    def check_start(self, documents: Sequence[SignedDocument]) -> None:
        """Refuse to start production on a document that no named person has signed, or that a test has.

        Raises: SettingsError with CDS_ALLOW_UNREVIEWED or CDS_ALLOW_TEST_SIGNER.
        """
        if not self.is_demo:
            refuse(list(self._unsigned(documents)))

    def weak_keys(self) -> tuple[SettingsError, ...]:
        """The keys of production that can be guessed.

        The start is not refused for them: the records of a site hang on the key that it has. It is logged, and a doubt of `check`.
        """
        keep = "Keep the present one: `audit verify` proves the older records with it alone."
        keys = {"CDS_HASH_KEY": (self.hash_key, keep), "CDS_METRICS_TOKEN": (self.metrics_token, "")}
        return tuple(
            weak_key(name, hint)
            for name, (key, hint) in keys.items()
            if 0 < len(key) < SHORTEST_SECRET and not self.is_demo
        )

    def _unsigned(self, documents: Sequence[SignedDocument]) -> Iterator[SettingsError]:
        tested = sorted(document.id for document in documents if TEST_SIGNER in document.signed_by)
        if tested and not self.allow_test_signer:
            yield SettingsError(
                "CDS_ALLOW_TEST_SIGNER",
                f"Documents in force are signed by a test, not by a person: {', '.join(tested)}.",
                "Have them signed by a person (docs/review.md); CDS_ALLOW_TEST_SIGNER=1 is for tests alone.",
            )
        unsigned = sorted(document.id for document in documents if not document.signed_by.strip())
        if unsigned and not self.allow_unreviewed:
            yield SettingsError(
                "CDS_ALLOW_UNREVIEWED",
                f"Documents in force are not signed by a named person: {', '.join(unsigned)}.",
                "Have them signed (docs/review.md), or set CDS_ALLOW_UNREVIEWED=1.",
            )


# Every setting there is; another name with the prefix is most likely a slip of the pen and refuses the start.
NAMES: Mapping[str, tuple[str, Callable[[Reader, str], Any]]] = {
    PREFIX + member.upper(): (member, hint.__metadata__[0])
    for member, hint in get_type_hints(Settings, include_extras=True).items()
}


def _lacking(what: str, needs: Mapping[str, object], or_else: str = ".") -> Iterator[SettingsError]:
    """What a setting needs beside it and is not set."""
    for name, value in needs.items():
        if not value:
            yield SettingsError(name, f"{what} needs {name}.", f"Set {name}{or_else}")


def _defaults(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The defaults that hang on other settings: those of a demonstration, and no tokens where none can be judged."""
    is_demo = given.get("mode") == DEMO
    is_anonymous = given.get("allow_anonymous") and "trusted_clients" not in given
    found: dict[str, Any] = {"data_dir": _data_folder(environ)}
    if is_demo or is_anonymous:
        found["auth"] = "none"
    return {**found, "jurisdiction": "US", "cors_origins": ("*",)} if is_demo else found


def _data_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the user's data, as the XDG base directory specification has it."""
    base = environ.get("XDG_DATA_HOME", "").strip()
    if base:
        return Path(base) / "cds-service"
    home = environ.get("HOME", "").strip()
    return (Path(home) / ".local" / "share" if home else Path.cwd()) / "cds-service"
