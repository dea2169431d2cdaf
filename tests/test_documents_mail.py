"""Drafts of e-mails."""

from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from beancount import loader
from beancount.core.data import Custom
from beancount.parser import parser

from beancount_milestones.documents.mail import Attachment, draft, file_name, missing, of_invoice
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.model import InvoiceDocument
from beancount_milestones.documents.wanted import add
from beancount_milestones.documents.words import figure
from beancount_milestones.model import of_register
from beancount_milestones.parties import Party
from beancount_milestones.reports import Books
from tests import einvoices

NORTH = Party(name="Studio Nörd", email="me@north.example")
ACME = Party(name="Acme", email="ap@acme.example")
PDF = Attachment("INV-1.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def document(number: str, text: str = "", client: str = einvoices.CLIENT) -> InvoiceDocument:
    ledger = einvoices.OPENS + einvoices.SELLER + client + einvoices.CONTRACTS + text
    entries, errors, options = loader.load_string(ledger)
    assert not errors
    register = of_register(options)
    assert register
    (found,) = invoice_documents(Books(register, entries, options, date(2026, 12, 31)), number)
    return found


def sent(to: Party = ACME, subject: str = "Invoice", text: str = "Hello\n") -> bytes:
    return draft(
        sender=NORTH, to=to, subject=subject, text=text, date=date(2026, 2, 1), attachments=[PDF]
    )


def test_a_draft_has_all_that_a_mail_program_needs() -> None:
    message = read(sent())
    assert message["X-Unsent"] == "1"
    assert message["From"] == "Studio Nörd <me@north.example>"
    assert message["To"] == "Acme <ap@acme.example>"
    assert message["Date"] == "Sun, 01 Feb 2026 12:00:00 +0000"
    body = message.get_body()
    assert body
    assert body.get_content() == "Hello\r\n"
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "INV-1.pdf"
    assert attached.get_content() == PDF.content


def test_the_same_parts_give_the_same_bytes() -> None:
    assert sent() == sent()
    assert sent(text="Something else\n") != sent()


def test_a_draft_without_a_file_is_plain_text() -> None:
    content = draft(sender=NORTH, to=ACME, subject="Hi", text="Hello\n", date=date(2026, 2, 1))
    assert read(content).get_content_type() == "text/plain"


def test_no_header_can_be_smuggled_in() -> None:
    message = read(
        sent(to=Party(name="A\nBcc: x@y.example", email="ap@acme.example"), subject="a\r\nb")
    )
    assert message["Bcc"] is None
    assert message["Subject"] == "a b"
    assert message["To"].addresses[0].display_name == "A Bcc: x@y.example"


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "@", "a b <", "x@y z", "“@x"])
def test_what_is_no_address_is_left_for_the_sender_to_fill_in(address: str) -> None:
    message = read(sent(to=Party(name="Acme", email=address)))
    assert "To" not in message or message["To"].addresses[0].addr_spec == address


def test_an_invoice_is_sent_with_its_amount_and_due_date() -> None:
    message = read(of_invoice(document("B-1"), [PDF]))
    assert message["Subject"] == "Invoice B-1"
    assert message["To"] == "Acme & Sons SA <ap@acme.example>"
    body = message.get_body()
    assert body
    assert body.get_content().replace("\r\n", "\n") == (
        "Dear Acme & Sons SA,\n\nplease find attached invoice B-1 of 2026-02-01: Brand identity.\n"
        "The amount of 3,570.00 EUR is due on 2026-03-03.\n\nKind regards\nStudio North GmbH\n"
    )


def test_an_invoice_that_is_paid_asks_for_nothing() -> None:
    paid = """
2026-02-03 * "Acme" "Paid" ^B-1
  Assets:Bank                3,570.00 EUR
  Assets:Receivable         -3,570.00 EUR
"""
    assert "It is settled already" in of_invoice(document("B-1", paid)).decode()


def test_a_credit_note_says_what_is_credited() -> None:
    content = read(of_invoice(document("B-3")))
    assert content["Subject"] == "Credit note B-3"
    assert "We have credited 3,332.00 EUR." in content.get_content()


def test_in_the_language_of_the_client() -> None:
    german = document("B-1", client=einvoices.CLIENT + '  language: "de"\n')
    message = read(of_invoice(german))
    assert message["Subject"] == "Rechnung B-1"
    assert "Der Betrag von 3.570,00 EUR ist am 03.03.2026 fällig." in message.get_content()


def test_figures_in_four_languages() -> None:
    number = Decimal("-1234567.50")
    found = [figure(language, number) for language in ("en", "de", "fr", "es", "pt")]
    assert found == [
        "-1,234,567.50",
        "-1.234.567,50",
        "-1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,50",
        "-1.234.567,50",
        "-1,234,567.50",
    ]


def test_what_is_missing_is_said() -> None:
    whole, bare = document("B-1"), document("B-1", client="")
    assert missing(whole.seller, whole.client) == []
    assert missing(bare.seller, bare.client) == [
        (
            "the client 'Acme' has no e-mail address: add email: \"NAME@EXAMPLE.COM\" to custom"
            ' "client" "Acme"'
        )
    ]


def test_a_line_to_add_is_one_that_beancount_reads() -> None:
    quoted = add("client", Party(name='Söhne "x"'), "address", 'address: "STREET, TOWN"')
    _, _, line = quoted.partition("add ")

    entries, errors, _ = parser.parse_string(f"2026-01-01 {line.partition(' to ')[2]}\n")
    assert not errors
    assert isinstance(entries[0], Custom)
    assert entries[0].values[0].value == 'Söhne "x"'


def test_what_is_missing_is_added_where_the_rest_is_said() -> None:
    """The name on documents may be another one than that of the directive."""
    named = '2020-01-01 custom "client" "Acme"\n  name: "Acme Corporation SA"\n'
    own = """
2020-01-01 open Assets:Own
  client: "Acme"
  country: "FR"
2026-01-02 * "Acme" "Else"
  contract: "else"
  milestone-all: "100%"
  Assets:Own  1.00 EUR
  Income:Work
"""

    def where(client: str) -> str:
        (sentence,) = missing(document("B-1").seller, document("B-1", client=client).client)
        return sentence.partition(" to ")[2]

    assert where(named) == where(own + named) == 'custom "client" "Acme"'
    assert where(own) == "the `open` of Assets:Own"
    assert where("") == 'custom "client" "Acme"'


def test_a_party_that_nothing_is_known_of_is_missing_once() -> None:
    assert missing(Party(), Party()) == []


def test_a_number_with_a_slash_makes_a_file() -> None:
    assert file_name("2026/042", "pdf") == "2026-042.pdf"
