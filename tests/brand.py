"""A contract with two milestones, and its accounts, for the tests of reading."""

ACCOUNTS = """\
plugin "beancount_milestones"
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Receivable:Beta
2020-01-01 open Assets:Retention
2020-01-01 open Assets:Unbilled
2020-01-01 open Liabilities:Deferred
2020-01-01 open Liabilities:VAT
2020-01-01 open Income:Design
2020-01-01 open Income:Licences
"""
BRAND = """
2026-01-10 * "Acme" "Brand identity"
  contract: "acme-brand"
  milestone-mockups: "30% 2026-02-01 Mockups"
  milestone-final: "rest"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design
"""
