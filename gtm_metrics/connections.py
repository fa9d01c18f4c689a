"""[connections.warehouse] of .streamlit/secrets.toml, Streamlit's own place for a connection, as a SQLAlchemy URL.

PARAMETERS is the whole list of what may stand there beside `url`; docs/snowflake.md prints it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL

FILE = Path(".streamlit") / "secrets.toml"
SECTION = "connections.warehouse"

AUTHENTICATORS = (
    "snowflake_jwt",
    "oauth",
    "oauth_client_credentials",
    "oauth_authorization_code",
    "programmatic_access_token",
    "externalbrowser",
    "workload_identity",
)
"""How one proves to Snowflake who one is; passwords are being withdrawn there, and are left to a URL."""

PARAMETERS: Mapping[str, str] = {
    "account": "the account's identifier, organization-account",
    "user": "the user whose role reads",
    "role": "the role, which needs USAGE and SELECT alone",
    "warehouse": "the virtual warehouse that runs the queries",
    "database": "the database that holds the tables",
    "schema": "the schema that holds the tables",
    "authenticator": f"one of {', '.join(AUTHENTICATORS)}; a private key alone means snowflake_jwt",
    "private_key_file": "path of the private key, PKCS#8",
    "private_key": "the private key itself, as text",
    "private_key_file_pwd": "what the private key is encrypted with",
    "token": "the programmatic access token, or the OAuth token",
    "token_file_path": "path of a file that holds the token, read at each connection",
    "oauth_client_id": "of the OAuth client",
    "oauth_client_secret": "of the OAuth client",
    "oauth_authorization_url": "where the OAuth client asks for leave",
    "oauth_token_request_url": "where the OAuth client gets its token",
    "oauth_redirect_uri": "where the OAuth client comes back to",
    "oauth_scope": "what the OAuth client asks for",
    "workload_identity_provider": "AWS, AZURE, GCP or OIDC",
    "connection_name": "a connection of the connector's own connections.toml, in place of account and the rest",
    "host": "the host, where it does not follow from the account",
    "port": "the port, where it is not 443",
    "protocol": "https, or http for a test on this machine",
    "login_timeout": "seconds to wait for the login",
}
"""Parameters of a Snowflake connection, by name."""

PIECES = ("dialect", "driver", "username", "password", "host", "port", "database", "query")
"""The pieces of any other dialect's URL, as Streamlit's SQL connection has them."""


def url_in_secrets(folders: tuple[Path, ...]) -> tuple[str, str] | None:
    """The warehouse's URL that the first of the folders' secrets.toml with such a section says, and where that stands.

    None where none says it. Raises ValueError naming file, key and what is allowed; no value of the file is told.
    """
    for folder in dict.fromkeys(folders):
        path = folder / FILE
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: cannot be read: {type(error).__name__}") from None
        try:
            connections = tomllib.loads(text).get("connections", {})
        except tomllib.TOMLDecodeError as error:
            # the place in the file, not what stands there: a line of secrets holds secrets
            place = re.search(r"line \d+", str(error))
            raise ValueError(f"{path}: not a TOML file{f', at {place.group()}' if place else ''}") from None
        section = connections.get("warehouse") if isinstance(connections, dict) else None
        if section is not None:
            where = f"{path}: [{SECTION}]"
            if not isinstance(section, dict):
                raise ValueError(f"{where} is one value; it must be a table of url, or of account, user, ...")
            return _url(section, where), where
    return None


def _url(section: Mapping[str, Any], where: str) -> str:
    kind = section.get("type", "")
    if kind not in ("", "sql", "snowflake"):
        raise ValueError(f'{where} type is {kind!r}; it must be "sql" or "snowflake", or be left out')
    given = {name: value for name, value in section.items() if name != "type"}
    if "url" in given:
        if len(given) > 1:
            others = ", ".join(sorted(set(given) - {"url"}))
            raise ValueError(f"{where} has url and {others}; it must have a url alone, or its parts")
        if not isinstance(given["url"], str) or not given["url"]:
            raise ValueError(f"{where} url must be text: a SQLAlchemy URL")
        return str(given["url"])
    if kind == "sql" or "dialect" in given:
        return _of_pieces(given, where)
    return _of_snowflake(given, where)


def _of_snowflake(given: Mapping[str, Any], where: str) -> str:
    if "password" in given:
        raise ValueError(
            f"{where} has a password, which Snowflake is withdrawing; it must have a private_key_file, a token, or "
            "authenticator = externalbrowser"
        )
    _known(given, tuple(PARAMETERS), where)
    for name, value in given.items():
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            raise ValueError(f"{where} {name} must be text that is not empty ({PARAMETERS[name]})")
    if not {"account", "connection_name"} & set(given):
        raise ValueError(f"{where} has no account; it must have {PARAMETERS['account']}, or a url")
    if "schema" in given and "database" not in given:
        raise ValueError(f"{where} has a schema and no database; it must have {PARAMETERS['database']}")
    text = {name: str(value) for name, value in given.items()}
    place = "/".join(text[name] for name in ("database", "schema") if name in text)
    query = {n: v for n, v in text.items() if n not in ("account", "user", "database", "schema")}
    url = URL.create("snowflake", text.get("user"), None, text.get("account"), database=place or None, query=query)
    return url.render_as_string(hide_password=False)


def _of_pieces(given: Mapping[str, Any], where: str) -> str:
    _known(given, PIECES, where)
    if not isinstance(given.get("dialect"), str):
        raise ValueError(f"{where} has no dialect; it must have one, such as postgresql, or a url")
    port, query = given.get("port"), given.get("query", {})
    if port is not None and (not str(port).isdigit() or not 1 <= int(port) <= 65535):
        raise ValueError(f"{where} port must be a whole number from 1 to 65,535")
    if not isinstance(query, dict):
        raise ValueError(f"{where} query must be a table of the URL's parameters")
    text = {n: str(given[n]) for n in ("username", "password", "host", "database") if given.get(n) is not None}
    name = "+".join(str(given[n]) for n in ("dialect", "driver") if given.get(n))
    url = URL.create(
        name, port=int(port) if port is not None else None, query={k: str(v) for k, v in query.items()}, **text
    )
    return url.render_as_string(hide_password=False)


def _known(given: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are url, {', '.join(names)}"
            raise ValueError(f"{where} {name} is not a parameter{hint}")
