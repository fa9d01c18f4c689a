"""A company's own words: gtm.toml read into frozen dataclasses, refused where it cannot be meant."""

from gtm_metrics.company.checked import Refused
from gtm_metrics.company.meant import WATCHED, Company, Dimension, watched_names
from gtm_metrics.company.read import read_company
from gtm_metrics.company.settings import BY_KEY, DEFAULT_URL, SECRET, SETTINGS, Setting

__all__ = [
    "BY_KEY",
    "DEFAULT_URL",
    "SECRET",
    "SETTINGS",
    "WATCHED",
    "Company",
    "Dimension",
    "Refused",
    "Setting",
    "read_company",
    "watched_names",
]
