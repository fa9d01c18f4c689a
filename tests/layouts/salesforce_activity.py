"""What Salesforce keeps of talking with accounts: tasks, e-mails, campaigns, events and cases, decoys among them."""

from __future__ import annotations

import numpy as np
import pandas as pd

Frames = dict[str, pd.DataFrame]


def contact_of(accounts: pd.Series) -> pd.Series:
    """The person to call at each account."""
    return "003-" + accounts


def touches(rows: pd.DataFrame, accounts: pd.DataFrame) -> Frames:
    """Outreach: e-mails and calls as tasks, the rest as members of campaigns; answers as e-mails or as responses."""
    answered = rows["replied_at"].notna()
    same_day = answered & (rows["replied_at"].dt.normalize() == rows["sent_at"].dt.normalize())
    mail = (rows["channel"] == "email") | same_day
    call = (rows["channel"] == "phone") & ~answered & rows["campaign"].notna()
    mailed, phoned, others = (rows[which].reset_index(drop=True) for which in (mail, call & ~mail, ~mail & ~call))
    frames = _emails(mailed)
    members = _members(others)
    calls = _linked(phoned).assign(task_subtype="Call", type="Other", subject="Tried again")
    last = rows["sent_at"].max()
    stranger = {"is_closed": True, "completed_date_time": last, "task_subtype": "Email", "is_deleted": False}
    strangers = pd.DataFrame([{**stranger, "id": "a lead's", "who_id": "00Q-nobody"}, {**stranger, "id": "nobody's"}])
    tasks = pd.concat([frames["task"], calls, _not_outreach(frames["task"]), strangers], ignore_index=True)
    return {**frames, **members, "task": tasks, "lead": _leads(accounts, members["lead"])}


def _linked(rows: pd.DataFrame) -> pd.DataFrame:
    """Tasks that name their account themselves, by the person, or by what they are about; done on different dates."""
    n = np.arange(len(rows))
    of = rows["account_id"]
    return pd.DataFrame(
        {
            "id": rows["touch_id"],
            "account_id": of.where(n % 3 == 0),
            "who_id": contact_of(of).where(n % 3 == 1),
            "what_id": of.where(n % 3 == 2),
            "completed_date_time": rows["sent_at"].where(n % 5 > 0),
            "created_date": rows["sent_at"].where(n % 5 == 0, pd.Timestamp("2020-01-01")),
            "is_closed": True,
            "is_recurrence": False,
            "is_deleted": False,
            "sequence_name_c": rows["campaign"],
        }
    )


def _emails(rows: pd.DataFrame) -> Frames:
    """E-mails and their answers, each a message and a task: by the message that they answer, or by the thread."""
    inbound = (rows["direction"] == "inbound").to_numpy()
    tasks = _linked(rows).assign(task_subtype=np.where(np.arange(len(rows)) % 2, "Email", "Task"), type="Email",
                                 subject=np.where(inbound, "A question", "Your reports"))
    sent = pd.DataFrame({"id": "02s-" + rows["touch_id"], "activity_id": rows["touch_id"],
                         "thread_identifier": "thread-" + rows["touch_id"], "incoming": inbound,
                         "message_date": rows["sent_at"], "parent_id": None, "is_bounced": False, "is_deleted": False})
    answered = rows["replied_at"].notna()
    told = answered & (np.arange(len(rows)) % 2 == 0)
    reply = sent[answered].assign(id=sent["id"] + "-reply", activity_id=sent["activity_id"] + "-reply", incoming=True,
                                  message_date=rows["replied_at"], reply_to_email_message_id=sent["id"].where(told),
                                  thread_identifier=sent["thread_identifier"].where(~told))
    later = reply.assign(id=reply["id"] + "-2", activity_id=None,
                         message_date=reply["message_date"] + pd.Timedelta(hours=1))
    gone = reply.assign(id=reply["id"] + "-3", activity_id=None, is_deleted=True,
                        message_date=reply["message_date"] - pd.Timedelta(minutes=1))
    answers = tasks[answered].assign(id=tasks["id"] + "-reply", subject="Re: Your reports")
    odd = sent[sent["thread_identifier"].notna() & ~answered].head(3)
    decoys = [odd.assign(id=odd["id"] + "-b", activity_id=["b0", "b1", "b2"], is_bounced=True),
              odd.assign(id=odd["id"] + "-c", activity_id=["c0", "c1", "c2"], parent_id="500-case")]
    return {
        "task": pd.concat([tasks, answers], ignore_index=True),
        "email_message": pd.concat([sent, later, reply, gone, *decoys], ignore_index=True),
    }


def _not_outreach(tasks: pd.DataFrame) -> pd.DataFrame:
    """To-dos, e-mails not sent, deleted ones, patterns of series, bounced ones, and e-mails about cases."""
    some = tasks.head(3)

    def named(letter: str) -> pd.DataFrame:
        return some.assign(id=[f"{letter}{n}" for n in range(3)], completed_date_time=tasks["created_date"].max(),
                           subject="Your reports")

    return pd.concat(
        [
            named("t").assign(task_subtype="Task", type="Other", subject="Prepare the offer"),
            named("o").assign(is_closed=False),
            named("d").assign(is_deleted=True),
            named("r").assign(is_recurrence=True),
            named("b"),
            named("c"),
        ],
        ignore_index=True,
    )


def _members(rows: pd.DataFrame) -> Frames:
    """Members of campaigns: people of an account or leads; who came by themselves answered on the day."""
    n = np.arange(len(rows))
    inbound = (rows["direction"] == "inbound").to_numpy()
    campaign = "701-" + rows["channel"] + "-" + rows["campaign"].fillna("none")
    lead = pd.Series("00Q-" + rows["touch_id"]).where(n % 4 == 0)
    frame = pd.DataFrame(
        {
            "id": rows["touch_id"],
            "campaign_id": campaign,
            "contact_id": contact_of(rows["account_id"]).where(n % 4 > 0),
            "lead_id": lead,
            "status": np.where(rows["replied_at"].notna(), "Responded", "Sent"),
            "has_responded": inbound | rows["replied_at"].notna().to_numpy(),
            "first_responded_date": rows["replied_at"].where(~inbound, rows["sent_at"]),
            "created_date": rows["sent_at"],
        }
    )
    some = frame[~frame["has_responded"] & frame["contact_id"].notna()].head(3)
    decoys = some.assign(id=["planned", "bounced", "undated"], status=["Planned", "Bounced", "Responded"],
                         has_responded=[False, False, True])
    campaigns = pd.DataFrame({"id": campaign, "name": rows["campaign"], "type": rows["channel"]}).drop_duplicates("id")
    leads = pd.DataFrame({"id": lead, "account_id": rows["account_id"]}).dropna()
    return {"campaign_member": pd.concat([frame, decoys], ignore_index=True), "campaign": campaigns, "lead": leads}


def _leads(accounts: pd.DataFrame, of: pd.DataFrame) -> pd.DataFrame:
    """Leads that became an account's, or have an address there that no other account has; one that has neither."""
    domain = accounts.set_index("account_id")["domain"]
    known = of["account_id"].map(domain)
    alone = known.notna() & ~known.isin(domain[domain.duplicated(keep=False)])
    converted = ~alone | (of.index % 2 == 0)
    frame = pd.DataFrame({"id": of["id"], "is_converted": converted, "lead_source": "Web",
                          "converted_account_id": of["account_id"].where(converted),
                          "email": ("Info@" + known).where(~converted, "someone@gmail.com")})
    return pd.concat([frame, pd.DataFrame([{"id": "00Q-nobody", "email": "x@gmail.com"}])], ignore_index=True)


def events(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales calls as (events, tasks): those on a deal may have been logged as a call."""
    n = np.arange(len(rows))
    deal = rows["opportunity_id"]
    logged = (deal.notna() & (n % 4 == 0)).to_numpy()
    event = pd.DataFrame(
        {
            "id": rows["call_id"],
            "account_id": rows["account_id"].where(n % 3 == 0),
            "who_id": contact_of(rows["account_id"]).where(n % 3 > 0),
            "what_id": deal,
            "start_date_time": rows["held_at"],
            "duration_in_minutes": rows["minutes"],
            "subject": "Demo",
            "type": "Meeting",
            "is_child": False,
            "is_recurrence": False,
            "is_all_day_event": False,
            "value_understood_c": rows["understood"],
            "is_deleted": False,
        }
    )[~logged]
    some = event.iloc[[0] * 7].assign(
        id=[f"e{k}" for k in range(7)], is_recurrence=[True] + [False] * 6,
        is_all_day_event=[False, True] + [False] * 5,
        subject=["Demo", "Demo", "Canceled: Demo", "Demo - no-show", "Demo", "Demo", "Demo"],
        is_deleted=[False] * 4 + [True, False, False])
    some.loc[some["id"] == "e5", ["account_id", "who_id", "what_id"]] = None
    some.loc[some["id"] == "e6", "start_date_time"] = pd.Timestamp("2026-12-24 10:00")
    # a row for every colleague who was invited
    children = event.head(40).assign(id=event["id"] + "-child", is_child=True)
    task = pd.DataFrame(
        {
            "id": rows["call_id"],
            "what_id": deal,
            "who_id": contact_of(rows["account_id"]),
            "task_subtype": "Call",
            "subject": "Went through the numbers",
            "completed_date_time": rows["held_at"],
            "call_duration_in_seconds": 60 * rows["minutes"].astype("float64"),
            "is_closed": True,
            "value_understood_c": rows["understood"],
            "is_deleted": False,
        }
    )[logged]
    missed = task.head(2).assign(id=["voicemail", "planned call"], is_closed=[True, False],
                                 call_disposition=["Left Voicemail", None])
    return pd.concat([event, some, children], ignore_index=True), pd.concat([task, missed], ignore_index=True)


def cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Cases by account or by person; one is deleted and one of nobody."""
    by_person = np.arange(len(rows)) % 3 == 0
    frame = pd.DataFrame({"id": rows["ticket_id"], "account_id": rows["account_id"].where(~by_person),
                          "contact_id": contact_of(rows["account_id"]).where(by_person), "status": "Closed",
                          "created_date": rows["opened_at"], "closed_date": rows["closed_at"], "is_deleted": False})
    more = frame.head(2).assign(id=["gone", "nobody's"], is_deleted=[True, False], account_id=None)
    more["contact_id"] = [contact_of(rows["account_id"])[0], None]
    return pd.concat([frame, more], ignore_index=True)
