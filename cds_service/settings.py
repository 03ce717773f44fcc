"""All settings, read once from the environment. No other module reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from cds_service.errors import SettingsError
from cds_service.settings_reader import Reader

DEMO = "demo"
PRODUCTION = "production"
# How a signature that stands for nobody begins.
TEST_SIGNER = "TEST, not a person"

# Every setting there is; another name with the prefix is most likely a slip of the pen and is said at the start.
NAMES = frozenset(
    (
        "CDS_MODE",
        "CDS_JURISDICTION",
        "CDS_TODAY",
        "CDS_AUTH",
        "CDS_TRUSTED_CLIENTS",
        "CDS_PUBLIC_BASE_URL",
        "CDS_FHIR_SERVERS",
        "CDS_CORS_ORIGINS",
        "CDS_DATABASE_URL",
        "CDS_MAX_BODY_BYTES",
        "CDS_SHADOW",
        "CDS_ALLOW_UNREVIEWED",
        "CDS_SITE_MAP",
        "CDS_STORE_COMMENTS",
        "CDS_DATA_DIR",
        "CDS_ALLOW_ANONYMOUS",
        "CDS_DISCOVERY_OPEN",
        "CDS_FETCH_DEADLINE",
        "CDS_HASH_KEY",
        "CDS_RETENTION_DAYS",
        "CDS_PAGES",
        "CDS_SESSION_KEY",
        "CDS_OIDC_ISSUER",
        "CDS_OIDC_CLIENT_ID",
        "CDS_OIDC_CLIENT_SECRET",
        "CDS_OIDC_ROLES_CLAIM",
        "CDS_OIDC_PHARMACIST",
        "CDS_OIDC_OPERATOR",
        "CDS_LABELS",
        "CDS_REVIEWS",
        "CDS_REVIEW_KEY",
        "CDS_ALLOW_TEST_SIGNER",
        "CDS_SMART_CLIENT_ID",
        "CDS_SMART_CLIENT_SECRET",
        "CDS_SMART_ISSUERS",
        "CDS_METRICS_TOKEN",
        "CDS_PREFETCH_TODAY",
        "CDS_NARROW_PREFETCH",
        "CDS_MENOPAUSE_AGE",
    )
)


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
    """One configuration of the service. Secrets are left out of its repr.

    `jurisdiction` is "US", "EU" or "" (not configured); `today` fixes the date, in demo mode only; `auth` is "jwt" or
    "none"; `shadow` holds rule ids, or "all"; `fetch_deadline` is in seconds; `database_url` "" means the SQLite file
    in `data_dir`; `unknown` lists names with the prefix that are no settings.
    """

    mode: str = PRODUCTION
    jurisdiction: str = ""
    today: date | None = None
    auth: str = "jwt"
    trusted_clients: Path | None = None
    public_base_url: str = ""
    fhir_servers: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    database_url: str = field(default="", repr=False)
    data_dir: Path = Path("cds-service-data")
    max_body_bytes: int = 5_000_000
    shadow: frozenset[str] = frozenset()
    site_map: Path | None = None
    fetch_deadline: float = 8.0
    retention_days: int | None = None
    hash_key: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    session_key: str = field(default="", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_roles_claim: str = "roles"
    oidc_pharmacist: str = "pharmacist"
    oidc_operator: str = "operator"
    labels: Path | None = None
    reviews: Path | None = None
    review_key: str = field(default="", repr=False)
    allow_test_signer: bool = False
    smart_client_id: str = ""
    smart_client_secret: str = field(default="", repr=False)
    smart_issuers: tuple[str, ...] = ()
    allow_unreviewed: bool = False
    allow_anonymous: bool = False
    discovery_open: bool = False
    store_comments: bool = False
    pages: bool = False
    prefetch_today: bool = False
    narrow_prefetch: bool = False
    menopause_age: int | None = None
    unknown: tuple[str, ...] = ()

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

        Raises: SettingsError naming the setting that cannot be used.
        """
        read = Reader(environ)
        mode = read.choice("CDS_MODE", (DEMO, PRODUCTION), PRODUCTION)
        is_demo = mode == DEMO
        settings = cls(
            mode=mode,
            jurisdiction=read.choice("CDS_JURISDICTION", ("US", "EU"), "US" if is_demo else ""),
            today=read.day("CDS_TODAY") if is_demo else None,
            auth=read.choice("CDS_AUTH", ("jwt", "none"), _default_auth(read, is_demo)),
            trusted_clients=read.file("CDS_TRUSTED_CLIENTS"),
            public_base_url=read.address("CDS_PUBLIC_BASE_URL"),
            fhir_servers=read.origins("CDS_FHIR_SERVERS"),
            cors_origins=read.origins("CDS_CORS_ORIGINS", star=is_demo) or (("*",) if is_demo else ()),
            database_url=read.text("CDS_DATABASE_URL"),
            data_dir=read.folder("CDS_DATA_DIR", _data_folder(environ)),
            max_body_bytes=read.whole("CDS_MAX_BODY_BYTES", 5_000_000) or 5_000_000,
            shadow=frozenset(read.words("CDS_SHADOW")),
            site_map=read.file("CDS_SITE_MAP"),
            fetch_deadline=read.seconds("CDS_FETCH_DEADLINE", 8.0),
            retention_days=read.whole("CDS_RETENTION_DAYS", None),
            hash_key=read.text("CDS_HASH_KEY"),
            metrics_token=read.text("CDS_METRICS_TOKEN"),
            session_key=read.secret("CDS_SESSION_KEY"),
            oidc_issuer=read.text("CDS_OIDC_ISSUER"),
            oidc_client_id=read.text("CDS_OIDC_CLIENT_ID"),
            oidc_client_secret=read.text("CDS_OIDC_CLIENT_SECRET"),
            oidc_roles_claim=read.text("CDS_OIDC_ROLES_CLAIM") or "roles",
            oidc_pharmacist=read.text("CDS_OIDC_PHARMACIST") or "pharmacist",
            oidc_operator=read.text("CDS_OIDC_OPERATOR") or "operator",
            labels=read.existing_folder("CDS_LABELS"),
            reviews=read.existing_folder("CDS_REVIEWS"),
            review_key=read.secret("CDS_REVIEW_KEY"),
            allow_test_signer=read.switch("CDS_ALLOW_TEST_SIGNER"),
            smart_client_id=read.text("CDS_SMART_CLIENT_ID"),
            smart_client_secret=read.text("CDS_SMART_CLIENT_SECRET"),
            smart_issuers=read.addresses("CDS_SMART_ISSUERS"),
            allow_unreviewed=read.switch("CDS_ALLOW_UNREVIEWED"),
            allow_anonymous=read.switch("CDS_ALLOW_ANONYMOUS"),
            discovery_open=read.switch("CDS_DISCOVERY_OPEN"),
            store_comments=read.switch("CDS_STORE_COMMENTS"),
            pages=read.switch("CDS_PAGES") or is_demo,
            prefetch_today=read.switch("CDS_PREFETCH_TODAY"),
            narrow_prefetch=read.switch("CDS_NARROW_PREFETCH"),
            menopause_age=read.whole("CDS_MENOPAUSE_AGE", None),
            unknown=tuple(sorted(name for name in environ if name.startswith("CDS_") and name not in NAMES)),
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse settings that contradict each other.

        Raises: SettingsError for production without authentication, and for `jwt` or the SMART app without what it needs.
        """
        if self.auth == "none" and not self.is_demo and not self.allow_anonymous:
            raise SettingsError(
                "CDS_AUTH",
                "Production does not start without authentication.",
                "Set CDS_AUTH=jwt, or CDS_ALLOW_ANONYMOUS=1.",
            )
        if self.reviews is not None and not self.review_key:
            raise SettingsError(
                "CDS_REVIEW_KEY",
                "CDS_REVIEWS names signed reviews, and CDS_REVIEW_KEY is not set.",
                "Set the key that they were signed with.",
            )
        self._check_sign_in()
        self._check_smart()
        needs = {"CDS_PUBLIC_BASE_URL": self.public_base_url, "CDS_TRUSTED_CLIENTS": self.trusted_clients}
        for name, value in needs.items():
            if self.auth == "jwt" and not value:
                raise SettingsError(
                    name,
                    f"CDS_AUTH=jwt needs {name}.",
                    f"Set {name}; or CDS_ALLOW_ANONYMOUS=1 to run without client authentication.",
                )

    def _check_sign_in(self) -> None:
        """Refuse half a sign-in. Raises: SettingsError."""
        if not self.oidc_issuer:
            return
        needs = {"CDS_OIDC_CLIENT_ID": self.oidc_client_id, "CDS_OIDC_CLIENT_SECRET": self.oidc_client_secret}
        if not self.is_demo:
            needs["CDS_PUBLIC_BASE_URL"] = self.public_base_url
            if not self.oidc_issuer.startswith("https://"):
                raise SettingsError("CDS_OIDC_ISSUER", "CDS_OIDC_ISSUER is no https address.")
        for name, value in needs.items():
            if not value:
                raise SettingsError(name, f"CDS_OIDC_ISSUER needs {name}.", f"Set {name}.")

    def _check_smart(self) -> None:
        needs = {"CDS_PUBLIC_BASE_URL": self.public_base_url, "CDS_SMART_ISSUERS": self.smart_issuers}
        for name, value in needs.items():
            if self.smart_client_id and not value:
                raise SettingsError(name, f"CDS_SMART_CLIENT_ID needs {name}.", f"Set {name} (docs/smart.md).")
        if self.smart_client_id and not self.pages:
            raise SettingsError("CDS_PAGES", "CDS_SMART_CLIENT_ID needs CDS_PAGES=1.", "The SMART app is a page.")

    def check_documents(self, documents: Sequence[SignedDocument]) -> None:
        """Refuse to start production on a document that no named person has signed, or that a test has.

        Raises: SettingsError naming CDS_ALLOW_UNREVIEWED or CDS_ALLOW_TEST_SIGNER.
        """
        if self.is_demo:
            return
        tested = sorted(document.id for document in documents if TEST_SIGNER in document.signed_by)
        if tested and not self.allow_test_signer:
            raise SettingsError(
                "CDS_ALLOW_TEST_SIGNER",
                f"Documents in force are signed by a test, not by a person: {', '.join(tested)}.",
                "Have them signed by a person (docs/review.md); CDS_ALLOW_TEST_SIGNER=1 is for tests alone.",
            )
        unsigned = sorted(document.id for document in documents if not document.signed_by.strip())
        if unsigned and not self.allow_unreviewed:
            raise SettingsError(
                "CDS_ALLOW_UNREVIEWED",
                f"Documents in force are not signed by a named person: {', '.join(unsigned)}.",
                "Have them signed (docs/review.md), or set CDS_ALLOW_UNREVIEWED=1.",
            )


def _default_auth(read: Reader, is_demo: bool) -> str:
    """`none` in demo mode and where anonymous clients are allowed and none are listed; else `jwt`."""
    is_anonymous = read.switch("CDS_ALLOW_ANONYMOUS") and not read.text("CDS_TRUSTED_CLIENTS")
    return "none" if is_demo or is_anonymous else "jwt"


def _data_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the user's data, as the XDG base directory specification has it."""
    base = environ.get("XDG_DATA_HOME", "").strip()
    if base:
        return Path(base) / "cds-service"
    home = environ.get("HOME", "").strip()
    return (Path(home) / ".local" / "share" if home else Path.cwd()) / "cds-service"
