"""The words by which a company's free fields are read: lists with defaults that gtm.toml may replace.

A layout's file joins them as the relation `words(list, word, plain)`. Stands below everything, so that gtm.toml, the
refusals and docs/settings.md are made of one list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SIGNS = "\t\n\r!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"
"""What counts as a blank between words (all of ASCII's signs but the backslash, which SQL's dialects read apart)."""
_BLANKS = str.maketrans(SIGNS, " " * len(SIGNS))


@dataclass(frozen=True)
class WordList:
    """A list of words or phrases: what it is called, its defaults, and what a match means."""

    name: str
    words: tuple[str, ...]
    meaning: str


LISTS: tuple[WordList, ...] = (
    WordList(
        "no_decision",
        (
            "no decision",
            "status quo",
            "no budget",
            "lost budget",
            "lost funding",
            "budget cut",
            "budget cuts",
            "timing",
            "not now",
            "unresponsive",
            "non responsive",
            "no response",
            "went dark",
            "gone dark",
            "ghosted",
            "postponed",
            "on hold",
            "stalled",
            "do nothing",
            "did nothing",
            "not a priority",
            "deprioritized",
            "deprioritised",
            "project canceled",
            "project cancelled",
            "internal",
        ),
        "a lost deal whose reason, or whose last stage, holds one of these was lost to no decision",
    ),
    WordList(
        "understood_stages",
        ("solution validated", "value validated", "value confirmed", "value understood"),
        "a deal that first enters one of these stages has understood our value",
    ),
    WordList(
        "advanced_stages",
        (
            "value proposition",
            "id decision makers",
            "perception analysis",
            "proposal price quote",
            "proposal",
            "negotiation review",
            "negotiation",
            "decision maker bought in",
            "contract sent",
            "closed won",
        ),
        "a deal that first enters one of these stages has passed the one where understanding is expected",
    ),
    WordList(
        "referral_sources",
        ("referral", "referred", "customer referral", "external referral", "word of mouth"),
        "a deal or account that came from one of these was brought by somebody",
    ),
    WordList("renewal_types", ("renewal", "renewals", "renew"), "a deal of such a type is a renewal"),
    WordList(
        "expansion_types",
        (
            "expansion",
            "upsell",
            "up sell",
            "cross sell",
            "crosssell",
            "upgrade",
            "add on",
            "addon",
            "amendment",
            "existing customer",
            "existing business",
            "existingbusiness",
        ),
        "a deal of such a type, and no renewal, is an expansion",
    ),
    WordList(
        "champion_roles",
        ("champion", "sponsor", "executive sponsor", "advocate"),
        "a contact in such a role is the champion of the deal; without one it is the primary contact",
    ),
    WordList(
        "understood_trackers",
        (),
        "a call on which a tracker of such a name was heard is the one on which they understood; without one it is "
        "not known",
    ),
    WordList(
        "not_held",
        ("no show", "noshow", "canceled", "cancelled", "declined", "rescheduled", "no answer", "left voicemail"),
        "a call or meeting whose outcome, disposition or subject holds one of these was not held",
    ),
    WordList(
        "held_outcomes",
        # HubSpot writes the outcome of a call as an id, and this is everybody's "Connected"
        ("completed", "connected", "f240bbac-87c9-4f6e-bf70-924b57d47db7"),
        "a meeting or call of HubSpot's with one of these outcomes, and no other, was held",
    ),
    WordList(
        "free_mail",
        (
            "gmail.com",
            "googlemail.com",
            "yahoo.com",
            "hotmail.com",
            "outlook.com",
            "live.com",
            "msn.com",
            "aol.com",
            "icloud.com",
            "me.com",
            "gmx.com",
            "gmx.de",
            "web.de",
            "mail.com",
            "proton.me",
            "protonmail.com",
            "yandex.com",
            "qq.com",
            "163.com",
        ),
        "an address of such a domain says nothing of the account",
    ),
)
"""Every list, in the order it is documented."""
BY_NAME = {words.name: words for words in LISTS}


def plain_words(text: str) -> str:
    """A text as it is compared with a word: lower case, signs and blanks one blank, one at either end.

    `" no decision "` lies in `plain_words("No Decision / Non-Responsive")`, and `" now "` does not lie in that of
    "known".
    """
    return f" {' '.join(text.lower().translate(_BLANKS).split())} "


def words_of(given: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str, str], ...]:
    """(list, word in lower case, its plain form) of every list: the company's own words in place of the defaults."""
    return tuple(
        (words.name, word.strip().lower(), plain_words(word))
        for words in LISTS
        for word in given.get(words.name, words.words)
    )
