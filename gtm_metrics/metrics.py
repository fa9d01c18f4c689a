"""What we measure, one row each. Constants only: pages, commands, definitions and tests iterate over METRICS.

Adding a metric is adding a row here and its trials in tallies/.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Metric:
    """A funnel metric: some successes out of some trials.

    shape         event (a trial happens on a day) or exposure (a trial is a week at risk)
    estimate      rate (s / n), calls (restricted mean calls, Kaplan-Meier) or churn (monthly rate)
    maturity      days after a week's Sunday before the week counts
    bands         strata of the trial's age, in order
    minimum       trials below which no rate is given; `least` those from which a grey interval is drawn
    splits        columns of the trial one may also group by
    stand_in_for  offered only while that metric is not connected
    """

    name: str
    label: str
    question: str
    shape: str
    estimate: str
    trials: str
    success: str
    week: str
    unit: str
    higher_is_better: bool
    maturity: int
    bands: tuple[str, ...]
    minimum: int
    least: int
    splits: tuple[str, ...]
    needs: tuple[str, ...]
    differs: str
    stand_in_for: str | None = None
    on_home: bool = True

    @property
    def direction(self) -> str:
        """The direction in words, as a chart's header says it."""
        better = "higher" if self.higher_is_better else "lower"
        return "fewer is better" if self.estimate == "calls" else f"{better} is better"


RESPONSE_DAYS = 21
SEQUENCE_GAP_DAYS = 90
UNDERSTANDING_DAYS = 14
SPELL_GAP_DAYS = 30
STAND_IN_OPPORTUNITY_DAYS = 30
STAND_IN_ADVANCED_DAYS = 60
CALLS_COUNTED = 6
"""Calls the restricted mean runs over."""

CALL_BANDS = ("1", "2", "3", "4+")
CHURN_BANDS = ("0-3", "4-11", "renewal", "other")

METRICS: tuple[Metric, ...] = (
    Metric(
        name="response_rate",
        label="Response rate",
        question="Do they answer when we first reach out?",
        shape="event",
        estimate="rate",
        trials="an account's first outbound touch of a sequence (none in the 90 days before, not paying that day)",
        success="the account replied within 21 days, on any outbound touch",
        week="of that touch",
        unit="accounts contacted",
        higher_is_better=True,
        maturity=RESPONSE_DAYS,
        bands=("",),
        minimum=30,
        least=8,
        splits=("channel", "campaign"),
        needs=("touches.replied_at",),
        differs="Sequencers report replies per e-mail sent. One account is one trial here, because e-mails to "
        "one account are not independent, and an account under constant drip is one trial in its life.",
    ),
    Metric(
        name="calls_to_understanding",
        label="Calls to understanding",
        question="How many calls until they grasp what we do for them?",
        shape="event",
        estimate="calls",
        trials="a call held with a prospect who had not understood yet",
        success="they understood on this call",
        week="of the call",
        unit="calls",
        higher_is_better=False,
        maturity=UNDERSTANDING_DAYS,
        bands=CALL_BANDS,
        minimum=30,
        least=8,
        splits=("lead_source", "owner_id", "champion_title"),
        needs=("calls.understood or opportunities.understood_at", "opportunities"),
        differs="A mean over those who understood counts only the easy prospects and can turn the ranking "
        "round. Prospects who left or are still talking are censored here, never dropped.",
    ),
    Metric(
        name="close_rate",
        label="Close rate",
        question="Of the deals that were decided, how many did we win?",
        shape="event",
        estimate="rate",
        trials="a new opportunity that was decided: won, lost or no decision",
        success="won",
        week="it closed",
        unit="decided deals",
        higher_is_better=True,
        maturity=0,
        bands=("",),
        minimum=30,
        least=8,
        splits=(
            "outcome",
            "competitor",
            "loss_reason",
            "win_reason",
            "champion_title",
            "people_involved",
            "owner_id",
            "lead_source",
        ),
        needs=("opportunities.outcome",),
        differs="CRMs and Gong call won / (won + lost) the win rate and leave no decision out; that narrow rate "
        "stands beside this one. The Fivetran Salesforce package divides amounts, not deals.",
    ),
    Metric(
        name="won_in_time",
        label="Won in time",
        question="Of the deals that were opened, how many did we win in time?",
        shape="event",
        estimate="rate",
        trials="a new opportunity that was created",
        success="won within {weeks} weeks of creation",
        week="of creation",
        unit="deals opened",
        higher_is_better=True,
        maturity=7 * 13,
        bands=("",),
        minimum=30,
        least=8,
        splits=("competitor", "loss_reason", "win_reason", "champion_title", "owner_id", "lead_source"),
        needs=("opportunities.outcome",),
        differs="No CRM report reads cohorts. A rate by closing date flatters a segment that wins fast and loses "
        "slowly; this one cannot, so verdicts rest on it.",
        on_home=False,
    ),
    Metric(
        name="churn",
        label="Monthly churn",
        question="Do customers stay?",
        shape="exposure",
        estimate="churn",
        trials="a customer-week at risk",
        success="the account left that week",
        week="that week",
        unit="customer-weeks",
        higher_is_better=False,
        maturity=SPELL_GAP_DAYS,
        bands=CHURN_BANDS,
        minimum=400,
        least=100,
        splits=(),
        needs=("subscriptions",),
        differs="Logo churn: an account that stops paying altogether for more than 30 days. Ended subscriptions, "
        "lost revenue and a CRM's churn flag are other things and go by their own names.",
    ),
    Metric(
        name="reached_opportunity",
        label="Reached an opportunity",
        question="Do accounts turn into opportunities?",
        shape="event",
        estimate="rate",
        trials="an account that was created",
        success="it had an opportunity within 30 days",
        week="of creation",
        unit="accounts created",
        higher_is_better=True,
        maturity=STAND_IN_OPPORTUNITY_DAYS,
        bands=("",),
        minimum=30,
        least=8,
        splits=("lead_source",),
        needs=("accounts.created_on", "opportunities"),
        differs="Stands in for the response rate where no outreach is connected; it is not a response rate.",
        stand_in_for="response_rate",
    ),
    Metric(
        name="advanced",
        label="Advanced",
        question="Do opportunities pass the stage where they should have understood?",
        shape="event",
        estimate="rate",
        trials="a new opportunity that was created",
        success="it passed the stage where understanding is expected within 60 days",
        week="of creation",
        unit="deals opened",
        higher_is_better=True,
        maturity=STAND_IN_ADVANCED_DAYS,
        bands=("",),
        minimum=30,
        least=8,
        splits=("lead_source", "owner_id", "champion_title"),
        needs=("opportunities.advanced_at",),
        differs="Stands in for calls to understanding where no calls are connected; it counts deals, not calls.",
        stand_in_for="calls_to_understanding",
    ),
)

NAMES = tuple(metric.name for metric in METRICS)


def metrics_with(
    won_in_time_weeks: int = 13, minimum_trials: int = 30, minimum_customer_weeks: int = 400
) -> tuple[Metric, ...]:
    """METRICS with a company's own settings: M of won_in_time (weeks) and the minimum counts."""

    def fitted(metric: Metric) -> Metric:
        metric = replace(metric, minimum=minimum_customer_weeks if metric.shape == "exposure" else minimum_trials)
        if metric.name == "won_in_time":
            success = metric.success.format(weeks=won_in_time_weeks)
            metric = replace(metric, maturity=7 * won_in_time_weeks, success=success)
        return metric

    return tuple(fitted(metric) for metric in METRICS)


def metric_named(name: str, metrics: tuple[Metric, ...] = METRICS) -> Metric:
    """The metric called `name`; KeyError lists the known names."""
    for metric in metrics:
        if metric.name == name:
            return metric
    raise KeyError(f"no metric is called {name!r}; there are {', '.join(m.name for m in metrics)}")
