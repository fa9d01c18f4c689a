"""A company in which every text is somebody's attempt: in its warehouse, and in what people wrote into the journal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import apps
import pandas as pd
import sqlalchemy as sa

from gtm_metrics import demo, journal
from gtm_metrics.journal.tables import CRITERIA, MARKS, PARTS, PROFILES, STATUSES

TODAY = apps.AS_OF
EVIL = "evil.example"
TEXTS = (
    *apps.HOSTILE,
    f"<img src=https://{EVIL}/x onerror=\"document.title='taken'\"> [run](javascript:window.ran=1) "
    "<a href='javascript:window.ran=1'>run</a> <svg onload=window.ran=1>",
    f"![picture](https://{EVIL}/x.png) <https://{EVIL}> www.{EVIL} a@{EVIL}",
    "'; drop table accounts; -- \" or 1=1",
    "\x00\x01\x07\x1b[31mred\x7f\r\nsecond line\u2028third\u0085fourth",
    "zero\u200bwidth\u200d\ufeff\u2060 joined",
    "| a | b |\n|---|---|\n| c | d |",
    "{{7*7}} ${7*7} %s %(x)s {0} {account_id}",
    "&lt;b&gt; &amp; &#60;i&#62; </script><!--",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "x" * 10_000,
    "word " * 2_000,
)
"""What a name, a reason or a note may be; none of it is anything but text."""
CONFIG = """
[segments]
dimensions = ["industry", "region"]

[display]
company = "Fernhill <b>Software</b> **Ltd** $x^2$"
account_url = "https://crm.example.com/accounts/{{account_id}}"

[journal]
refresh_wait_seconds = 600

[signal]
dimensions = ["industry"]
"""


def said(number: int) -> str:
    """One of the texts."""
    return TEXTS[number % len(TEXTS)]


def frames() -> Mapping[str, pd.DataFrame]:
    """The small company, its texts replaced; ids stay, but for a few."""
    found = {name: frame.copy() for name, frame in demo.company("small", apps.SEED, TODAY).items()}
    accounts, deals = found["accounts"], found["opportunities"]
    ids = accounts["account_id"].fillna("").rank(method="dense").astype(int)
    accounts["name"] = ids.map(said)
    accounts["owner"] = ids.map(lambda n: said(n + 3))
    accounts["domain"] = ids.map(lambda n: said(n + 5))
    names = sorted(accounts["industry"].dropna().unique())
    accounts["industry"] = accounts["industry"].map({name: said(n) for n, name in enumerate(names)})
    accounts["region"] = ids.map(lambda n: said(n % 4 + 8))
    for column in ("win_reason", "loss_reason", "competitor", "champion_title", "owner"):
        if column in deals:
            deals[column] = [said(n) if pd.notna(v) else v for n, v in enumerate(deals[column])]
    return found


def an_app(folder: Path) -> apps.App:
    """That company with a journal in which every text is hostile too, in a folder of its own."""
    target = folder / "hostile.duckdb"
    apps._loaded(frames(), target)
    (folder / "gtm.toml").write_text(CONFIG.replace("{{", "{").replace("}}", "}"), encoding="utf-8")
    app = apps.App(folder / "gtm.toml", f"duckdb:///{target}", f"sqlite:///{folder / 'journal.sqlite'}")
    engine = journal.open_journal(app.journal)
    written(engine)
    engine.dispose()
    return app


def written(engine: sa.Engine) -> None:
    """Every kind of row that people write, with every text."""
    for n, text in enumerate(TEXTS):
        who, segment = said(n + 1), said(n + 2)
        by = {"who": who, "today": TODAY}
        journal.decide(engine, "loose", "", "", text, **by)
        journal.put_on_list(engine, "never" if n % 2 else "not_now", {f"A{n}": text}, said(n + 4), **by)
        journal.note(engine, f"A{n}", text, said(n + 6), said(n + 7), who, TODAY)
        pin = {"status": STATUSES[1:][n % 6] if n else STATUSES[0], "owner": said(n + 4), "notes": said(n + 5)}
        journal.keep_pin(engine, "industry", text, pin, said(n + 6), **by)
        journal.keep_market_size(engine, "industry", text, 4200 + n, said(n + 6), TODAY, **by)
        journal.vouch(engine, "vouch", ("industry", text), ("industry", segment), said(n + 3), said(n + 4), **by)
        function = ("sales", "marketing", "product")[n % 3]
        journal.vote(engine, function, f"{n} {text}", "industry", segment, said(n + 3), **by)
        journal.keep_judgement(engine, "industry", text, MARKS[n % len(MARKS)], 1, said(n + 3), **by)
        journal.keep_card(engine, text, [{"to": said(n + 1), "must_answer": said(n + 2)}], **by)
    journal.decide(engine, "thesis", "industry", TEXTS[0], said(5), "Ada", TODAY)
    for number, part in enumerate(PARTS):
        journal.keep_canvas(engine, part, said(number + 9), [], said(number), TODAY)
    for number, criterion in enumerate(CRITERIA):
        journal.answer(engine, criterion, said(number + 4), said(number), TODAY)
    for number, kind in enumerate(PROFILES):
        rule = {"dimension": "industry", "segments": list(TEXTS[number::2])}
        journal.keep_profile(engine, kind, said(number), [rule], [], said(number + 2), said(number + 3), TODAY)
