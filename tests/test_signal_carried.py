"""One more week judged from what the weeks before left behind says what judging all of them again says."""

import dataclasses
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_market import EVIDENCE, MONDAY, decisions_of, refresh_weeks, registry_of

from gtm_metrics.evidence import segments
from gtm_metrics.signal import REOPENED, TIGHTEN_NOW, TIGHTENED, Rules, judged, verdict_of

QUICK = Rules(reopen_weeks=10.0, least_columns=2, blocks_needed=2, least_fair_share=1.0, account=1.0)
"""Rules under which signals come, are lost and come again within a year."""
SEEDS = (48, 57, 76, 131, 147)
"""Companies in which they do."""


@dataclass(frozen=True)
class Company:
    """Everything a judgement is asked with."""

    frozen: pd.DataFrame
    registry: pd.DataFrame
    metrics: tuple
    weeks: list
    rules: Rules
    decisions: pd.DataFrame | None
    accounts: pd.DataFrame | None

    def judged(self, weeks, carried=None):
        """The first so many weeks, with no more of the counts and accounts than there were then."""
        asked = self.weeks[:weeks]
        known = [one if one is None else one[one["week"] <= asked[-1]] for one in (self.frozen, self.accounts)]
        return judged(
            known[0], self.registry, self.metrics, asked, self.rules, self.decisions, known[1], carried=carried
        )


def company_of(seed):
    """Two to seven segments, one to four metrics, weeks of hundreds of trials or of two; leads that come and go."""
    rng = np.random.default_rng(seed)
    count, length = int(rng.integers(2, 8)), int(rng.integers(12, 56))
    metrics = tuple(EVIDENCE[k] for k in sorted(rng.choice(4, int(rng.integers(1, 5)), replace=False)))
    weeks, names = refresh_weeks(length), [f"s{i}" for i in range(count)]
    begins, ends = sorted(rng.integers(0, length, 2))
    parts = []
    for metric in metrics:
        size, first = float(rng.choice([1.0, 8.0, 60.0])), int(rng.choice([0, 0, 9]))
        for band in metric.bands[: int(rng.integers(1, 3))]:
            for i, name in enumerate([*names, "(not set)"]):
                n = rng.poisson(size * rng.uniform(0.3, 2.0), length - min(first, length - 1))
                at = np.arange(len(n)) + length - len(n)
                ahead = (i == 0) & (at >= begins) & (at < ends)
                bad = metric.estimate == "churn"
                rate = np.where(ahead, 0.05 if bad else 0.5, 0.2)
                week = MONDAY + pd.to_timedelta(7 * at, unit="D")
                parts.append(pd.DataFrame({
                    "dimension": "industry", "metric": metric.name, "week": week, "segment": name, "band": band,
                    "trials": n, "successes": rng.binomial(n, rate)}))
    frozen = pd.concat(parts, ignore_index=True)
    frozen = frozen[frozen["trials"] > 0].reset_index(drop=True)
    registry = registry_of(names, weeks[0], thesis=[bool(rng.random() < 0.2) for _ in names])
    if rng.random() < 0.5:
        late = int(rng.integers(1, length))
        registry.loc[count - 1, ["first_week", "batch", "k"]] = (weeks[late], 2, count)
    if rng.random() < 0.7:
        registry["registered_week"] = weeks[int(rng.integers(0, length))]
    kinds = [("tighten", "loose")[int(rng.integers(0, 2))] for _ in range(int(rng.integers(0, 5)))]
    rows = [(kind, names[int(rng.integers(0, 2))], weeks[int(rng.integers(0, length))]) for kind in kinds]
    accounts = None
    if rng.random() < 0.6:
        mine = frozen[frozen["segment"] == names[0]]
        share = rng.binomial(mine["trials"], 0.3)
        accounts = mine.assign(account_id=rng.choice(["ann", "bob", "cyd"], len(mine)), trials=share,
                               successes=np.minimum(share, mine["successes"]))
    rules = QUICK if rng.random() < 0.8 else Rules()
    return Company(frozen, registry, metrics, weeks, rules, decisions_of(*rows) if rows else None, accounts)


def alike(one, other):
    """Whether two values out of verdict rows are the same but for roundings."""
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12, nan_ok=True)
    if dataclasses.is_dataclass(one):
        return type(one) is type(other) and alike(dataclasses.asdict(one), dataclasses.asdict(other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other or (one is None and other is None)


def same(one, other):
    """Every row, every gate and estimate, the verdict, and what a past week says when asked for."""
    assert list(one.verdicts.dtypes) == list(other.verdicts.dtypes)
    rows = [judgement.verdicts.to_dict("records") for judgement in (one, other)]
    assert len(rows[0]) == len(rows[1])
    for a, b in zip(*rows, strict=True):
        assert alike(a, b), (a, b)
    assert (one.k, one.luck, one.weeks) == (other.k, other.luck, other.weeks)
    assert alike(verdict_of(one), verdict_of(other))
    past = one.weeks[len(one.weeks) // 2]
    for a, b in zip(one.at(past).to_dict("records"), other.at(past).to_dict("records"), strict=True):
        assert alike(a, b), (a, b)


def went_on_and_at_once(seed):
    """The company judged over all its weeks: with one to three stops on the way, and without."""
    company, rng = company_of(seed), np.random.default_rng(seed + 1)
    total, carried = len(company.weeks), None
    for cut in sorted({*rng.integers(1, total + 1, int(rng.integers(1, 4))).tolist(), total}):
        went_on = company.judged(cut, carried)
        carried = went_on.carried
    return went_on, company.judged(total)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_week_by_week_and_all_at_once_are_the_same(seed):
    """Whatever the company, and wherever its weeks are cut: going on gives what judging from the beginning does."""
    same(*went_on_and_at_once(seed))


def test_signals_that_come_are_decided_on_go_and_come_again_are_gone_on_with():
    """The same for a few companies in which all of that happens, thresholds rising twice."""
    seen, reopened = set(), 0
    for seed in SEEDS:
        went_on, at_once = went_on_and_at_once(seed)
        same(went_on, at_once)
        seen |= set(at_once.verdicts["state"])
        reopened = max(reopened, int(at_once.verdicts["reopened_before"].max()))
    assert {TIGHTEN_NOW, TIGHTENED, REOPENED} <= seen
    assert reopened >= 2


@pytest.fixture(scope="module")
def winner():
    """A company with a lead, accounts and decisions, and what its first weeks left behind."""
    company = next(c for c in map(company_of, range(1000)) if (
        c.accounts is not None and len(c.weeks) > 40 and len(c.metrics) == 4 and c.decisions is not None
        and TIGHTEN_NOW in set(c.judged(35).verdicts["state"])))
    return company, company.judged(35).carried


def test_only_the_new_week_is_worked_out(winner, monkeypatch):
    """Gone on with, the tables of the past are not summed again, save for a comparison that is new."""
    company = replace(winner[0], accounts=None)
    carried, asked = company.judged(35).carried, []
    plain = segments.log_conditional_mgf
    monkeypatch.setattr(segments, "log_conditional_mgf", lambda *given: asked.append(given[0].size) or plain(*given))
    went_on = company.judged(36, carried)
    anew_at = len(asked)
    again = company.judged(36)
    assert sum(asked[:anew_at]) < 0.1 * sum(asked[anew_at:])
    same(went_on, again)


def changed(frame, place, **values):
    """The frame with some cells of one row changed."""
    out = frame.reset_index(drop=True).copy()
    for name, value in values.items():
        out.loc[place, name] = value
    return out


@pytest.mark.parametrize("what", ["count", "added", "rules", "registry", "decision", "metric", "accounts", "weeks"])
def test_what_was_worked_out_from_something_else_is_not_used(winner, what):
    """A count, a cell, a constant, the registry, a past decision, an account that mattered, the first week: whatever
    of the past differs, the weeks are judged anew, and nothing of what was left behind is seen."""
    company, carried = winner
    first = company.frozen.iloc[0]
    other = {
        "count": lambda: replace(company, frozen=changed(company.frozen, 0, trials=first["trials"] + 40)),
        "added": lambda: replace(company, frozen=pd.concat(
            [company.frozen, company.frozen.iloc[[0]].assign(segment="new")], ignore_index=True)),
        "rules": lambda: replace(company, rules=replace(company.rules, sd_floor=0.3)),
        "registry": lambda: replace(company, registry=changed(company.registry, 0, first_week=company.weeks[9])),
        "decision": lambda: replace(company, decisions=decisions_of(("tighten", "s1", company.weeks[3]))),
        "metric": lambda: replace(company, metrics=company.metrics[::-1]),
        "accounts": lambda: replace(company, accounts=company.accounts.assign(account_id="all in one")),
        "weeks": lambda: replace(company, weeks=company.weeks[1:]),
    }[what]()
    went_on, anew = other.judged(36, carried), other.judged(36)
    assert not went_on.comparisons["industry"].before
    same(went_on, anew)
    assert company.judged(36, carried).comparisons["industry"].before


def test_one_dimension_may_go_on_while_another_begins_anew(winner):
    """A segment that is new to a dimension does not make the others judge their past again."""
    company, _ = winner
    both = replace(
        company,
        frozen=pd.concat([company.frozen, company.frozen.assign(dimension="size")], ignore_index=True),
        registry=pd.concat([company.registry, company.registry.assign(dimension="size")], ignore_index=True),
    )
    carried = both.judged(35).carried
    new = both.frozen.iloc[[0]].assign(segment="new", dimension="size")
    grown = replace(both, frozen=pd.concat([both.frozen, new], ignore_index=True))
    went_on = grown.judged(36, carried)
    assert went_on.comparisons["industry"].before
    assert not went_on.comparisons["size"].before
    same(went_on, grown.judged(36))
