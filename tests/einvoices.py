"""A ledger with one of each kind of invoice, for the tests of documents."""

OPENS = """
plugin "beancount_milestones"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Receivable
2026-01-01 open Assets:Retention
2026-01-01 open Liabilities:Deposits
2026-01-01 open Liabilities:VAT19
  tax: "S 19%"
2026-01-01 open Liabilities:VAT7
  tax: "S 7%"
2026-01-01 open Liabilities:VAT55
  tax: "5.5%"
2026-01-01 open Liabilities:Consumption
  tax: "10%"
2026-01-01 open Liabilities:Reverse
  tax: "AE"
2026-01-01 open Liabilities:Small
  tax: "E 0% VATEX-FR-FRANCHISE Article 293 B"
2026-01-01 open Liabilities:Union
  tax: "K"
2026-01-01 open Liabilities:Export
  tax: "G"
2026-01-01 open Liabilities:Zero
  tax: "Z"
2026-01-01 open Liabilities:Outside
  tax: "O"
2026-01-01 open Income:Work
2026-01-01 open Expenses:Losses
"""

SELLER = """
2026-01-01 custom "seller" "Studio North GmbH"
  address: "Musterstr. 1, 10115 Berlin"
  country: "DE"
  vat-id: "DE123456788"
  tax-id: "37/123/45678"
  email: "billing@north.example"
  phone: "+49 30 123456"
  iban: "DE89370400440532013000"
  bic: "COBADEFFXXX"
"""

CLIENT = """
2026-01-01 custom "client" "Acme"
  name: "Acme & Sons SA"
  address: "Service achats\\n1 rue de la Paix\\n75002 Paris"
  country: "FR"
  vat-id: "FR40303265045"
  email: "ap@acme.example"
"""

#: By contract: its postings, its keys and milestones, and what happened.
CONTRACTS = """
2026-01-08 * "Acme" "Brand identity"
  contract: "brand"
  terms: "2/10 net 30"
  order: "PO-77"
  milestone-mockups: "30% 2026-02-01 Mock-ups <first>"
  milestone-final: "rest 2026-03-01 Final logo"
  Assets:Receivable         11,900.00 EUR
  Liabilities:VAT19         -1,900.00 EUR
  Income:Work
2026-02-01 custom "milestone" "brand" "mockups" "completed"
  invoice: "B-1"
2026-02-10 custom "milestone" "brand" "final" "progress" 40
2026-02-20 custom "milestone" "brand" "final" "progress" 60
  invoice: "B-2"
2026-02-25 * "Acme" "Part of it" ^B-2
  Assets:Bank                1,000.00 EUR
  Assets:Receivable         -1,000.00 EUR
2026-03-05 custom "milestone" "brand" "final" "credited" 20
  invoice: "B-3"

2026-01-08 * "Acme" "Desk, deposit"
  contract: "desk"
  milestone-deposit: "100% 2026-01-12 With the order"
  Assets:Receivable          3,570.00 EUR
  Liabilities:VAT19           -570.00 EUR
  Liabilities:Deposits      -3,000.00 EUR
2026-01-08 * "Acme" "Desk"
  contract: "desk"
  milestone-survey: "40% 2026-02-27 Survey and drawings"
  milestone-build: "60% 2026-04-24 Built and fitted"
  Assets:Receivable          8,330.00 EUR
  Liabilities:Deposits       3,000.00 EUR
  Liabilities:VAT19         -1,330.00 EUR
  Income:Work              -10,000.00 EUR
2026-01-12 custom "milestone" "desk" "deposit" "invoiced" 50
  invoice: "D-1"
2026-01-19 custom "milestone" "desk" "deposit" "invoiced"
  invoice: "D-2"
2026-02-27 custom "milestone" "desk" "survey" "completed"
  invoice: "D-3"
2026-04-24 custom "milestone" "desk" "build" "completed"
  invoice: "D-4"
2026-04-26 custom "milestone" "desk" "build" "credited"
  invoice: "D-5"

2026-01-08 * "Acme" "Reverse charge"
  contract: "reverse"
  milestone-a: "100% Advice"
  Assets:Receivable            500.00 EUR
  Liabilities:Reverse            0.00 EUR
  Income:Work                 -500.00 EUR
2026-02-01 custom "milestone" "reverse" "a" "completed"
  invoice: "R-1"

2026-01-08 * "Acme" "Small business"
  contract: "small"
  milestone-a: "100% Advice"
  Assets:Receivable            500.00 EUR
  Liabilities:Small              0.00 EUR
  Income:Work                 -500.00 EUR
2026-02-01 custom "milestone" "small" "a" "completed"
  invoice: "S-1"

2026-01-08 * "Acme" "Goods for the union"
  contract: "union"
  milestone-a: "100% Machine"
  Assets:Receivable            500.00 EUR
  Liabilities:Union              0.00 EUR
  Income:Work                 -500.00 EUR
2026-02-01 custom "milestone" "union" "a" "invoiced"
  invoice: "U-1"

2026-01-08 * "Acme" "Export"
  contract: "export"
  milestone-a: "100% Machine"
  Assets:Receivable            500.00 USD
  Liabilities:Export             0.00 USD
  Income:Work                 -500.00 USD
2026-02-01 custom "milestone" "export" "a" "completed"
  invoice: "X-1"

2026-01-08 * "Acme" "Zero rated"
  contract: "zero"
  milestone-a: "100% Books"
  Assets:Receivable            500.00 EUR
  Liabilities:Zero               0.00 EUR
  Income:Work                 -500.00 EUR
2026-02-01 custom "milestone" "zero" "a" "completed"
  invoice: "Z-1"

2026-01-08 * "Acme" "Outside the scope"
  contract: "outside"
  milestone-a: "100% Damages"
  Assets:Receivable            500.00 EUR
  Liabilities:Outside            0.00 EUR
  Income:Work                 -500.00 EUR
2026-02-01 custom "milestone" "outside" "a" "completed"
  invoice: "O-1"

2026-01-08 * "Acme" "Two rates"
  contract: "two"
  milestone-a: "1/3 Catering"
  milestone-b: "1/3 Catering again"
  milestone-c: "rest Clean-up"
  Assets:Receivable
  Liabilities:VAT19           -190.01 EUR
  Liabilities:VAT7             -70.00 EUR
  Liabilities:Zero               0.00 EUR
  Income:Work               -2,100.00 EUR
2026-02-01 custom "milestone" "two" "a" "completed"
  invoice: "T-1"
2026-02-01 custom "milestone" "two" "b" "completed"
  invoice: "T-1"
2026-02-02 custom "milestone" "two" "c" "completed"
  invoice: "T-2"

2026-01-08 * "Acme" "Rates with decimals"
  contract: "decimals"
  milestone-a: "33.3333% First"
  milestone-b: "rest Second"
  Assets:Receivable          1,055.00 EUR
  Liabilities:VAT55            -55.00 EUR
  Income:Work               -1,000.00 EUR
2026-02-01 custom "milestone" "decimals" "a" "completed"
  invoice: "P-1"

2026-01-08 * "Acme" "In yen"
  contract: "yen"
  milestone-a: "1/3 First"
  milestone-b: "rest Second"
  Assets:Receivable           110,000 JPY
  Liabilities:Consumption     -10,000 JPY
  Income:Work                -100,000 JPY
2026-02-01 custom "milestone" "yen" "a" "completed"
  invoice: "J-1"

2026-01-08 * "Acme" "Barn"
  contract: "barn"
  retention: Assets:Retention
  milestone-frame: "100% Frame"
  Assets:Receivable         10,900.00 EUR
  Assets:Retention           1,000.00 EUR
  Liabilities:VAT19         -1,900.00 EUR
  Income:Work              -10,000.00 EUR
2026-01-08 * "Acme" "Barn, retention"
  contract: "barn"
  milestone-release: "100% Release"
  Assets:Receivable          1,000.00 EUR
  Assets:Retention          -1,000.00 EUR
2026-02-01 custom "milestone" "barn" "frame" "completed"
  invoice: "H-1"
2026-08-01 custom "milestone" "barn" "release" "invoiced"
  invoice: "H-2"

2026-01-08 * "Acme" "Road"
  contract: "road"
  milestone-1: "60% Gravel"
  milestone-2: "rest Asphalt"
  Assets:Receivable          1,190.00 EUR
  Liabilities:VAT19           -190.00 EUR
  Income:Work
2026-02-01 * "Acme" "Road, less of it"
  contract: "road"
  milestone-less: "100% No kerb"
  Assets:Receivable           -119.00 EUR
  Liabilities:VAT19             19.00 EUR
  Income:Work
2026-02-28 custom "contract" "road" "progress"
  invoice: "PA-1"
  milestone-1: 100
  milestone-2: 50
2026-03-31 custom "contract" "road" "progress"
  invoice: "PA-2"
  milestone-2: 40
  milestone-less: 100
2026-04-01 * "Acme" "Set off" ^PA-1
  Liabilities:Deposits         100.00 EUR
  Assets:Receivable           -100.00 EUR

2026-05-01 * "Acme" "A day of advice" ^M-1
  invoice: "M-1"
  Assets:Receivable            119.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Income:Work                 -100.00 EUR
2026-05-03 * "Acme" "Advice, too much of it"
  invoice: "M-2"
  Assets:Receivable            -11.90 EUR
  Liabilities:VAT19              1.90 EUR
  Income:Work                   10.00 EUR
"""

LEDGER = OPENS + SELLER + CLIENT + CONTRACTS
