"""Snowflake's protocol on loopback: fakesnow's routes, a login that the connector accepts, and tables by the file.

    python server.py PORT

Runs in an environment of its own (requirements.lock beside it), never in the product's. Beyond the protocol:
POST /load {database, schema, folder} makes a table of each Parquet file of a folder, its columns in capitals as
Snowflake spells them; GET /told gives what each login sent, in order, and the text of every statement.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

import fakesnow.cursor
import fakesnow.server
import uvicorn
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.dialect import parse_one
from fakesnow.server import login_request, query_request, routes, shared_fs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

told: dict[str, list[Any]] = {"logins": [], "statements": []}

parsed: dict[str, Any] = {}
"""Statements that were read for their kind and are not carried out yet."""


def read_for_its_kind(text: str) -> Any:
    """A statement as the server reads it, to tell its kind."""
    parsed[text] = parse_one(text)
    return parsed[text]


def read_to_be_carried_out(text: str) -> Any:
    """The same statement as the cursor reads it, which works on what it read: reading takes a third of the time."""
    return parsed.pop(text, None) or parse_one(text)


def columns_of_what_was_asked(cursor: FakeSnowflakeCursor) -> list[Any]:
    """The columns of the last statement, asked of DuckDB in DuckDB's own words, without reading those once more."""
    return cursor._duck_conn.execute(f"DESCRIBE {cursor._last_sql}", cursor._last_params).fetchall()


fakesnow.server.parse_one = read_for_its_kind
fakesnow.cursor.parse_one = read_to_be_carried_out
FakeSnowflakeCursor._describe_last_sql = columns_of_what_was_asked

SLEEP = re.compile(r"select system\$wait\((\d+)\)", re.IGNORECASE)
STOPPED = "Statement reached its statement or warehouse timeout of {} second(s) and was canceled."
"""What Snowflake says of a statement that took too long; the emulation stops none by itself."""


async def login(request: Request) -> Response:
    """Logs in; the answer holds what the connector looks for and the emulation leaves out."""
    sent = (await body_of(request))["data"]
    told["logins"].append(sent | {"asked": dict(request.query_params)})
    if sent.get("TOKEN") == "revoked":
        message = "Programmatic access token is invalid."
        return JSONResponse({"data": None, "code": "394400", "message": message, "success": False})
    answer = json.loads(bytes((await login_request(request)).body))
    data = answer["data"]
    data |= {"masterToken": data["token"], "validityInSeconds": 3600, "masterValidityInSeconds": 14400,
             "displayUserName": sent.get("LOGIN_NAME"), "sessionId": len(told["logins"]), "healthCheckInterval": 45}
    data["sessionInfo"] |= {"warehouseName": request.query_params.get("warehouse"),
                            "roleName": request.query_params.get("roleName")}
    return JSONResponse(answer)


async def query(request: Request) -> Response:
    """Answers a statement; one that waits for longer than its session allows is stopped as Snowflake stops it."""
    text = (await body_of(request))["sqlText"]
    told["statements"].append(text)
    waits = SLEEP.match(text)
    allowed = told["logins"][-1]["SESSION_PARAMETERS"].get("STATEMENT_TIMEOUT_IN_SECONDS", 172800)
    if waits and int(waits.group(1)) > int(allowed):
        failure = {"errorCode": "000630", "sqlState": "57014"}
        return JSONResponse(
            {"data": failure, "code": "000630", "message": STOPPED.format(allowed), "success": False})
    return await query_request(request)


async def body_of(request: Request) -> dict[str, Any]:
    """A request's JSON, unpacked where it came packed."""
    body = await request.body()
    packed = request.headers.get("Content-Encoding") == "gzip"
    found: dict[str, Any] = json.loads(gzip.decompress(body) if packed else body)
    return found


async def load(request: Request) -> Response:
    """A table for each Parquet file of a folder."""
    asked = await request.json()
    place = f'"{asked["database"]}"."{asked["schema"]}"'
    cursor = shared_fs.connect(asked["database"], asked["schema"])._duck_conn
    for path in sorted(Path(asked["folder"]).glob("*.parquet")):
        file = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
        columns = [name for name, *_ in cursor.execute(f"select * from {file} limit 0").description]
        picks = ", ".join(f'"{name}" as "{name.upper()}"' for name in columns)
        cursor.execute(f'create or replace table {place}."{path.stem.upper()}" as select {picks} from {file}')
    return JSONResponse({"success": True})


async def what_was_told(_request: Request) -> Response:
    """Every login and every statement so far."""
    return JSONResponse(told)


async def anything(_request: Request) -> Response:
    """Telemetry, and whatever else the connector sends beside its work."""
    return JSONResponse({"success": True, "data": None})


OURS = ("/session/v1/login-request", "/queries/v1/query-request")
app = Starlette(routes=[
    Route(OURS[0], login, methods=["POST"]),
    Route(OURS[1], query, methods=["POST"]),
    Route("/load", load, methods=["POST"]),
    Route("/told", what_was_told, methods=["GET"]),
    *(route for route in routes if route.path not in OURS),
    Route("/{rest:path}", anything, methods=["GET", "POST"]),
])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
