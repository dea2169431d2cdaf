"""The command `bean-milestones`: a thin door to the reports.

common      options, loading and printing, alike for every command
milestones  status, unbilled, outstanding
print       print
contracts   aging, contracts
accounts    reconcile
files       what commands write
versions    a file, or what a git revision had
and application, calendar, changes, check, diff, forecast, invoice, invoices, remind, schedule,
statement, each by itself
"""

import click

from beancount_milestones.cli.accounts import reconcile
from beancount_milestones.cli.application import application
from beancount_milestones.cli.calendar import calendar
from beancount_milestones.cli.changes import changes
from beancount_milestones.cli.check import check
from beancount_milestones.cli.contracts import aging, contracts
from beancount_milestones.cli.diff import diff
from beancount_milestones.cli.forecast import forecast
from beancount_milestones.cli.invoice import invoice
from beancount_milestones.cli.invoices import invoices
from beancount_milestones.cli.milestones import outstanding, status, unbilled
from beancount_milestones.cli.print import print_
from beancount_milestones.cli.remind import remind
from beancount_milestones.cli.schedule import schedule
from beancount_milestones.cli.statement import statement


@click.group()
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""


for command in (
    status,
    unbilled,
    outstanding,
    invoices,
    aging,
    contracts,
    reconcile,
    forecast,
    statement,
    changes,
    diff,
    check,
    invoice,
    remind,
    schedule,
    application,
    calendar,
    print_,
):
    main.add_command(command)
