"""The command `bean-milestones`: a thin door to the reports.

common      options, loading and printing, alike for every command
tables      reports as tables, and the days of a period
milestones  the table that status, unbilled and outstanding share
reporting   reports of one ledger or of several
several     one report over several ledgers
files       what commands write
versions    a file, or what a git revision had

and one file for each command, with its name.
"""

import click

from beancount_milestones.cli.aging import aging
from beancount_milestones.cli.application import application
from beancount_milestones.cli.calendar import calendar
from beancount_milestones.cli.changes import changes
from beancount_milestones.cli.check import check
from beancount_milestones.cli.contracts import contracts
from beancount_milestones.cli.diff import diff
from beancount_milestones.cli.forecast import forecast
from beancount_milestones.cli.ids import ids
from beancount_milestones.cli.import_ import import_
from beancount_milestones.cli.invoice import invoice
from beancount_milestones.cli.invoices import invoices
from beancount_milestones.cli.outstanding import outstanding
from beancount_milestones.cli.print import print_
from beancount_milestones.cli.reconcile import reconcile
from beancount_milestones.cli.remind import remind
from beancount_milestones.cli.revenue import revenue
from beancount_milestones.cli.rollforward import rollforward
from beancount_milestones.cli.schedule import schedule
from beancount_milestones.cli.statement import statement
from beancount_milestones.cli.status import status
from beancount_milestones.cli.taxes import taxes
from beancount_milestones.cli.unbilled import unbilled
from beancount_milestones.cli.withheld import withheld
from beancount_milestones.garbage import no_garbage


@click.group()
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""
    # A command makes nothing that is not needed to its end.
    click.get_current_context().with_resource(no_garbage())


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
