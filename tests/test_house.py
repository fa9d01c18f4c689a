"""The documentation keeps up with the tree: rooms, commands and their options, links, and who may know Streamlit."""

from __future__ import annotations

import argparse
import ast
import itertools
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from gtm_metrics.cli import _parser

ROOT = Path(__file__).parent.parent
DOCS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")

ROOMS = sorted(
    path.stem
    for path in (ROOT / "gtm_metrics").iterdir()
    if not path.name.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").exists())
)


def subparsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, by its name."""
    actions = (action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(next(actions).choices)


def anchors(file: Path) -> set[str]:
    """What a link to a heading of the file may be called, as GitHub calls it."""
    heads = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_package_has_its_room_in_the_docs() -> None:
    """docs/house.md has a heading for each package and module of gtm_metrics, and for none that is not there."""
    headings = re.findall(r"^### (.*)$", (ROOT / "docs" / "house.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for heading in headings for name in heading.split(", ")) == ROOMS


def test_every_package_has_its_layer_and_may_not_know_streamlit() -> None:
    """import-linter's layers name each of them; all but controls and serving are forbidden to import Streamlit."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers, streamlit, _ = settings["contracts"]
    named = {name.strip() for layer in layers["layers"] for name in layer.split("|")}
    assert named == {f"gtm_metrics.{name}" for name in ROOMS}
    assert streamlit["forbidden_modules"] == ["streamlit"]
    assert set(streamlit["source_modules"]) == named - {"gtm_metrics.controls", "gtm_metrics.serving"}


def test_every_option_of_every_command_is_documented() -> None:
    """docs/commands.md has a heading a command, and under it a row each of its own options."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    parts = {part.split("`", 1)[0].split()[0]: part for part in text.split("## `gtm-metrics ")[1:]}
    assert sorted(parts) == sorted(subparsers())
    common = {"--help", "--config", "--as-of", "--format"}
    missing = [
        f"{name} {option}"
        for name, parser in subparsers().items()
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option not in common and f"| `{option}" not in parts[name]
    ]
    assert missing == []


def command_lines(file: Path) -> list[list[str]]:
    """The words after `gtm-metrics` wherever it is shown as code, up to what the shell takes; headings are no line."""
    text = re.sub(r"^#.*$|\$\([^)]*\)", "", file.read_text(encoding="utf-8").replace("\\\n", " "), flags=re.MULTILINE)
    shown = re.findall(r"^ {4}.*$", text, re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)
    called = [re.search(r"(?:^|[\s/])gtm-metrics ([a-z].*)$", line) for line in shown]
    words = [re.split(r"\s(?:[#;|&<]|2?>)", each[1])[0].rstrip(";") for each in called if each]
    return [shlex.split(each) for each in words if "..." not in each and not each.startswith("gtm-metrics ")]


def test_every_command_line_of_the_docs_is_one() -> None:
    """The program takes each command line that the documentation shows; words in capitals stand for a value."""
    known, strange = subparsers(), []
    for file in DOCS:
        for words in command_lines(file):
            # the name of a command alone is a mention of it
            if words[0] not in known:
                strange.append(f"{file.name}: {' '.join(words)}")
            elif len(words) > 1:
                try:
                    _parser().parse_args(words)
                except SystemExit:
                    strange.append(f"{file.name}: {' '.join(words)}")
    assert strange == []


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(file: Path) -> None:
    """A link of the documentation names a file that is there, and a heading of it."""
    broken = []
    for link in LINK.findall(file.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, heading = link.partition("#")
        target = (file.parent / path) if path else file
        if not target.exists() or (heading and heading not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_docs_is_in_their_index() -> None:
    """docs/README.md links to each of the other pages."""
    linked = set(LINK.findall((ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    assert {file.name for file in (ROOT / "docs").glob("*.md")} - {"README.md"} <= linked


def said_by_the_program() -> str:
    """Every text in the program's source, a line each; what is put into one is the mark \\0, or each of two words."""

    def variants(node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            return ["".join(parts) for parts in itertools.product(*map(variants, node.values))]
        if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.IfExp):
            return [text for one in (node.value.body, node.value.orelse) for text in variants(one)]
        return ["\0"]

    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "gtm_metrics").rglob("*.py")))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.Constant, ast.JoinedStr)))
    return "\n".join(" ".join(text.split()) for node in nodes for text in variants(node))


def test_every_symptom_is_told_in_the_words_of_the_program() -> None:
    """What docs/troubleshoot.md quotes as seen is said so by the program, `...` being what differs."""
    text = (ROOT / "docs" / "troubleshoot.md").read_text(encoding="utf-8").split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    quoted = [words for cell in cells for words in re.findall(r'"([^"]+)"', cell)]
    said = said_by_the_program()
    assert len(quoted) >= 17
    for words in quoted:
        pattern = ".*".join(re.escape(part) for part in words.split("..."))
        assert re.search(pattern, said), words
