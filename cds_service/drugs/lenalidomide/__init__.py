"""Lenalidomide as the layers above see it: products, needed facts, documents, messages and the function that assesses."""

from __future__ import annotations

from cds_service.drugs.lenalidomide.folder import DRUG

__all__ = ["DRUG"]
