"""The command `bean-milestones`: a thin door to the reports.

common      options, loading and printing, alike for every command
milestones  status, unbilled, outstanding
print       print
contracts   aging, contracts
accounts    reconcile
files       what commands write
reporting   reports of one ledger or of several
several     one report over several ledgers
tables      reports as tables, and the days of a period
versions    a file, or what a git revision had
and application, calendar, changes, check, diff, forecast, ids, import, invoice, invoices, remind,
revenue, rollforward, schedule, statement, taxes, withheld, each by itself
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
from beancount_milestones.cli.ids import ids
from beancount_milestones.cli.import_ import import_
from beancount_milestones.cli.invoice import invoice
from beancount_milestones.cli.invoices import invoices
from beancount_milestones.cli.milestones import outstanding, status, unbilled
from beancount_milestones.cli.print import print_
from beancount_milestones.cli.remind import remind
from beancount_milestones.cli.revenue import revenue
from beancount_milestones.cli.rollforward import rollforward
from beancount_milestones.cli.schedule import schedule
from beancount_milestones.cli.statement import statement
from beancount_milestones.cli.taxes import taxes
from beancount_milestones.cli.withheld import withheld


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
    rollforward,
    taxes,
    revenue,
    withheld,
    changes,
    diff,
    check,
    invoice,
    remind,
    schedule,
    application,
    calendar,
    ids,
    import_,
    print_,
):
    main.add_command(command)
