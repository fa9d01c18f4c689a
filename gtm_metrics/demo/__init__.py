"""A seeded demo company whose TRUTH is stated first: the nine tables, raw, as a warehouse would hold them."""

from __future__ import annotations

from gtm_metrics.demo.story import AS_OF, company
from gtm_metrics.demo.truth import DIRTY, INDUSTRIES, STORIES, TRUTH, Planted, Rates, Truth

__all__ = ["AS_OF", "DIRTY", "INDUSTRIES", "STORIES", "TRUTH", "Planted", "Rates", "Truth", "company"]
