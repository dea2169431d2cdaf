"""The calendar: due dates, targets, acceptance clocks, next reminders."""

from datetime import date

from beancount import loader

from beancount_milestones.documents.calendar import calendar, events
from beancount_milestones.model import of_register
from beancount_milestones.reports import Books

LEDGER = """
option "title" "Studio, North; \\\\ Süd"
plugin "beancount_milestones"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Receivable
2026-01-01 open Liabilities:Payable
2026-01-01 open Income:Work
2026-01-01 open Expenses:Work
2026-01-08 * "Acme" "Brand identity"
  contract: "brand"
  terms: "2/10 net 30"
  acceptance: 14
  milestone-mockups: "30% 2026-02-01 Mock-ups, first"
  milestone-final: "30% 2026-03-01"
  milestone-delivered: "30% 2026-04-01 Files"
  milestone-someday: "rest"
  Assets:Receivable  10,000.00 EUR
  Income:Work
2026-01-09 ! "Acme" "Website"
  contract: "website"
  milestone-a: "100% 2026-06-01 Website"
  Assets:Receivable  10,000.00 EUR
  Income:Work
2026-01-10 * "Sub" "Roof"
  contract: "roof"
  terms: "net 14"
  milestone-a: "100% 2026-02-20 Roof"
  Expenses:Work  500.00 EUR
  Liabilities:Payable
2026-02-01 custom "milestone" "brand" "mockups" "completed"
  invoice: "B-1"
2026-02-05 custom "milestone" "brand" "delivered" "delivered"
2026-02-10 custom "milestone" "roof" "a" "completed"
  invoice: "S-9"
"""


def books_of(text: str = LEDGER, as_of: date = date(2026, 2, 10)) -> Books:
    entries, errors, options = loader.load_string(text)
    assert not errors
    register = of_register(options)
    assert register
    return Books(register, entries, options, as_of)


def told(books: Books) -> list[tuple[str, str, str]]:
    return [(str(event.date), event.kind, event.summary) for event in events(books)]


def test_what_lies_ahead() -> None:
    assert told(books_of()) == [
        ("2026-02-19", "acceptance", "Accepted: Files (brand)"),
        ("2026-02-24", "due", "Pay S-9: 500.00 EUR to Sub"),
        ("2026-03-01", "target", "Target: final (brand)"),
        ("2026-03-03", "due", "B-1 is due: 3,000.00 EUR from Acme"),
        ("2026-03-10", "reminder", "Remind Acme of B-1: 3,000.00 EUR"),
    ]
    descriptions = {event.summary[:3]: event.description for event in events(books_of())}
    assert descriptions["B-1"] == "Invoice of 2026-02-01, 2% off until 2026-02-11"
    assert descriptions["Pay"] == "Invoice of 2026-02-10"


def test_a_reminder_that_was_sent_moves_the_next_one() -> None:
    sent = LEDGER + '2026-03-11 custom "reminder" "B-1" 1\n'
    later = books_of(sent, date(2026, 3, 12))
    (reminder,) = (event for event in events(later) if event.kind == "reminder")
    assert (reminder.date, reminder.since) == (date(2026, 3, 17), date(2026, 3, 11))
    assert reminder.description == "Reminder 2, if it is not paid by then"
    (before,) = (
        event for event in events(books_of(sent, date(2026, 3, 10))) if event.kind == "reminder"
    )
    assert (before.date, before.since) == (date(2026, 3, 10), date(2026, 2, 1))
    every = books_of(sent + '2026-04-01 custom "reminder" "B-1" 3\n', date(2026, 4, 2))
    assert not [event for event in events(every) if event.kind == "reminder"]


def test_an_invoice_without_a_number_is_due_too() -> None:
    """As in `outstanding`; only a reminder needs a number to name it by."""
    text = LEDGER.replace('  invoice: "B-1"', "  invoice: TRUE").replace(
        '  terms: "net 14"', '  terms: "1/7 net 14"\n  invoiced: "on completion"'
    )
    text = text.replace('  invoice: "S-9"\n', "")
    by_hand = """
2026-02-03 * "Acme" "Trip"
  Assets:Receivable  70.00 EUR
    due: 2026-03-20
  Income:Work
2026-02-04 * "Acme" ""
  Assets:Receivable  30.00 EUR
    due: 2026-03-20
  Income:Work
2026-02-05 * "Acme" "Without a due date"
  Assets:Receivable  20.00 EUR
  Income:Work
"""
    found = [event for event in events(books_of(text + by_hand)) if event.kind != "target"]
    assert [(str(event.date), event.summary) for event in found] == [
        ("2026-02-05", "Without a due date is due: 20.00 EUR from Acme"),
        ("2026-02-19", "Accepted: Files (brand)"),
        ("2026-02-24", "Pay Roof (roof): 500.00 EUR to Sub"),
        ("2026-03-03", "Mock-ups, first (brand) is due: 3,000.00 EUR from Acme"),
        ("2026-03-20", "Charge of 2026-02-04 is due: 30.00 EUR from Acme"),
        ("2026-03-20", "Trip is due: 70.00 EUR from Acme"),
    ]
    assert found[2].description == "Invoice of 2026-02-10, 1% off until 2026-02-17"
    assert (found[3].since, found[5].since) == (date(2026, 2, 1), date(2026, 2, 3))
    lines = calendar(books_of(text + by_hand)).decode().split("\r\n")
    names = [line for line in lines if line.startswith("UID:")]
    assert len(set(names)) == len(names) == 7


def test_what_is_paid_and_not_matched_is_not_asked_for() -> None:
    """1,200 for B-9, which there is not: 1,800 of the 3,000 are left."""
    text = LEDGER + '2026-02-09 * "Acme" "Paid" ^B-9\n  Assets:Bank  {} EUR\n  Assets:Receivable\n'
    some = {event.kind: event for event in events(books_of(text.format("1,200.00")))[2:]}
    assert some["due"].summary == "B-1 is due: 1,800.00 EUR from Acme"
    assert some["due"].description == (
        "Invoice of 2026-02-01, 2% off until 2026-02-11,"
        " less 1,200.00 EUR that is paid and not matched yet"
    )
    assert some["reminder"].summary == "Remind Acme of B-1: 1,800.00 EUR"
    covered = told(books_of(text.format("3,000.00")))
    assert [kind for _, kind, _ in covered] == ["acceptance", "due", "target"]


def test_what_is_paid_and_done_is_gone() -> None:
    text = (
        LEDGER
        + """
2026-02-11 * "Acme" "Paid" ^B-1
  Assets:Bank  3,000.00 EUR
  Assets:Receivable
2026-02-11 custom "contract" "brand" "completed"
"""
    )
    assert told(books_of(text, date(2026, 2, 12))) == [
        ("2026-02-24", "due", "Pay S-9: 500.00 EUR to Sub")
    ]


def test_the_file() -> None:
    content = calendar(books_of())
    assert content == calendar(books_of())
    lines = content.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "X-WR-CALNAME:Studio\\, North\\; \\\\ Süd" in lines
    assert "DTSTART;VALUE=DATE:20260303" in lines
    assert "SUMMARY:B-1 is due: 3\\,000.00 EUR from Acme" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 5
    assert lines.count("DTSTAMP:20260201T000000Z") == 2
    names = [line for line in lines if line.startswith("UID:")]
    assert len(set(names)) == 5


def test_an_event_keeps_its_name_where_its_date_moves() -> None:
    moved = LEDGER.replace("30% 2026-03-01", "30% 2026-03-15")

    def named(text: str) -> set[str]:
        content = calendar(books_of(text)).decode()
        return {line for line in content.split("\r\n") if line.startswith("UID:")}

    assert named(moved) == named(LEDGER)


def test_long_lines_are_folded_and_no_character_is_cut() -> None:
    long = "Ein sehr langer Titel für einen Abschnitt, ä€😀" * 6
    content = calendar(books_of(LEDGER.replace("Files", long)))
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    unfolded = content.decode().replace("\r\n ", "")
    assert f"SUMMARY:Accepted: {long} (brand)".replace(",", "\\,") in unfolded


def test_nothing_ahead_is_a_calendar_all_the_same() -> None:
    content = calendar(books_of('plugin "beancount_milestones"\n')).decode()
    assert "BEGIN:VEVENT" not in content
    assert "X-WR-CALNAME:Beancount\r\n" in content
