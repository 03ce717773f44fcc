"""What a call is about and the data for it, in stages: does it concern the drug, and what do the rules look at then?

A call that does not concern the drug ends here, and nothing more is fetched for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from cds_service.cdshooks.prefetch import Answered, Failed
from cds_service.cdshooks.request import HookRequest
from cds_service.drugs.contract import Drug, Need
from cds_service.errors import DataUnobtainable
from cds_service.fhir.conditions import read_conditions
from cds_service.fhir.fetch_result import FetchResult
from cds_service.fhir.medication_shapes import KINDS
from cds_service.fhir.mention import may_mean
from cds_service.hooks.brought import Brought, brought_by
from cds_service.hooks.dispatch import UNSEEN, dispatched, look_up, medication_references, read_all
from cds_service.hooks.drafts import Drafts, drafts_of, mentions, names_no_drug, unknown_medications
from cds_service.hooks.hook import Hook
from cds_service.hooks.new_problems import NewProblems, new_problems, with_problems
from cds_service.hooks.obtain import NOT_ASKED, Fetcher, Obtained, obtain


@dataclass(frozen=True, slots=True)
class Gathered:
    """The orders and new problems of a call, and the data; None where the call does not concern the drug."""

    drafts: Drafts
    problems: NewProblems
    brought: Brought
    obtained: Obtained | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """One call and where its data come from: `templates` by prefetch key, `context` for their tokens, the fetcher."""

    drug: Drug
    hook: Hook
    request: HookRequest
    templates: Mapping[str, str]
    context: Mapping[str, object]
    fetcher: Fetcher
    today: date

    def gather(self) -> Gathered:
        """The data of the call.

        Raises: DataUnobtainable.
        """
        drug, hook, request = self.drug, self.hook, self.request
        brought = brought_by(request, hook)
        drafts = drafts_of(request, hook, drug, brought, self.today)
        problems = new_problems(request, hook, brought.whom, self.today, drug.indications)
        if drafts.medications and request.fhirServer:
            brought = self._with_medications(brought, drafts.medications)
            drafts = drafts_of(request, hook, drug, brought, self.today)
        named = medication_references(request.texts(hook.dispatched_in))
        if (hook.has_orders and not named and not drafts.may_concern) or (
            hook.problems_in and not problems.may_concern
        ):
            return Gathered(drafts, problems, brought)
        prefetch = {key: answer for key, answer in brought.prefetch.items() if key in self.templates}
        medication, others = _stages(drug)
        # Most orders that cannot be recognised are of other drugs: they end no call.
        is_certain = bool(named or drafts.orders or drafts.problems)
        try:
            first = self._obtain(medication, prefetch, raise_required=hook.has_orders and is_certain)
        except DataUnobtainable as fault:
            raise self._with_others(fault, others, prefetch) from None
        brought = self._with_medications(brought, unknown_medications(_orders(first), brought))
        is_shown = is_certain or _mentions(drug, first, brought)
        is_shown = is_shown or (not hook.has_orders and self._may_be_taken(prefetch, first, brought))
        if named:
            drafts = self._dispatched(named, first, brought)
        elif hook.may_be_signed and not is_certain and not is_shown and not first.unseen:
            # What is refilled was prescribed before, and then the chart would show it.
            drafts = replace(drafts, untold=())
        if hook.has_orders and not drafts.may_concern:
            return Gathered(drafts, problems, brought)
        if not hook.has_orders and not is_shown:
            unobtained = {n.key: first.unseen[n.key] for n in medication if n.key in first.unseen}
            if unobtained:
                raise self._with_others(DataUnobtainable(unobtained), others, prefetch)
            return Gathered(drafts, problems, brought)
        if not is_certain and not is_shown:
            return Gathered(drafts, problems, brought, first)
        whole = first.joined(self._obtain(others, prefetch, raise_required=is_certain or not hook.has_orders))
        brought = brought.with_patients(whole.by_type.get("Patient", ()), request.fhirServer)
        return Gathered(drafts, problems, brought, with_problems(whole, problems, _key_of(drug, "Condition")))

    def _with_others(
        self, fault: DataUnobtainable, others: tuple[Need, ...], prefetch: Mapping[str, Answered | Failed]
    ) -> DataUnobtainable:
        """The fault with what else is required and lacks, so that one answer names it all; where servers were asked, as it is."""
        if not NOT_ASKED.issuperset(fault.missing.values()):
            return fault
        seen = self._obtain(others, prefetch, raise_required=False).unseen
        required = {n.key: seen[n.key] for n in others if self.hook.name in n.required_on and n.key in seen}
        return DataUnobtainable({**fault.missing, **required}, fault.hint)

    def _may_be_taken(self, prefetch: Mapping[str, Answered | Failed], obtained: Obtained, brought: Brought) -> bool:
        """Whether nobody can know the medicine of an order on file, and the patient has, by what was sent, what the drug is for."""
        orders = tuple(_orders(obtained))
        if not unknown_medications(orders, brought) and not any(names_no_drug(raw) for raw in orders):
            return False
        sent = prefetch.get(_key_of(self.drug, "Condition"))
        if not isinstance(sent, Answered):
            return False
        read = read_conditions(sent.resources, brought.whom, self.today, self.drug.indications)
        return any(d.concepts & self.drug.indications for d in read.diagnoses)

    def _obtain(
        self, needs: tuple[Need, ...], prefetch: Mapping[str, Answered | Failed], *, raise_required: bool = True
    ) -> Obtained:
        return obtain(
            needs,
            self.templates,
            prefetch,
            self.context,
            self.hook.name,
            self.fetcher,
            self.request.fhirServer or None,
            self._token,
            raise_required=raise_required,
        )

    def _dispatched(self, named: tuple[str, ...], first: Obtained, brought: Brought) -> Drafts:
        """The drug's orders among those that are sent out.

        Raises: DataUnobtainable where an order was not seen and nothing else shows the drug: any order may be of it.
        """
        obtained = (*(raw for raws in first.answers.values() for raw in raws), *brought.medications)
        seen = look_up(named, obtained, brought.addresses, self._read)
        drafts = dispatched(seen, self.drug, brought.whom, self.today)
        if seen.unseen and not drafts.orders and not _mentions(self.drug, first, brought):
            raise DataUnobtainable({_key_of(self.drug, "MedicationRequest"): UNSEEN})
        return drafts

    def _with_medications(self, brought: Brought, named: tuple[str, ...]) -> Brought:
        """With the Medications that alone say the drug of an order, as far as they can be read."""
        return brought.with_medications(read_all(named, self._read).values()) if named else brought

    def _read(self, queries: Mapping[str, str]) -> Mapping[str, FetchResult]:
        server = self.request.fhirServer
        return self.fetcher.fetch(server, self._token, queries) if server else {}

    @property
    def _token(self) -> str | None:
        access = self.request.authorization
        return access.access_token if access is not None else None


def _stages(drug: Drug) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """What is obtained first, because it tells whether a call concerns the drug, and what then."""
    first = tuple(n for n in drug.needs if n.resource.startswith("Medication"))
    return first, tuple(n for n in drug.needs if not n.resource.startswith("Medication"))


def _key_of(drug: Drug, resource: str) -> str:
    """The prefetch key under which the drug asks for all resources of a type; the type itself where it asks for none."""
    return next((n.key for n in drug.needs if n.resource == resource and not n.facts), resource)


def _orders(obtained: Obtained) -> Iterator[msgspec.Raw]:
    """The resources that may name a Medication."""
    return (raw for kind, raws in obtained.by_type.items() if kind in KINDS for raw in raws)


def _mentions(drug: Drug, obtained: Obtained, brought: Brought) -> bool:
    """Whether any medication resource of the call could be the drug: by its words or codes, before anything is read."""
    came = (raw for resources in obtained.answers.values() for raw in resources)
    every = [bytes(raw) for raw in (*came, *brought.medications, *brought.addresses.values())]
    names = frozenset((*drug.names, drug.name))
    return any(mentions(drug, raw) for raw in every) or any(
        may_mean(raw.lower().decode("utf-8", "replace"), names, drug.name) for raw in every
    )
