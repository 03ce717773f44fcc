"""Contraception: two methods at once, or abstinence (US label 5.1, 8.3); effective contraception (EU SmPC 4.4); 4 weeks before.

When: a woman who can become pregnant starts or takes lenalidomide.
Then: too few methods or less than 4 weeks before a start do not let it start; nothing recorded is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from cds_service.clinical.facts import Finding
from cds_service.clinical.recommendation import Input
from cds_service.drugs.lenalidomide.counts.active import active_medication
from cds_service.drugs.lenalidomide.safety.pregnancy_tests import Requirement
from cds_service.drugs.lenalidomide.safety.view import View

FACT = "contraception"
NAME = "contraception"
_SPLIT = re.compile(r"\s+(?:and|plus|et|und)\s+|[+&;]", re.IGNORECASE)
# The same method under two names counts once; a comma or slash joins methods only where each part is one of these.
_KINDS = {
    "condom": r"condom|kondom",
    "intrauterine device": r"intra-?uterine|\biu[ds]\b|\bcoil\b|spirale",
    "implant": r"implant",
    "injection": r"\bdepot\b|inject|\bdmpa\b",
    "pill": r"\bpills?\b|oral contracepti|\bocp\b|\bcoc\b|progest|desogestrel",
    "patch": r"\bpatch",
    "ring": r"vaginal ring",
    "tubal sterilisation": r"tubal|female sterili[sz]",
    "vasectomy": r"vasectom",
    "diaphragm": r"diaphragm",
    "cervical cap": r"cervical cap",
}
_ABSTINENT = re.compile(r"abstinen|abstain|enthalt", re.IGNORECASE)
_NONE = re.compile(
    r"^\W*(?:none|no (?:method|contraception|birth control)\b.*|nothing|no|keine?\b.*|not? (?:applicable|needed|required)\b.*|n/?a"
    r"|post-?menopausal.*|nicht (?:notig|nötig|erforderlich).*)\W*$",
    re.IGNORECASE,
)
_UNRELIABLE = re.compile(
    r"withdrawal|rhythm|calendar|fertility awareness|natural family|breast-?feeding", re.IGNORECASE
)
_COMBINED = re.compile(
    r"\bcocs?\b|combined (?:oral |contraceptive |birth control )*(?:pill|contracept)|\beth?in[iy]l"
    r"|kombinationspille|kombinierte\w* (?:orale|pille)",
    re.IGNORECASE,
)
_NOT_EFFECTIVE_ALONE = re.compile(r"condom|diaphragm|cervical cap|spermicid|sponge", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|alone)\b", re.IGNORECASE)
_TUBAL = re.compile(r"tubal|sterili[sz]", re.IGNORECASE)
_SEVERAL = re.compile(r"^\W*(?:two|2|dual|double)\b[^,;]*\bmethods?\b", re.IGNORECASE)


def is_method(text: str) -> bool:
    """Whether a record names a method, rather than none or that none is needed."""
    return bool(text.strip()) and not _NONE.match(text)


def contraception(view: View, is_sterilised: bool) -> Requirement:
    """Whether contraception is recorded as the law asks for it before a start."""
    rule_id, data = rule_of(view)
    recorded = view.facts.findings.get(FACT, ())
    methods = _methods(recorded)
    if is_sterilised and not any(_TUBAL.search(m) for m, _ in methods):
        methods.append(("tubal sterilisation", None))
    if any(_ABSTINENT.search(m) for m, _ in methods):
        return _long_enough(
            view, [s for m, s in methods if _ABSTINENT.search(m)], rule_id, data["days_before_at_least"], recorded, 1
        )
    counted = [(m, s) for m, s in methods if not _NONE.match(m) and not _UNRELIABLE.search(m)]
    if not counted and not methods:
        refused = next(reversed(view.facts.refused(FACT)), None)
        reason = refused.reason if refused is not None else view.facts.unseen.get(FACT, "not recorded")
        return Requirement(
            NAME, None, reason, rule_id, FACT, is_lacking=True, is_unread=refused is not None, entry=refused
        )
    if len(counted) < data["methods"]:
        named = ", ".join(m for m, _ in methods)
        # One method may have another beside it that nobody wrote down; none at all, or an unreliable one, does not do.
        is_met = None if counted else False
        why = f"recorded: {named}; {data['methods']} reliable needed"
        return Requirement(NAME, is_met, why, rule_id, FACT, is_lacking=True)
    if view.law == "EU" and all(_NOT_EFFECTIVE_ALONE.search(m) for m, _ in counted):
        named = ", ".join(m for m, _ in counted)
        return Requirement(NAME, None, f"is {named} effective in the sense of the SmPC?", rule_id, FACT)
    return _long_enough(view, [s for _, s in counted], rule_id, data["days_before_at_least"], recorded, data["methods"])


def combined_pill(view: View) -> list[Input]:
    """A combined oral contraceptive as a method or among the medicines, against which the SmPC advises; empty in the US."""
    if view.law != "EU":
        return []
    # What holds an estrogen and is meant to prevent pregnancy is a combined one, whatever it is called.
    contraceptives = {each.reference for each in active_medication(view.case, "hormonal-contraceptive")}
    named = [each for each in active_medication(view.case, "estrogen") if each.reference in contraceptives]
    return [*named, *(each for each in contraception_inputs(view) if _COMBINED.search(each.value))]


def rule_of(view: View) -> tuple[str, dict[str, int]]:
    """The rule of the law and its numbers."""
    rule_id = view.choose("US-CONTRA", "EU-CONTRA")
    return rule_id, view.numbers(rule_id)


def contraception_inputs(view: View) -> list[Input]:
    """What is recorded, as inputs."""
    return [Input(FACT, f.value, on=f.effective_from, reference=f.reference) for f in view.facts.findings.get(FACT, ())]


def _methods(recorded: Sequence[Finding]) -> list[tuple[str, Finding | None]]:
    """The methods in force, each once with the record that names it: the records of the newest day without a period, and all
    records of a period that still runs."""
    found: dict[str, Finding] = {}
    as_of = [f for f in recorded if "as-of" in f.concepts]
    newest = max((f.on for f in as_of if f.on is not None), default=None)
    for record in recorded:
        if record in as_of and record.on != newest:
            continue
        for part in _parts(record.value):
            found.setdefault(_kind(part) or part.casefold(), record)
    return list(found.items())


def _parts(text: str) -> list[str]:
    if _SEVERAL.match(text):
        return [f"{text} (first)", f"{text} (second)"]
    parts: list[str] = []
    for part in _SPLIT.split(_ONLY.sub("", text)):
        smaller = [s.strip() for s in re.split(r"[,/]", part) if s.strip()]
        parts += smaller if len(smaller) > 1 and all(_kind(s) for s in smaller) else [part.strip()]
    return [p for p in parts if p]


def _kind(text: str) -> str:
    """The method that a text names; "" where it is none that this page knows."""
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, text, re.IGNORECASE)), "")


def _long_enough(
    view: View, records: Sequence[Finding | None], rule_id: str, days: int, recorded: Sequence[Finding], needed: int
) -> Requirement:
    """Whether as many methods as needed have been in force for the days before today."""
    sinces: list[date] = []
    unknown = 0
    for record in records:
        since = record.effective_from if record is not None else date.min
        if since is None or (record is not None and "as-of" in record.concepts and _is_short(view, since, days)):
            unknown += 1
        else:
            sinces.append(since)
    long = sum(1 for s in sinces if not _is_short(view, s, days))
    if long >= needed:
        return Requirement(NAME, True, "recorded as asked for", rule_id, FACT)
    if long + unknown >= needed:
        is_undated = any(r is not None and r.effective_from is None for r in records)
        return Requirement(NAME, None, "since when is not recorded", rule_id, FACT, is_unread=is_undated)
    begun = max((s for s in sinces if _is_short(view, s, days)), default=view.today)
    return Requirement(NAME, False, f"only since {begun.isoformat()}, less than {days} days", rule_id, FACT)


def _is_short(view: View, since: date, days: int) -> bool:
    return view.today - since < timedelta(days=days)
