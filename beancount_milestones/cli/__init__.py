"""The command `bean-milestones`: a thin door to the reports.

common      options, loading and printing, alike for every command
milestones  status, unbilled, outstanding
"""

import click

from beancount_milestones.cli.milestones import outstanding, status, unbilled


@click.group()
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""


for command in (status, unbilled, outstanding):
    main.add_command(command)
