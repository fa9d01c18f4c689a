"""The same numbers without a browser: `gtm-metrics COMMAND`, each command in a file of commands/.

Exit codes: 0 fine (also too early or refused, with rows), 1 data trouble, 2 usage, 3 (digest) a state changed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from gtm_metrics import logs
from gtm_metrics.commands.alternatives import add_alternatives
from gtm_metrics.commands.asking import as_of_day, looks_again
from gtm_metrics.commands.customers import add_customers
from gtm_metrics.commands.decide import add_decide
from gtm_metrics.commands.deck import add_deck
from gtm_metrics.commands.digest import add_digest
from gtm_metrics.commands.funnel import add_funnel
from gtm_metrics.commands.init import UNWRITTEN, add_init
from gtm_metrics.commands.journal import add_journal
from gtm_metrics.commands.markets import add_markets
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.commands.signal import add_signal
from gtm_metrics.commands.support import add_support
from gtm_metrics.commands.warehouse import add_warehouse, report
from gtm_metrics.company import Company, Refused, read_company
from gtm_metrics.journal import JournalError
from gtm_metrics.warehouse import WarehouseError, WarehouseRefuses
from gtm_metrics.warehouse.build import LoadFailed

FINE, TROUBLE, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(argv)
    today = datetime.now(UTC).date()
    try:
        logs.set_up(os.environ, usual="error")
    except ValueError as wrong:
        tell(str(wrong))
        return USAGE
    try:
        company = _company(options)
        code: int = options.run(options, company, options.as_of or None, today)
        sys.stdout.flush()
        return code
    except Refused as refused:
        tell(str(refused))
        return USAGE
    except LoadFailed as failed:
        show(report(failed.facts), options.format)
        tell(str(failed))
        return TROUBLE
    except (WarehouseError, JournalError) as trouble:
        tell(f"{trouble}{looks_again(company) if isinstance(trouble, WarehouseRefuses) else ''}")
        return TROUBLE
    except BrokenPipeError:
        # whoever reads has enough; what is left must not be written when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}; {self.prog} --help says more\n")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="the company's settings (default gtm.toml)")
    common.add_argument("--as-of", type=as_of_day, metavar="DATE", help="count what was known at this day's end (UTC)")
    common.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="how rows are printed (default table)"
    )
    parser = _Parser(prog="gtm-metrics", description="Funnel health by segment, without a browser.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str, *parents: _Parser) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, parents=[common, *parents])
        sub.set_defaults(run=run)
        return sub

    add_warehouse(command)
    add_funnel(command)
    add_alternatives(command)
    add_markets(command)
    add_signal(command)
    add_decide(command)
    add_journal(command)
    add_support(command)
    add_init(command)
    add_customers(command)
    add_deck(command)
    add_digest(command)
    return parser


def _company(options: argparse.Namespace) -> Company:
    """The company of the settings file; for init, which writes that file to options.target, one of every default."""
    if options.command != "init":
        return read_company(_config(options.config))
    options.target = options.config or _config(None)
    return read_company(options.target.parent / UNWRITTEN)


def _config(asked: Path | None) -> Path:
    """The settings file: the one asked for, else that of GTM_CONFIG, as the app reads it, else gtm.toml here."""
    if asked is not None and not asked.is_file():
        raise Refused(f"there is no settings file {asked}")
    return asked or Path(os.environ.get("GTM_CONFIG") or "gtm.toml")


if __name__ == "__main__":
    sys.exit(main())
