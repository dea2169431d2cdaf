"""A ledger for month-end: bridges, tax, a supplier, tax withheld, hand-written invoices."""

LEDGER = """\
plugin "beancount_milestones"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Receivable
2026-01-01 open Assets:Unbilled
2026-01-01 open Assets:TDS
  settles-as: "withholding"
2026-01-01 open Liabilities:Deferred
2026-01-01 open Liabilities:VAT
  tax: "20%"
2026-01-01 open Liabilities:Payable
2026-01-01 open Income:Work
2026-01-01 open Expenses:Rent
2026-01-01 open Expenses:Subs

2026-01-08 * "Acme" "Brand"
  contract: "brand"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  milestone-one: "25% 2026-02-01 Mock-ups"
  milestone-two: "25% 2026-03-10 Draft"
  milestone-three: "rest 2026-06-30 Final"
  Assets:Receivable    1,200.00 GBP
  Liabilities:VAT       -200.00 GBP
  Income:Work
2026-01-20 custom "milestone" "brand" "one" "completed"
  invoice: "INV-1"
2026-02-10 custom "milestone" "brand" "two" "progress" 60
2026-02-20 custom "milestone" "brand" "three" "invoiced" 50
  invoice: "INV-2"
2026-02-15 * "Acme" "Less tax" ^INV-1
  Assets:Bank            250.00 GBP
  Assets:TDS              30.00 GBP
  Assets:Receivable
2026-02-25 * "Landlord" "Rent"
  Expenses:Rent          100.00 GBP
  Liabilities:VAT         20.00 GBP
  Assets:Bank
2026-02-26 * "Bolt" "Hosting" ^HAND-1
  Assets:Receivable      120.00 GBP
  Liabilities:VAT        -20.00 GBP
  Income:Work
2026-03-05 * "Acme" "Rest" ^INV-1
  Assets:Bank             20.00 GBP
  Assets:Receivable
2026-03-06 * "Bolt" "Hosting" ^HAND-1
  Assets:Bank             60.00 GBP
  Assets:Receivable
2026-01-08 * "Sub" "Printing"
  contract: "print"
  milestone-all: "100% Printed"
  Liabilities:Payable   -400.00 GBP
  Expenses:Subs
2026-02-11 custom "milestone" "print" "all" "completed"
  invoice: "S-1"
2026-03-11 * "Sub" "Printing" ^S-1
  Liabilities:Payable    400.00 GBP
  Assets:TDS             -40.00 GBP
  Assets:Bank
"""
