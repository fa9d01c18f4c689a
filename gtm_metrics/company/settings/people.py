"""[access] and [display]: who may see it, and how they see it."""

from __future__ import annotations

from gtm_metrics.company.settings.setting import Setting

PEOPLE: tuple[Setting, ...] = (
    *(
        Setting(f"access.{role}s", "people", (), None, None, "people", meaning)
        for role, meaning in (
            ("viewer", "who may see every page and take files without names, once they signed in"),
            ("editor", "who may also decide, keep profiles, lists, notes and pins, and take files with names"),
            ("admin", "who may also fill a journal from a file"),
        )
    ),
    Setting(
        "access.groups_claim",
        "text",
        "groups",
        None,
        None,
        "claim",
        'the claim of the identity provider that holds a person\'s groups, for entries such as "group:sales"',
    ),
    Setting(
        "access.signed_in_hours",
        "integer",
        12,
        1,
        720,
        "hours",
        "how long a sign-in holds; after that one signs in again, with what groups one has by then",
    ),
    Setting(
        "access.open_to_network",
        "switch",
        False,
        None,
        None,
        "true or false",
        "whether the dashboard may be served beyond this machine without any sign-in",
    ),
    Setting("display.company", "text", "", None, None, "words", "the company's name, over the menu and on slides"),
    Setting("display.currency", "text", "$", None, None, "symbol", "what stands before an amount of money"),
    Setting(
        "display.fiscal_year_starts",
        "integer",
        1,
        1,
        12,
        "month",
        "the month in which the fiscal year starts; quarters follow from it",
    ),
    Setting(
        "display.dashboard_url",
        "text",
        "",
        None,
        None,
        "URL",
        "where your team opens the dashboard: the digest and the notes of a slide lead back to the view they show",
    ),
    Setting(
        "display.account_url",
        "text",
        "",
        None,
        None,
        "URL",
        "address of an account in your CRM, with {account_id} where the id goes",
    ),
    Setting(
        "display.opportunity_url",
        "text",
        "",
        None,
        None,
        "URL",
        "address of an opportunity in your CRM, with {opportunity_id} where the id goes",
    ),
    Setting(
        "display.stalled_calls",
        "integer",
        4,
        2,
        20,
        "calls",
        "an open deal is called stalled from this many calls without understanding",
    ),
    Setting(
        "display.stalled_weeks",
        "integer",
        6,
        1,
        52,
        "weeks",
        "an open deal is called stalled after this many weeks without a call or a touch",
    ),
)
