"""Results as they would be if everything in doubt were believed: what a question about them would be about.

A result that cannot be used as it stands counts, but where a usable one of its day is only recorded twice; one without a day
in each of the last weeks. A preliminary one and an estimate that are no older than the latest usable one count as final.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from cds_service.clinical.blood_counts import may_be_later
from cds_service.clinical.facts import Finding, Reading, Unusable
from cds_service.fhir.observation_facts import ObservationFacts

# Days before the call at which a result without a day may have been drawn: so that a run of weeks is seen.
_MAY_BE_OLD: Final = (28, 21, 14, 7, 0)


def believed_results(observed: ObservationFacts) -> ObservationFacts | None:
    """The results of a chart with those in doubt among them; None where none is."""
    readings: dict[str, tuple[Reading, ...]] = {}
    findings: dict[str, tuple[Finding, ...]] = {}
    unusable: dict[str, tuple[Unusable, ...]] = {}
    for fact in {*observed.readings, *observed.unusable}:
        series, refused = observed.readings.get(fact, ()), observed.unusable.get(fact, ())
        if not refused and not any(r.is_preliminary or r.is_estimate for r in series):
            # Nearly always: nothing is in doubt.
            continue
        last = max((r.on for r in series if not r.is_preliminary and not r.is_estimate), default=None)
        newest = [r for r in series if r.on == last and not r.is_preliminary and not r.is_estimate]
        known = {(r.on, r.amount) for r in series}
        days = {on for on, _ in known}
        possible = [u for u in refused if u.believed and not u.is_other_test]
        # A second record of a result that is used, under a code of its own, is no result of its own; nor is one that says nothing.
        counting = [
            u
            for u in possible
            if u.may_be_newer(last)
            or u.on not in days
            or not (u.is_open or any((r.on, r.amount) in known for r in u.believed))
        ]
        certain = [
            r._replace(is_preliminary=False, is_estimate=False) if all(may_be_later(r, each) for each in newest) else r
            for r in series
        ]
        told = [*certain, *(r for u in counting for r in _as_dated(u))]
        if told != list(series):
            readings[fact] = tuple(sorted(told, key=lambda r: r.on))
        as_findings = [u.as_finding for u in refused if u.as_finding is not None]
        if as_findings:
            both = (*observed.findings.get(fact, ()), *as_findings)
            findings[fact] = tuple(sorted(both, key=lambda f: f.on or date.min))
        kept = tuple(u for u in refused if u not in counting and u.as_finding is None)
        if kept != refused:
            unusable[fact] = kept
    if not readings and not findings:
        return None
    return replace(
        observed,
        readings={**observed.readings, **readings},
        unusable={**observed.unusable, **unusable},
        findings={**observed.findings, **findings},
    )


def _as_dated(unusable: Unusable) -> tuple[Reading, ...]:
    """What a result would be, on each day on which it may have been drawn."""
    if unusable.on is not None:
        return unusable.believed
    return tuple(r._replace(on=r.on - timedelta(days=days)) for days in _MAY_BE_OLD for r in unusable.believed)
