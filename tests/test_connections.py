"""[connections.warehouse] of .streamlit/secrets.toml: what may stand there, what goes first, and no secret told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from commands import one_line, run

from gtm_metrics.company import Refused, read_company
from gtm_metrics.connections import AUTHENTICATORS, PARAMETERS
from gtm_metrics.warehouse import WarehouseError
from gtm_metrics.warehouse.door import open_engine, read
from gtm_metrics.warehouse.snowflake import APART, arguments

KEY = "-----BEGIN PRIVATE KEY-----\nhunter2+/=\n-----END PRIVATE KEY-----\n"
DOCS = Path(__file__).parent.parent / "docs" / "snowflake.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company's folder, while the process runs in another."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


def written(folder: Path, section: str, text: str = "") -> Path:
    """The folder's gtm.toml, its secrets beside it."""
    (folder / ".streamlit").mkdir(exist_ok=True)
    (folder / ".streamlit" / "secrets.toml").write_text(f"[connections.warehouse]\n{section}\n", encoding="utf-8")
    (folder / "gtm.toml").write_text(text, encoding="utf-8")
    return folder / "gtm.toml"


def url_of(folder: Path, section: str) -> sa.URL:
    """The URL that a section of secrets.toml comes to."""
    return sa.make_url(read_company(written(folder, section), {}).url)


def test_the_environment_goes_before_secrets_and_secrets_before_gtm_toml(folder: Path) -> None:
    """GTM_WAREHOUSE, else [connections.warehouse], else warehouse.url; each says where it stands."""
    config = written(folder, 'url = "postgresql://b/b"', '[warehouse]\nurl = "postgresql://c/c"')
    named = read_company(config, {"GTM_WAREHOUSE": "postgresql://a/a"})
    assert (named.url, named.url_from) == ("postgresql://a/a", "GTM_WAREHOUSE")
    secret = read_company(config, {})
    assert secret.url == "postgresql://b/b"
    assert secret.url_from == f"{folder}/.streamlit/secrets.toml: [connections.warehouse]"
    (folder / ".streamlit" / "secrets.toml").write_text("[connections.other]\nurl = 'x'\n")
    own = read_company(config, {})
    assert (own.url, own.url_from) == ("postgresql://c/c", "gtm.toml: warehouse.url")


def test_secrets_beside_gtm_toml_go_before_those_where_streamlit_runs(folder: Path) -> None:
    """Streamlit reads the folder it runs in; a company that has its own beside gtm.toml is asked by its own."""
    written(folder / "elsewhere", 'url = "postgresql://run/run"')
    (folder / "gtm.toml").write_text("")
    assert read_company(folder / "gtm.toml", {}).url == "postgresql://run/run"
    written(folder, 'url = "postgresql://own/own"')
    assert read_company(folder / "gtm.toml", {}).url == "postgresql://own/own"


def test_a_relative_file_in_secrets_starts_at_gtm_toml(folder: Path) -> None:
    """As one in gtm.toml does."""
    assert url_of(folder, 'url = "duckdb:///data/own.duckdb"').database == f"{folder}/data/own.duckdb"


def test_parameters_of_snowflake_make_a_url_that_keeps_them(folder: Path) -> None:
    """Every parameter arrives as it was written, a private key with its line ends and signs included."""
    url = url_of(folder, f'account = "org-account"\nuser = "reader@corp"\nrole = "GTM_READER"\nwarehouse = "GTM_WH"\n'
                         f'database = "GTM"\nschema = "PUBLIC"\nlogin_timeout = 9\nprivate_key = """{KEY}"""')
    assert (url.drivername, url.host, url.username, url.database) == (
        "snowflake", "org-account", "reader@corp", "GTM/PUBLIC")
    assert dict(url.query) == {"role": "GTM_READER", "warehouse": "GTM_WH", "login_timeout": "9", "private_key": KEY}


def test_pieces_of_another_dialect_make_a_url_too(folder: Path) -> None:
    """As Streamlit's SQL connection has them: dialect, driver, username, password, host, port, database, query."""
    url = url_of(folder, 'type = "sql"\ndialect = "postgresql"\ndriver = "psycopg"\nusername = "me"\n'
                         'password = "a@b/c"\nhost = "db"\nport = 6000\ndatabase = "gtm"\n'
                         'query = {sslmode = "require"}')
    assert url == sa.URL.create("postgresql+psycopg", "me", "a@b/c", "db", 6000, "gtm", {"sslmode": "require"})


REFUSED = {
    'acount = "a"': "acount is not a parameter; did you mean account?",
    'account = "a"\nzzz = "hunter2"': "zzz is not a parameter; there are url, account",
    'account = "a"\npassword = "hunter2"': "has a password, which Snowflake is withdrawing; it must have",
    'user = "me"': "has no account; it must have the account's identifier",
    'account = "a"\nschema = "s"': "has a schema and no database",
    'account = ""': "account must be text that is not empty",
    'account = "a"\nrole = ["hunter2"]': "role must be text that is not empty",
    'url = "hunter2"\naccount = "a"': "has url and account; it must have a url alone",
    "url = 3": "url must be text",
    'type = "mysql"': "type is 'mysql'; it must be",
    'type = "sql"\nhost = "h"': "has no dialect",
    'dialect = "postgresql"\nport = 70000': "port must be a whole number from 1 to 65,535",
    'dialect = "postgresql"\npasswrd = "hunter2"': "passwrd is not a parameter; did you mean password?",
    'account = "hunter2': "not a TOML file, at line 2",
}


@pytest.mark.parametrize(("section", "said"), REFUSED.items(), ids=[f"{n}" for n in range(len(REFUSED))])
def test_what_cannot_be_meant_is_refused_by_file_and_key(folder: Path, section: str, said: str) -> None:
    """The file, the section, the key and what is allowed are told; no secret is."""
    with pytest.raises(Refused) as refusal:
        read_company(written(folder, section), {})
    assert str(refusal.value).startswith(f"{folder}/.streamlit/secrets.toml: ")
    assert said in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_command_says_it_in_one_line(folder: Path) -> None:
    """Exit code 2 and one line on stderr, for what secrets.toml says and for where load would have to write."""
    config = written(folder, 'acount = "hunter2"')
    ran = run("", "check", config=config)
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean account?" in one_line(ran.err)
    ran = run("", "demo", config=written(folder, 'account = "a"\nauthenticator = "externalbrowser"'))
    assert (ran.code, ran.out) == (2, "")
    assert "secrets.toml: [connections.warehouse] is a snowflake address; load and demo write" in one_line(ran.err)


@pytest.mark.parametrize(("query", "said"), [
    ("token=hunter2", "a token needs an authenticator: oauth or programmatic_access_token"),
    ("authenticator=jwt&private_key=hunter2", "authenticator is 'jwt'; it must be one of snowflake_jwt, oauth"),
    ("authenticator=snowflake_jwt", "needs a private_key_file"),
    ("authenticator=oauth", "authenticator oauth needs a token"),
    ("authenticator=PROGRAMMATIC_ACCESS_TOKEN", "authenticator programmatic_access_token needs a token"),
])
def test_a_way_to_log_in_that_lacks_something_is_refused(query: str, said: str) -> None:
    """Before anything is sent, and without a secret."""
    with pytest.raises(WarehouseError) as refusal:
        open_engine(f"snowflake://me@account/db/schema?{query}")
    assert said in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_private_key_alone_means_key_pair_authentication() -> None:
    """What the dialect refuses in a URL goes beside it; a browser is given time, everything else is not."""
    url, taken = arguments(sa.make_url("snowflake://me@a/d?private_key_file=/k.p8&host=h&role=R"), {})
    assert dict(url.query) == {"role": "R"}
    assert taken == {"host": "h", "private_key_file": "/k.p8", "authenticator": "snowflake_jwt", "login_timeout": 30}
    _, browser = arguments(sa.make_url("snowflake://me@a/d?authenticator=externalbrowser"), {})
    assert browser == {}
    _, named = arguments(sa.make_url("snowflake://"), {})
    assert named["connection_name"] == "default"
    assert set(APART) <= set(PARAMETERS)


def test_a_secret_of_snowflakes_is_never_told() -> None:
    """No host answers here: the error holds neither token nor key, in the URL or in the connector's own words."""
    encrypted = "private_key=x&private_key_file_pwd=hunter2"
    for query in ("authenticator=oauth&token=hunter2", "private_key=hunter2", encrypted):
        url = f"snowflake://me@account/db/schema?{query}&host=127.0.0.1&port=1&protocol=http&login_timeout=1"
        with pytest.raises(WarehouseError) as refusal:
            read(open_engine(url), sa.text("select 1"))
        assert "hunter2" not in str(refusal.value)


SEES_NOTHING = """
import sys
from pathlib import Path
import gtm_metrics.cli, gtm_metrics.controls, gtm_metrics.refresh
from gtm_metrics.warehouse.door import open_engine, read
open_engine("postgresql+psycopg://me@127.0.0.1:1/db")
assert not [name for name in sys.modules if name.split(".")[0] == "snowflake"], "imported without need"
open_engine("snowflake://me@account/db/schema?authenticator=externalbrowser")
assert "snowflake.connector" in sys.modules
"""


def test_the_connector_is_imported_when_it_is_used_and_not_before() -> None:
    """App and commands come up without it; only an engine of Snowflake's makes Python load it."""
    ran = subprocess.run([sys.executable, "-c", SEES_NOTHING], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr


GRANTS = Path(__file__).parent.parent / "scripts" / "grants.sql"


def test_the_grants_are_usage_and_select_and_a_role() -> None:
    """What scripts/grants.sql grants lets nobody change anything, and it drops and replaces nothing that is there."""
    text = re.sub("--.*", "", GRANTS.read_text(encoding="utf-8"))
    statements = [" ".join(statement.split()).lower() for statement in text.split(";") if statement.strip()]
    grants = [statement.split() for statement in statements if statement.startswith("grant")]
    assert {words[1] for words in grants} == {"usage", "select", "role"}
    others = [statement for statement in statements if not statement.startswith("grant")]
    assert all(re.match(r"create [a-z ]+ if not exists |alter warehouse gtm_wh set ", each) for each in others), others


def test_every_parameter_and_authenticator_is_documented() -> None:
    """docs/snowflake.md lists what may stand in the section, in the words of PARAMETERS."""
    text = DOCS.read_text(encoding="utf-8")
    for name, meaning in PARAMETERS.items():
        assert f"| `{name}` | {meaning} |" in text, name
    for name in AUTHENTICATORS:
        assert name in text, name
