"""What a line of an export is, read cheaply: its type, whose it is, and whether any rule could look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from cds_service.drugs.catalogue import DRUGS
from cds_service.drugs.contract import Drug
from cds_service.fhir.binding import plain_reference
from cds_service.fhir.clumping import is_of_counts
from cds_service.fhir.decode import CodeableConcept, Reference, Resource, Unreadable, decode, decode_resource
from cds_service.fhir.medication_shapes import KINDS
from cds_service.fhir.mention import may_mean, mention_of
from cds_service.fhir.observation_codes import meanings_of
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap
from cds_service.hooks.site_map import load_site_map
from cds_service.settings import Settings

_NONE: Final = msgspec.Raw()
# A laboratory has some thousands of codes, each spelled in a few ways.
_MOST_CODES: Final = 100_000


class Head(Resource, frozen=True):
    """As much of a resource as tells what it is and whose."""

    subject: Reference | None = None
    patient: Reference | None = None
    code: msgspec.Raw = _NONE
    component: msgspec.Raw = _NONE

    @property
    def patient_id(self) -> str:
        """The id of the patient; "" where it names none."""
        if self.resourceType == "Patient":
            return self.id
        named = self.subject or self.patient
        if named is not None and named.reference.startswith("Patient/") and named.reference.count("/") == 1:
            # Nearly every reference.
            return named.reference[8:]
        target = plain_reference(named.reference) if named is not None else ""
        return "" if target.startswith("#") else target.rpartition("/")[2].rpartition(":")[2]


_head = msgspec.json.Decoder(Head)


def head_of_line(line: bytes) -> Head | None:
    """The head of the resource that a line holds; None where it holds none that can be read."""
    try:
        head = _head.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        try:
            head = decode_resource(line, Head)
        except Unreadable:
            return None
    return head if head.resourceType else None


class Unmapped(msgspec.Struct, frozen=True):
    """A code of a result whose words name a fact and which stands for none: for whoever keeps the site's map."""

    system: str
    code: str
    display: str
    facts: tuple[str, ...]


@dataclass(slots=True)
class Relevance:
    """What the rules of some drugs look at: whole `types`, and of Observations those whose code may tell a fact.

    What is asked of a code is asked once for all results that carry it in the same bytes.
    """

    drugs: tuple[Drug, ...]
    site: SiteMap = NO_SITE_MAP
    types: frozenset[str] = field(init=False)
    _codes: dict[bytes, tuple[bool, Unmapped | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        needed = (need.resource for drug in self.drugs for need in drug.needs)
        self.types = frozenset({"Patient", "Medication", *KINDS, *needed})

    @classmethod
    def by(cls, settings: Settings) -> Relevance:
        """What the service looks at by these settings. Raises: SettingsError for a site map that cannot be used."""
        site, drugs = load_site_map(settings.site_map, DRUGS)
        return cls(tuple(drugs), site)

    def holds(self, head: Head) -> bool:
        """Whether a resource of one of those types may tell a rule anything.

        An Observation is left out only where neither its code nor its words name a fact or a blood count, and it has no
        components.
        """
        is_plain = head.resourceType == "Observation" and not bytes(head.component)
        return not is_plain or self._of(bytes(head.code))[0]

    def unmapped(self, head: Head) -> Unmapped | None:
        """The code of an Observation that nobody has mapped; None where it is mapped or names nothing."""
        return self._of(bytes(head.code))[1] if head.resourceType == "Observation" else None

    def mentions(self, drug: Drug, line: bytes) -> bool:
        """Whether a medication resource is of the drug, or may be it under a name that was mistyped."""
        names = (*drug.names, drug.name)
        return mention_of(drug.codes, names, drug.name).is_in(line) or may_mean(
            line.lower().decode("utf-8", "replace"), frozenset(names), drug.name
        )

    def _of(self, code: bytes) -> tuple[bool, Unmapped | None]:
        found = self._codes.get(code)
        if found is None:
            if len(self._codes) >= _MOST_CODES:
                self._codes.clear()
            found = self._codes[code] = self._look_at(code)
        return found

    def _look_at(self, code: bytes) -> tuple[bool, Unmapped | None]:
        try:
            concept = decode(code, CodeableConcept) if code else CodeableConcept()
        except Unreadable:
            return True, None
        meanings, named = meanings_of(concept, self.site)
        named |= {meaning.fact for meaning in meanings if meaning.reason and not meaning.concepts}
        if not named:
            return bool(meanings) or is_of_counts(concept), None
        first = concept.coding[0] if concept.coding else None
        words = (first.system, first.code) if first is not None else ("", "")
        return True, Unmapped(*words, concept.words(), tuple(sorted(named)))
