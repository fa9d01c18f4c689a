"""Snowflake: what a connection takes, what its session is told, and its Arrow results as frames.

The connector takes seconds to import. SQLAlchemy does so when an engine of this dialect is made, and nobody else does.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import event

from gtm_metrics.connections import AUTHENTICATORS

APART = ("host", "protocol", "private_key_file", "token_file_path")
"""Parameters the dialect refuses in a URL, because a URL may come from anyone. Ours is the company's own."""

WITHOUT_TOKEN = ("oauth", "programmatic_access_token")
"""Authenticators that are a token and nothing else."""

WITH_A_BROWSER = ("externalbrowser", "oauth_authorization_code")
"""Authenticators in which a person takes part, and takes time."""

SECONDS_OF_USE = 1800
"""How long a connection is used before it is opened anew; to ask each time whether it lives would cost a way each."""

LOGIN_SECONDS = 30
"""How long a login that needs no person may take, all tries together."""

KEPT_WORDS = frozenset(
    {
        *("case", "cast", "cross", "current_date", "current_time", "current_timestamp", "current_user", "false"),
        *("following", "full", "ilike", "inner", "join", "lateral", "left", "localtime", "localtimestamp", "natural"),
        *("qualify", "right", "tablesample", "true", "try_cast", "using", "when"),
    }
)
"""Words that a query in Snowflake may not use unquoted (its documentation's "reserved and limited keywords") and its
dialect does not quote: an attribute, or a part of a query, may be called so."""

DEFAULT_NAME = "SNOWFLAKE_DEFAULT_CONNECTION_NAME"
"""The connector's own variable: which connection of connections.toml a URL without an account means."""


def session(timeout_seconds: int, query_tag: str) -> dict[str, Any]:
    """Parameters of every session: in UTC, weeks from Monday, queries tagged and stopped when they take too long."""
    return {
        "TIMEZONE": "UTC",
        "WEEK_START": 1,
        "STATEMENT_TIMEOUT_IN_SECONDS": timeout_seconds,
        "QUERY_TAG": query_tag,
    }


def arguments(url: sa.URL, environ: Mapping[str, str] | None = None) -> tuple[sa.URL, dict[str, Any]]:
    """The URL without what the dialect refuses in one, and the connector's arguments in its place.

    Raises ValueError, telling no secret, for an authenticator that is none and for one that lacks what it needs.
    """
    environ = os.environ if environ is None else environ
    given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    taken: dict[str, Any] = {name: given[name] for name in APART if name in given}
    kind = given.get("authenticator", "").lower()
    key = {"private_key", "private_key_file"} & set(given)
    token = {"token", "token_file_path"} & set(given)
    if not url.host and "connection_name" not in given:
        # as the connector itself does when it is told nothing: also how an app within Snowflake finds its own
        taken["connection_name"] = environ.get(DEFAULT_NAME) or "default"
    if not kind and key:
        taken["authenticator"] = kind = "snowflake_jwt"
    if not kind and token:
        raise ValueError(f"a token needs an authenticator: {' or '.join(WITHOUT_TOKEN)}")
    if kind and kind not in ("snowflake", *AUTHENTICATORS) and not kind.startswith("https://"):
        raise ValueError(f"authenticator is {given['authenticator']!r}; it must be one of {', '.join(AUTHENTICATORS)}")
    if kind == "snowflake_jwt" and not key:
        raise ValueError("authenticator snowflake_jwt needs a private_key_file, or a private_key")
    if kind in WITHOUT_TOKEN and not token:
        raise ValueError(f"authenticator {kind} needs a token, or a token_file_path")
    if "login_timeout" not in given and kind not in WITH_A_BROWSER:
        taken["login_timeout"] = LOGIN_SECONDS
    return url.difference_update_query(APART), taken


def reading(engine: sa.Engine) -> sa.Engine:
    """The engine, which from now on quotes every word that Snowflake keeps for itself, and ends no transaction.

    Its sessions commit by themselves and change nothing: each ROLLBACK would be a way there and back for nothing.
    """
    dialect: Any = engine.dialect
    preparer = dialect.identifier_preparer
    preparer.reserved_words = {*preparer.reserved_words, *KEPT_WORDS}
    dialect.do_rollback = dialect.do_commit = lambda raw: None
    event.listen(engine, "connect", _closed_at_the_end)
    return engine


def _closed_at_the_end(raw: Any, _record: object) -> None:
    """Closes a connection before the connector, when Python ends, would find it open and complain on stderr."""
    still_there = weakref.ref(raw)

    def close() -> None:
        connection = still_there()
        if connection is not None:
            connection.close()

    atexit.register(close)


def frame_of(result: Any) -> pd.DataFrame:
    """The rows of an executed SELECT, fetched as Arrow: whole numbers of any width as int64, others as float64.

    Snowflake picks a column's width by the values it holds, so that the same query may give another type next week.
    """
    table: pa.Table = result.cursor.fetch_arrow_all(force_return_table=True)
    plain = [_plain(column) for column in table.columns]
    frame: pd.DataFrame = pa.Table.from_arrays(plain, names=list(result.keys())).to_pandas(date_as_object=False)
    return frame


def _plain(column: Any) -> Any:
    """An Arrow column in the type that the other warehouses give."""
    kind = column.type
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 0):
        return column.cast(pa.int64())
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return column.cast(pa.float64())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us"))
    return column
