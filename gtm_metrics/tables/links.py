"""Where a row stands in the CRM."""

from __future__ import annotations

from urllib.parse import quote

from gtm_metrics.company import Company

CRM = "CRM"


def crm_link(company: Company, account_id: object, opportunity_id: object = None) -> str | None:
    """Address of an opportunity, else of an account, by the templates of gtm.toml; None without a template."""
    if opportunity_id and company.opportunity_url:
        return company.opportunity_url.replace("{opportunity_id}", quote(str(opportunity_id), safe=""))
    if account_id and company.account_url:
        return company.account_url.replace("{account_id}", quote(str(account_id), safe=""))
    return None
