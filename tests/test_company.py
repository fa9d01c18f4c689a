"""gtm.toml says what a company means, and is refused with file, key, value, range and meaning where it cannot."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from gtm_metrics.company import BY_KEY, SECRET, SETTINGS, Company, Dimension, Refused, Setting, read_company
from gtm_metrics.definitions import setting_definitions
from gtm_metrics.vocabulary import LISTS, WordList, plain_words, words_of

ROOT = Path(__file__).parent.parent
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
INTEGERS = [setting for setting in SETTINGS if setting.kind == "integer"]
TEXTS = [setting for setting in SETTINGS if setting.kind == "text"]
LINKS = [setting for setting in TEXTS if setting.key in ("display.account_url", "display.opportunity_url")]

NUMBERS = [setting for setting in SETTINGS if setting.kind in ("number", "numbers")]

FIELD = {"display.company": "name", "signal.dimensions": "watched", "signal.thesis": "thesis",
         "journal.url": "journal_url"}
"""Settings that a Company holds under another name than the last part of their key."""


def told(tmp_path: Path, text: str, **environ: str) -> Company:
    """The company of a gtm.toml with this text, in an environment that holds nothing else."""
    file = tmp_path / "gtm.toml"
    file.write_text(text, encoding="utf-8")
    return read_company(file, environ)


def line(key: str, value: str) -> str:
    """A gtm.toml that sets one key to a value written as TOML."""
    section, name = key.split(".")
    return f"[{section}]\n{name} = {value}\n"


def held(company: Company, key: str) -> Any:
    """What a company holds for a setting."""
    if key.startswith("signal.") and key not in FIELD:
        return getattr(company.rules, key.split(".")[1])
    if key.startswith("access."):
        return getattr(company.access, key.split(".")[1])
    if key.startswith("markets."):
        return company.markets.held(key.split(".")[1])
    if key.startswith("value."):
        return dict(company.weights)[key.split(".")[1]]
    if key.startswith("criteria."):
        return dict(company.limits)[key.split(".")[1]]
    return getattr(company, FIELD.get(key, key.split(".")[1]))


def refusal(tmp_path: Path, text: str) -> str:
    """What is said of a gtm.toml with this text; one line."""
    with pytest.raises(Refused) as caught:
        told(tmp_path, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def key_of(setting: Setting) -> str:
    """A setting as a test's name says it."""
    return setting.key


@pytest.mark.parametrize("setting", [s for s in SETTINGS if s.key != "warehouse.url"], ids=key_of)
def test_every_setting_has_its_default(tmp_path: Path, setting: Setting) -> None:
    """What gtm.toml does not say has the default that SETTINGS states; so has everything where there is no file."""
    default = () if setting.default in ((), {}) else setting.default
    default = None if setting.kind == "thesis" else default
    assert held(told(tmp_path, ""), setting.key) == default
    assert held(read_company(tmp_path / "none.toml", {}), setting.key) == default


@pytest.mark.parametrize("setting", INTEGERS, ids=key_of)
def test_both_ends_of_a_range_are_in_it(tmp_path: Path, setting: Setting) -> None:
    """The lowest and the highest value that SETTINGS allows are taken as they are."""
    assert setting.low is not None
    assert setting.high is not None
    for value in (int(setting.low), int(setting.high)):
        assert held(told(tmp_path, line(setting.key, str(value))), setting.key) == value


@pytest.mark.parametrize("setting", INTEGERS, ids=key_of)
def test_a_value_beyond_its_range_is_refused(tmp_path: Path, setting: Setting) -> None:
    """One below, one above, and what is no whole number are refused with file, key, value, range, unit and meaning."""
    assert setting.low is not None
    assert setting.high is not None
    for written, shown in ((f"{int(setting.low) - 1}", f"{int(setting.low) - 1}"),
                           (f"{int(setting.high) + 1}", f"{int(setting.high) + 1}"),
                           ("12.0", "12.0"), ("true", "True"), ('"12"', "'12'"), ("[12]", "[12]")):
        assert refusal(tmp_path, line(setting.key, written)) == (
            f"gtm.toml: {setting.key} is {shown}; it must be a whole number of {setting.unit} from "
            f"{setting.low:,} to {setting.high:,} ({setting.meaning}).")


@pytest.mark.parametrize("setting", NUMBERS, ids=key_of)
def test_a_constant_beyond_its_range_is_refused(tmp_path: Path, setting: Setting) -> None:
    """A constant of the signal or a weight is taken at its default, number or list, and refused beyond its range."""
    values = setting.default if isinstance(setting.default, tuple) else (setting.default,)
    written = repr(list(values)) if setting.kind == "numbers" else repr(values[0])
    assert held(told(tmp_path, line(setting.key, written)), setting.key) == setting.default
    assert setting.high is not None
    for beyond in (setting.high + 1, -1.5, "nan", "true", '"0.1"', "[]"):
        said = refusal(tmp_path, line(setting.key, str(beyond)))
        assert f"gtm.toml: {setting.key} is " in said
        assert f"from {setting.low:g} to {setting.high:g}" in said
        assert setting.meaning in said


def test_constants_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    """A state that would be left above where it is entered is refused, though each number alone is allowed."""
    assert "gtm.toml: signal" in refusal(tmp_path, "[signal]\nwatch = 5\nwatch_left = 50\n")


def test_a_score_of_nothing_is_refused(tmp_path: Path) -> None:
    """Some weight must be above 0; one that is alone may be any."""
    nothing = "".join(f"{key} = 0\n" for key in ("retention", "advocacy", "engagement", "revenue"))
    said = refusal(tmp_path, f"[value]\n{nothing}")
    assert "value.retention" in said
    assert "at least one must be above 0, up to 100" in said
    assert dict(told(tmp_path, f"[value]\n{nothing}support = 3\n").weights)["support"] == 3


@pytest.mark.parametrize("part", ["ease", "benefit"])
def test_markets_judged_by_nothing_are_refused(tmp_path: Path, part: str) -> None:
    """Of ease and of benefit some weight must be above 0."""
    keys = [s.key.split(".")[1] for s in SETTINGS if s.key.startswith(f"markets.{part}_")]
    said = refusal(tmp_path, "[markets]\n" + "".join(f"{key} = 0\n" for key in keys))
    assert f"markets.{keys[0]}" in said
    assert "at least one must be above 0, up to 100" in said
    assert told(tmp_path, f"[markets]\n{keys[0]} = 0\n").markets.held(keys[0]) == 0


@pytest.mark.parametrize("setting", [s for s in TEXTS if s.key not in SECRET], ids=key_of)
def test_text_that_is_no_text_is_refused(tmp_path: Path, setting: Setting) -> None:
    """A number where text belongs is refused with key, value and meaning."""
    assert refusal(tmp_path, line(setting.key, "3")) == (
        f"gtm.toml: {setting.key} is 3; it must be text ({setting.meaning}).")


def test_a_refused_warehouse_url_is_not_shown(tmp_path: Path) -> None:
    """A URL in the wrong form may hold a password all the same: the message does not repeat it."""
    said = refusal(tmp_path, line("warehouse.url", '["postgresql://u:lenient-otter@db.example/x"]'))
    assert said.startswith("gtm.toml: warehouse.url is something else; it must be text")
    assert "lenient-otter" not in said


@pytest.mark.parametrize("setting", LINKS, ids=key_of)
@pytest.mark.parametrize("value", ["https://crm.example.com/", "javascript:{account_id}{opportunity_id}",
                                   "{account_id}{opportunity_id}"])
def test_a_crm_link_needs_the_id_and_http(tmp_path: Path, setting: Setting, value: str) -> None:
    """An address without the id in it, or of another scheme than http, is refused; empty and complete ones are not."""
    field = setting.key.removeprefix("display.").removesuffix("_url") + "_id"
    assert f"it must be an http(s) address that holds {{{field}}}" in refusal(
        tmp_path, line(setting.key, f'"{value}"'))
    for good in ("", f"https://crm.example.com/{{{field}}}"):
        assert held(told(tmp_path, line(setting.key, f'"{good}"')), setting.key) == good


@pytest.mark.parametrize("value", ["gtm.example.com", "javascript:x", "https://", "https://gtm.example.com/?as_of=x",
                                   "https://gtm.example.com/#top", "https://gtm.example.com/) [x](y"])
def test_the_dashboards_address_is_one(tmp_path: Path, value: str) -> None:
    """Views are written after it: another scheme than http, a query, a fragment or a bracket in it is refused."""
    assert "it must be an http(s) address without ?, # and brackets" in refusal(
        tmp_path, line("display.dashboard_url", f'"{value}"'))
    for good in ("", "http://10.0.0.4:8501", "https://gtm.example.com/app/"):
        assert told(tmp_path, line("display.dashboard_url", f'"{good}"')).dashboard_url == good


@pytest.mark.parametrize(("text", "says"), [
    ("[metrics]\nminimum_trial = 30\n", "metrics.minimum_trial is not a setting; did you mean metrics.minimum_trials?"),
    ("[metric]\nminimum_trials = 30\n", "metric.minimum_trials is not a setting; did you mean metrics.minimum_trials?"),
    ('url = "duckdb:///x"\n', f"url is not a setting; there are {', '.join(BY_KEY)}"),
    ("[colours]\nahead = 'green'\n", f"colours.ahead is not a setting; there are {', '.join(BY_KEY)}"),
    ("metrics = 3\n", f"metrics is not a setting; there are {', '.join(BY_KEY)}"),
])
def test_an_unknown_key_is_refused_with_a_hint(tmp_path: Path, text: str, says: str) -> None:
    """A key that is no setting is refused, with the one that was probably meant or else with all there are."""
    assert refusal(tmp_path, text) == f"gtm.toml: {says}"


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    """A file that TOML cannot read, or that is not UTF-8 or no file, is refused with its name and the place."""
    said = refusal(tmp_path, "[warehouse\nurl = 3\n")
    assert said.startswith("gtm.toml: not a TOML file: ")
    assert "line 1" in said
    (tmp_path / "latin.toml").write_bytes('[display]\ncompany = "Käse"\n'.encode("latin-1"))
    with pytest.raises(Refused, match=r"^latin\.toml: not a TOML file: "):
        read_company(tmp_path / "latin.toml", {})
    with pytest.raises(Refused, match="cannot be read: Is a directory"):
        read_company(tmp_path, {})


def test_a_relative_path_starts_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative DuckDB path starts at gtm.toml's folder, wherever the process runs; other addresses stay."""
    (tmp_path / "here").mkdir()
    (tmp_path / "gtm.toml").write_text(line("warehouse.url", '"duckdb:///data/x.duckdb"'), encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    assert read_company(Path("../gtm.toml"), {}).url == f"duckdb:///{tmp_path}/here/../data/x.duckdb"
    monkeypatch.chdir(tmp_path)
    assert read_company(Path("gtm.toml"), {}).url == f"duckdb:///{tmp_path}/data/x.duckdb"
    for url in ("duckdb:////srv/x.duckdb", "duckdb:///:memory:", "postgresql://db.example/x", "snowflake://a/b/c"):
        assert told(tmp_path, line("warehouse.url", f'"{url}"')).url == url


def test_the_environment_names_the_warehouse_first(tmp_path: Path) -> None:
    """GTM_WAREHOUSE goes before gtm.toml, relative to its folder too; empty, it says nothing."""
    text = line("warehouse.url", '"duckdb:///data/x.duckdb"')
    assert told(tmp_path, text, GTM_WAREHOUSE="postgresql://db.example/x").url == "postgresql://db.example/x"
    assert told(tmp_path, text, GTM_WAREHOUSE="duckdb:///y.duckdb").url == f"duckdb:///{tmp_path}/y.duckdb"
    assert told(tmp_path, text, GTM_WAREHOUSE="").url == f"duckdb:///{tmp_path}/data/x.duckdb"


def test_dimensions_have_labels_and_edges(tmp_path: Path) -> None:
    """A dimension has the label that gtm.toml gives or its name in plain words; its edges come from gtm.toml alone."""
    company = told(tmp_path, """
        [segments]
        dimensions = ["primary_use", "employees"]
        [segments.labels]
        employees = "Company size"
        [segments.edges]
        employees = [50, 200, 1000]
        seats = [2.5]
    """)
    assert company.dimensions == (
        Dimension("primary_use", "Primary use"), Dimension("employees", "Company size", (50, 200, 1000)))
    assert company.dimension("seats") == Dimension("seats", "Seats", (2.5,))
    assert company.dimension("lead_source") == Dimension("lead_source", "Lead source")


@pytest.mark.parametrize(("edges", "bands"), [
    ((), ()),
    ((50,), ("under 50", "50 and more")),
    ((50, 200, 1000), ("under 50", "50 to 199", "200 to 999", "1,000 and more")),
    ((1, 2), ("under 1", "1", "2 and more")),
    ((1e6, 2.5e6), ("under 1,000,000", "1,000,000 to 2,499,999", "2,500,000 and more")),
    ((0.5, 2.5), ("under 0.5", "0.5 to under 2.5", "2.5 and more")),
    ((-10, 0), ("under -10", "-10 to -1", "0 and more")),
])
def test_bands_are_named_by_their_edges(edges: tuple[float, ...], bands: tuple[str, ...]) -> None:
    """Edges cut a number into one band more than there are edges; whole ones name the last whole number inside."""
    assert Dimension("x", "X", edges).bands() == bands


@pytest.mark.parametrize("written", ['"industry"', "[3]", '[""]', '["a", "b", "a"]'])
def test_dimensions_that_are_no_names_are_refused(tmp_path: Path, written: str) -> None:
    """Dimensions are a list of column names, each once."""
    said = refusal(tmp_path, line("segments.dimensions", written))
    assert said.startswith("gtm.toml: segments.dimensions is ")
    assert "it must be a list" in said


@pytest.mark.parametrize("written", ['"industry: DTC"', '{dimension = "industry"}', '{dimension = "a", segment = 3}',
                                     '{dimension = "a", segment = ""}', '{dimension = "a", segment = "b", c = "d"}'])
def test_a_thesis_that_names_no_segment_is_refused(tmp_path: Path, written: str) -> None:
    """A thesis is a dimension and a segment, both text and nothing else."""
    said = refusal(tmp_path, line("signal.thesis", written))
    assert said.startswith("gtm.toml: signal.thesis is ")
    assert 'it must be a table of dimension = "column" and segment = "value"' in said


def test_a_thesis_is_read_as_a_table_or_in_a_line(tmp_path: Path) -> None:
    """Both ways of writing it in TOML name the same segment, in a dimension that is watched."""
    declared = '[segments]\ndimensions = ["industry", "region", "team"]\n'
    for written in ('[signal]\nthesis = {dimension = "region", segment = "EU"}\n',
                    '[signal.thesis]\ndimension = "region"\nsegment = "EU"\n'):
        assert told(tmp_path, declared + written).thesis == ("region", "EU")
        assert told(tmp_path, written).thesis == ("region", "EU")


@pytest.mark.parametrize(("dimension", "segment", "says"), [
    ("team", "Sales", "signal.thesis.dimension is 'team'; it must be a watched dimension: industry, employees ("),
    ("employees", "small", "signal.thesis.segment is 'small'; it must be one of its edges' segments: under 50; "
                           "50 and more ("),
    ("industry", "(not set)", "signal.thesis.segment is '(not set)'; it must be a segment that can win ("),
])
def test_a_thesis_that_can_never_be_judged_is_refused(tmp_path: Path, dimension: str, segment: str, says: str) -> None:
    """A dimension that is not watched, a band that the edges do not make and "(not set)" are refused with what is."""
    said = refusal(tmp_path, f"""
[segments]
dimensions = ["industry", "employees", "team"]
edges = {{employees = [50]}}
[signal]
thesis = {{dimension = "{dimension}", segment = "{segment}"}}
""")
    assert said.startswith(f"gtm.toml: {says}")


@pytest.mark.parametrize("written", ["3", "{a = 3}", '{a = ""}'])
def test_labels_that_are_no_words_are_refused(tmp_path: Path, written: str) -> None:
    """Labels are words by column."""
    assert 'it must be a table of column = "words"' in refusal(tmp_path, line("segments.labels", written))


@pytest.mark.parametrize("written", ["3", "{a = 3}", "{a = []}", "{a = [5, 5]}", "{a = [9, 5]}", '{a = ["5"]}',
                                     "{a = [true]}", "{a = [nan]}", "{a = [1, inf]}"])
def test_edges_that_do_not_rise_are_refused(tmp_path: Path, written: str) -> None:
    """Edges are numbers, at least one, each larger than the one before, and finite."""
    assert "it must be a table of column = [numbers that rise]" in refusal(tmp_path, line("segments.edges", written))


def test_the_shipped_settings_are_read(tmp_path: Path) -> None:
    """The gtm.toml of this project is the demo company's: it is read, and its address lies in its folder."""
    company = read_company(ROOT / "gtm.toml", {})
    assert company.url == f"duckdb:///{ROOT.absolute()}/data/demo.duckdb"
    assert [d.name for d in company.dimensions][:2] == ["industry", "employees"]


def test_layouts_are_one_or_several(tmp_path: Path) -> None:
    """`layout` names one layout, `layouts` several in order; both, or none at all, are refused."""
    assert told(tmp_path, '[warehouse]\nlayout = "crm"\n').layouts == ("crm",)
    several = told(tmp_path, '[warehouse]\nlayouts = ["crm", "calls"]\n')
    assert (several.layouts, several.layout) == (("crm", "calls"), "crm + calls")
    assert "are both given" in refusal(tmp_path, '[warehouse]\nlayout = "crm"\nlayouts = ["crm"]\n')
    assert "at least one layout" in refusal(tmp_path, "[warehouse]\nlayouts = []\n")


def test_schemas_are_those_of_layouts_that_are_named(tmp_path: Path) -> None:
    """A schema belongs to a layout that is named; another is refused with those that are."""
    text = '[warehouse]\nlayouts = ["crm", "calls"]\n[warehouse.schemas]\n{} = "raw"\n'
    assert told(tmp_path, text.format("calls")).schemas == (("calls", "raw"),)
    assert "no layout of warehouse.layouts; there are crm, calls" in refusal(tmp_path, text.format("call"))


@pytest.mark.parametrize("written", ['"opportunity.loss_reason" = "why_c"', 'opportunity.loss_reason = "why_c"'])
def test_columns_are_named_with_or_without_quotes(tmp_path: Path, written: str) -> None:
    """A dotted key is one name whether it is quoted or, as TOML then has it, a table within a table."""
    assert told(tmp_path, f"[warehouse.columns]\n{written}\n").columns == (("opportunity.loss_reason", "why_c"),)


@pytest.mark.parametrize("written", ["3", "{reason = 'x'}", "{'a.b' = 3}", "{'a.b' = ''}", "{'a.b' = ['x']}"])
def test_columns_that_are_no_names_are_refused(tmp_path: Path, written: str) -> None:
    """A company's columns are names by relation and name."""
    said = refusal(tmp_path, f"[warehouse]\ncolumns = {written}\n")
    assert 'it must be a table of "relation.name" = "column"' in said


def test_words_replace_the_defaults_of_a_list(tmp_path: Path) -> None:
    """A company's words are kept by list, an empty list included; a list that is none is refused with all there are."""
    company = told(tmp_path, '[warehouse.words]\nunderstood_stages = ["3 - Sold on it"]\nno_decision = []\n')
    assert company.words == (("no_decision", ()), ("understood_stages", ("3 - Sold on it",)))
    assert ("understood_stages", "3 - sold on it", " 3 sold on it ") in words_of(dict(company.words))
    assert {name for name, _, _ in words_of({})} - {name for name, _, _ in words_of(dict(company.words))} == {
        "no_decision"}
    said = refusal(tmp_path, '[warehouse.words]\nno_decisions = ["x"]\n')
    assert said == f"gtm.toml: warehouse.words.no_decisions is no list; there are {', '.join(w.name for w in LISTS)}."
    for written in ("'x'", "[3]", "['']", "[' ']"):
        said = refusal(tmp_path, f"[warehouse.words]\nno_decision = {written}\n")
        assert 'it must be a table of list = ["word", "phrase"]' in said


def test_words_are_compared_whole() -> None:
    """Case, signs and runs of blanks do not matter, the ends of words do."""
    assert plain_words("No Decision / Non-Responsive") == " no decision non responsive "
    assert plain_words("known") not in plain_words("unknown")


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.name)
def test_every_list_of_words_is_documented(words: WordList) -> None:
    """docs/settings.md has a row a list, with its default words and its meaning."""
    assert documented()[words.name] == [", ".join(words.words), words.meaning]


def documented() -> dict[str, list[str]]:
    """The rows of the tables in docs/settings.md, by their first cell, without code marks."""
    rows = [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")]
            for row in SETTINGS_PAGE.splitlines() if row.startswith("|")]
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("row", setting_definitions().to_dict("records"), ids=lambda row: row["setting"])
def test_every_setting_is_documented(row: dict[str, str]) -> None:
    """docs/settings.md has a row a setting, with the default, range, unit and meaning that SETTINGS states."""
    found = documented().get(row["setting"])
    assert found is not None, f"docs/settings.md has no row for {row['setting']}"
    assert found == [row["default"] or "empty", row["range"], row["unit"], row["meaning"]]


def test_no_setting_is_documented_that_is_not_there() -> None:
    """docs/settings.md names no setting that SETTINGS does not have."""
    named = {key for key in documented() if re.fullmatch(r"[a-z]+\.[a-z_]+", key)}
    assert named == set(BY_KEY)


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    """The example in docs/settings.md is a gtm.toml that is read, and says what the text around it says."""
    indented = SETTINGS_PAGE.split("## An example")[1].split("##")[0]
    company = told(tmp_path, textwrap.dedent(indented))
    assert [d.name for d in company.dimensions] == ["industry", "employees", "region"]
    assert company.dimension("employees").label == "Company size"
    assert ", ".join(company.dimension("employees").bands()) in indented
    assert (company.won_in_time_weeks, company.fiscal_year_starts) == (13, 2)
