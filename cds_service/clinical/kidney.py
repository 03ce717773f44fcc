"""Creatinine clearance by Cockcroft-Gault, exact and never rounded before it is compared."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from cds_service.clinical.quantity import exact

FEMALE_FACTOR = Fraction(85, 100)


def creatinine_clearance(
    age_years: int, weight_kg: Fraction | Decimal | int, creatinine_mg_dl: Fraction | Decimal | int, is_female: bool
) -> Fraction:
    """Creatinine clearance in mL/min: (140 - age) x weight / (72 x creatinine), x 0.85 in women.

    Args: age in completed years, actual body weight in kg, serum creatinine in mg/dL.
    Returns: mL/min, exact; zero for ages of 140 and above.
    Raises: ZeroDivisionError never: a creatinine of zero is implausible and refused by the reader; ValueError if one arrives.
    Source: Cockcroft-Gault 1976, as the labels' section 2.6 / 4.2 ask.
    """
    creatinine = exact(creatinine_mg_dl)
    if creatinine <= 0:
        raise ValueError("creatinine must be above zero")
    clearance = Fraction(max(0, 140 - age_years)) * exact(weight_kg) / (72 * creatinine)
    return clearance * FEMALE_FACTOR if is_female else clearance


# Devine 1974: kg at 60 inches, and for each inch above.
IDEAL_AT_FIVE_FEET = {True: Fraction(91, 2), False: Fraction(50)}
IDEAL_PER_INCH, FIVE_FEET, CM_PER_INCH = Fraction(23, 10), 60, Fraction(254, 100)


def body_mass_index(weight_kg: Fraction, height_cm: Fraction) -> Fraction:
    """Weight over height squared, kg/m²."""
    return weight_kg / (height_cm / 100) ** 2


def adjusted_weight(weight_kg: Fraction, height_cm: Fraction, is_female: bool, share: Decimal) -> Fraction:
    """Ideal weight (Devine) and a share of what is above it, kg; the actual weight where it is not above.

    Args: actual weight in kg, height in cm.
    """
    ideal = IDEAL_AT_FIVE_FEET[is_female] + IDEAL_PER_INCH * (height_cm / CM_PER_INCH - FIVE_FEET)
    return ideal + exact(share) * (weight_kg - ideal) if weight_kg > ideal else weight_kg
