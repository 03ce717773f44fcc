"""The site map of one engine: read once at the start, and joined to the codes of its drugs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cds_service.clinical.quantity import plain
from cds_service.drugs.contract import Drug, Product
from cds_service.errors import SettingsError
from cds_service.fhir.site_map import NO_SITE_MAP, SiteMap, SiteMapError, parse_site_map

SETTING = "CDS_SITE_MAP"


def load_site_map(path: Path | None, drugs: Iterable[Drug]) -> tuple[SiteMap, tuple[Drug, ...]]:
    """The site map that a file holds, and the drugs with the site's codes; without a file nothing is changed.

    The content version of a drug then names the map too: with another map the same request can give other cards.

    Raises: SettingsError naming the file, the row and its member, or a strength of which there is no capsule.
    """
    plain = tuple(drugs)
    if path is None:
        return NO_SITE_MAP, plain
    try:
        content = path.read_bytes()
        site = parse_site_map(content.decode("utf-8"), [drug.name for drug in plain])
        _check_strengths(site, plain)
    except OSError as error:
        raise SettingsError(SETTING, f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(SETTING, f"{path} is not UTF-8.") from None
    except SiteMapError as wrong:
        raise SettingsError(SETTING, f"{path}, {wrong}.") from None
    mark = hashlib.sha256(content).hexdigest()[:8]
    return site, tuple(_joined(drug, site, mark) for drug in plain)


def _joined(drug: Drug, site: SiteMap, mark: str) -> Drug:
    """The drug with the site's codes behind its own; those of other drugs make them known as other drugs."""
    codes = {key: Product(product.drug, product.strength_mg) for key, product in site.products.items()}
    return replace(drug, codes={**drug.codes, **codes}, content_version=f"{drug.content_version}+site.{mark}")


def _check_strengths(site: SiteMap, drugs: tuple[Drug, ...]) -> None:
    for drug in drugs:
        for (_, code), product in site.products.items():
            strength = product.strength_mg
            if product.drug == drug.name and strength is not None and strength not in drug.strengths_mg:
                known = ", ".join(f"{plain(each)}" for each in sorted(drug.strengths_mg))
                raise SiteMapError(
                    f"code {code}: strength_mg {plain(strength)} names no capsule of {drug.name}; there are {known} mg"
                )
