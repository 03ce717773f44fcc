"""A drug that does not exist, with a regimen: what a folder of TOML and a few lines of Python are enough for."""

from __future__ import annotations

from pathlib import Path

DRUG_TOML = """
name = "examplumab"
title = "Examplumab"
names = ["examplumab"]
hooks = ["order-sign", "encounter-start"]
strengths_mg = [5, 10]
"""

LEAFLET_TOML = r'''
[document]
id = "examplumab-leaflet-2026-01"
title = "Examplumab leaflet"
jurisdiction = "US"
revision = "2026-01"
effective_from = 2026-01-01
url = "https://example.org/examplumab"
signed_by = ""

[confidence]
OFF = "made up"

[[rule]]
id = "EX-INDICATION"
section = "1"
confidence = "OFF"
text = "Given for an exemplary disease."

[[rule]]
id = "EX-START"
section = "2"
confidence = "OFF"
text = "Start with {dose_mg} mg once daily at a clearance of {clearance_at_least} mL/min or more."
dose_mg = 20
clearance_at_least = 40

[[rule]]
id = "EX-RENAL"
section = "2"
confidence = "OFF"
text = "At a clearance below {clearance_below} mL/min start with {dose_mg} mg once daily."
clearance_below = 40
dose_mg = 10

[[table]]
id = "Examplumab, kidneys"
by = "clearance"
rows = ["EX-START", "EX-RENAL"]

[[rule]]
id = "EX-PLATELETS-20"
section = "3"
confidence = "OFF"
text = "At {current_mg} mg interrupt when platelets fall below {hold.0.below}/uL; resume at {resume_mg} mg from {resume.at_least}/uL."
line = "platelets"
current_mg = 20
hold = [{ below = 40000 }]
resume = { at_least = 60000 }
resume_mg = 10

[[rule]]
id = "EX-PLATELETS-10"
section = "3"
confidence = "OFF"
text = "At {current_mg} mg interrupt when platelets fall below {hold.0.below}/uL; resume at {resume_mg} mg from {resume.at_least}/uL."
line = "platelets"
current_mg = 10
hold = [{ below = 30000 }]
resume = { at_least = 60000 }
resume_mg = 5

[[rule]]
id = "EX-NEUTROPHILS"
section = "3"
confidence = "OFF"
text = "Interrupt when neutrophils fall below {hold.0.below}/uL; resume at {resume_mg} mg from {resume.at_least}/uL."
line = "anc"
hold = [{ below = 800 }]
resume = { at_least = 1200 }
resume_mg = 5

[[rule]]
id = "EX-COUNTS"
section = "4"
confidence = "OFF"
text = """Blood counts every {every_days_first} days for {first_days} days, then every {every_days_later}; \
every {every_days_on_hold} on hold and for {weeks_from_resume_days} days from a resume."""
first_days = 28
every_days_first = 14
every_days_later = 42
every_days_on_hold = 5
weeks_from_resume_days = 20
'''

OURS_TOML = """
[document]
id = "examplumab-ours-2026-01"
title = "Our rules for examplumab"
jurisdiction = ""
revision = "2026-01"
effective_from = 2026-01-01
url = ""
signed_by = ""

[confidence]
D = "made up"
"""

ROLES = {
    "stale": "count_days_to_start = 10\ncount_days_first_8_weeks = 10\ncount_days_later = 45\n"
    "creatinine_days = 60\nweight_days = 90\ncreatinine_days_on_treatment = 90\nweight_days_on_treatment = 180",
    "clearance": "age_at_most = 120\nnear_cut_off_percent = 10\nadjusted_from_bmi = 30\nadjusted_share = 0.4"
    "\nweight_at_most = 100\nany_weight_at_most = 250\negfr_fell_percent = 25",
    "comparator": "",
    "implausible": "",
    "preliminary": "",
    "clumping": "",
    "conflict": "",
    "after-transfusion": "days = 7",
    "platelet-transfusions": "days = 7",
    "unanswered": "days = 28\ndays_before_end = 7",
    "baseline": "days_before_at_most = 30",
    "first-weeks": "last_day_within = 28",
    "temperature": "temperature_hours = 48",
    "dialysis": "days = 30",
    "bleeding": "days = 30",
    "memory": "days = 365",
    "falling": "limits_at_most = 1.5\nfell_percent_at_least = 20\nprevious_days = 35\nevery_days = 7",
    "very-low": "platelets_below = 25000\nanc_below = 500\nwithin_days = 3\nsoonest_platelets_below = 10000\nsoonest_days = 1",
    "grades": "platelets_below = [{ grade = 4, below = 25000 }, { grade = 3, below = 50000 }, { grade = 2, below = 75000 }]",
}

REGIMEN_PY = '''
"""A drug that does not exist: its folder says what it is, the engine does the rest."""

from collections.abc import Iterable
from pathlib import Path

from cds_service.clinical.recommendation import Assessment
from cds_service.clinical.therapy import therapy_of
from cds_service.dosing.case import Case
from cds_service.dosing.context import Context
from cds_service.dosing.precedence import resolve
from cds_service.dosing.regimen import Regimen, RuleIds
from cds_service.dosing.rulebook import Rules
from cds_service.dosing.tables import weekly_then_monthly
from cds_service.dosing.trace import Trace
from cds_service.dosing.treatment.by_rows import regimen_by_rows
from cds_service.dosing.treatment.checks import COURSE
from cds_service.dosing.treatment.patient import patient_by
from cds_service.drugs.contract import Need
from cds_service.drugs.folder import read_drug

NEEDS = (Need("patient", "Patient"), Need("orders", "MedicationRequest"), Need("counts", "Observation", ("platelets", "anc")))


def regimens(rules: Rules) -> Iterable[Regimen]:
    ids = RuleIds("EX-INDICATION", "EX-START", "EX-REESCALATION", "EX-FEVER")
    yield regimen_by_rows(
        rules, "US", ids,
        counts=("EX-PLATELETS-20", "EX-PLATELETS-10", "EX-NEUTROPHILS"), renal=("EX-RENAL",),
        cbc=weekly_then_monthly(rules, "EX-COUNTS"),
    )


def assess(case: Case) -> Assessment:
    trace, (regimen,) = Trace(case.rules), regimens(case.rules)
    therapy = therapy_of(case.facts.medications, case.content.name, case.on)
    is_given = case.orders or therapy.state not in ("none", "ended")
    patient = patient_by(Context(case, "examplosis", therapy, trace), regimen)
    found = [r for check in COURSE for r in check.decide(patient)] if is_given else []
    return Assessment(tuple(resolve(found, case.on)), trace.outcomes("not reached"))


DRUG = read_drug(Path(__file__).parent, NEEDS, assess, regimens)
'''

MESSAGES = (
    *("start", "start-data-missing", "order-below", "hold", "remain-on-hold", "resume-step", "data-missing", "reduce"),
    *("cbc-due", "cbc-overdue", "cbc-never", "creatinine-due", "febrile-neutropenia", "start-hold-counts"),
    *(
        "dose-raised",
        "dose-above-table",
        "kidneys-fell",
        "kidneys-reduce",
        "reduce-remembered",
        "remembered-hold",
        "falling",
        "several-orders",
        "unknown",
        "conflict",
        "line-left-out",
    ),
    *("order-above-table", "kidneys-not-checked"),
)


def ours() -> str:
    """Our rules: one for each role, and what the leaflet leaves open."""
    rows = [
        f'[[rule]]\nid = "EX-{role.upper()}"\nrole = "{role}"\nsection = "ours"\nconfidence = "D"\ntext = "Ours: {role}."\n{numbers}'
        for role, numbers in ROLES.items()
    ]
    rows.append('[[rule]]\nid = "EX-REESCALATION"\nsection = "ours"\nconfidence = "D"\ntext = "No way back up."')
    rows.append(
        '[[rule]]\nid = "EX-FEVER"\nsection = "ours"\nconfidence = "D"\ntext = "Fever with few neutrophils is urgent."\n'
        "temperature_at_least = 38\nanc_below = 1000"
    )
    return "\n\n".join((OURS_TOML, *rows)) + "\n"


def messages() -> str:
    """A sentence of each kind for what the engine says about the drug."""
    return (
        "\n".join(f'[{name}]\nsummary = "{name}"\nwhy = "{name}."\n' for name in MESSAGES)
        + '\n[proposal]\namend = "amend"\nhold = "hold"\ncbc = "cbc"\nsuspend = "suspend"\n'
    )


def write_folder(folder: Path, name: str = "examplumab") -> Path:
    """The folder of the drug, under a name, with all that is no Python."""
    for path, text in {
        "drug.toml": DRUG_TOML,
        "messages.toml": messages(),
        "documents/leaflet/2026-01.toml": LEAFLET_TOML,
        "documents/ours/2026-01.toml": ours(),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(
            text.replace("examplumab", name).replace("Examplumab", name.title()), encoding="utf-8"
        )
    return folder
