"""What goes wrong at the warehouse, in words: it is away, it does not let us in, it refuses what is asked of it."""

from __future__ import annotations

from urllib.parse import unquote

import duckdb
import sqlalchemy as sa

SECRET_KEYS = ("pass", "token", "secret", "key", "pwd")
"""What the name of a URL's query parameter holds when its value is nobody's business."""

PATHS = ("_file", "_path", "_url")
"""How the name of one ends whose value only says where a secret lies, which helps whoever looks for it."""

TIME_IS_OVER = ("statement timeout", "statement or warehouse timeout")
"""How PostgreSQL and Snowflake say that a query was stopped because its time was over."""

NOT_LET_IN = (
    "password authentication failed",
    "is not permitted to log in",
    "no password supplied",
    "no pg_hba.conf entry",
    "permission denied for database",
    "incorrect username or password",
    "authentication token has expired",
    "token is invalid",
    "user temporarily locked",
)
"""How PostgreSQL and Snowflake say that a connection is refused for who asks, and not because they are away."""


class WarehouseError(RuntimeError):
    """The warehouse could not answer; the text says which one and why, without secrets."""


class WarehouseAway(WarehouseError):
    """The warehouse cannot be reached, does not let us in or takes too long: no fault of what was asked."""


class WarehouseSlow(WarehouseAway):
    """One answer took longer than any may take; others may come."""


class WarehouseRefuses(WarehouseError):
    """The warehouse is there and refuses what was asked: it is gone, of another type, or may not be read."""


def in_words(error: BaseException, url: sa.URL, timeout_seconds: int) -> WarehouseError:
    """What a driver raised, as the error of ours that says it in words."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, duckdb.InterruptException) or any(words in str(cause) for words in TIME_IS_OVER):
        return WarehouseSlow(
            f"the warehouse had no answer after {timeout_seconds} seconds and was told to stop; "
            "warehouse.timeout_seconds in gtm.toml allows more"
        )
    line = first_line(cause, url)
    if any(words in line.lower() for words in NOT_LET_IN):
        said = line.rpartition("FATAL:")[2].strip()
        return WarehouseAway(
            f"the warehouse does not let us in: {said}; a password or a token may have been changed or be past its "
            "day, and the connection needs the one that holds now"
        )
    if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)):
        return WarehouseAway(f"the warehouse did not answer: {line}")
    return WarehouseRefuses(f"the warehouse refuses what is asked of it: {line}")


def first_line(error: BaseException, url: sa.URL | None = None) -> str:
    """The first line of what went wrong, without the secrets of the URL."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    for secret in sorted(_secrets(url) if url else (), key=len, reverse=True):
        line = line.replace(secret, "***")
    return line


def is_secret(name: str) -> bool:
    """Whether a URL's parameter is a secret by its name."""
    return any(word in name.lower() for word in SECRET_KEYS) and not name.lower().endswith(PATHS)


def _secrets(url: sa.URL) -> set[str]:
    """The password and every secret parameter, as written and as meant."""
    values = [str(url.password or "")]
    for name, value in url.query.items():
        if is_secret(name):
            values += [value] if isinstance(value, str) else list(value)
    return {spelling for value in values for spelling in (value, unquote(value)) if spelling}
