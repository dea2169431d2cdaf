"""Sentences, amounts and dates that people read in e-invoices and e-mails, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from decimal import Decimal

ENGLISH: Final = "en"
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
        "AE": "Reverse charge",
        "K": "Intra-community supply",
        "G": "Export outside the EU",
        "O": "Not subject to VAT",
        "subject": "Invoice {number}",
        "subject of a credit note": "Credit note {number}",
        "mail": (
            "Dear {client},\n"
            "\n"
            "please find attached invoice {number} of {date}: {title}.\n"
            "The amount of {amount} is due on {due}.\n"
            "\n"
            "Kind regards\n"
            "{seller}\n"
        ),
        "mail of what is settled": (
            "Dear {client},\n"
            "\n"
            "please find attached invoice {number} of {date}: {title}.\n"
            "It is settled already: thank you.\n"
            "\n"
            "Kind regards\n"
            "{seller}\n"
        ),
        "mail of a credit note": (
            "Dear {client},\n"
            "\n"
            "please find attached credit note {number} of {date}: {title}.\n"
            "We have credited {amount}.\n"
            "\n"
            "Kind regards\n"
            "{seller}\n"
        ),
        "drawn": "Deposit, invoice {number} of {date}",
        "drawn alone": "Deposit",
        "progress": "{percent}% of {scheduled} to date, {before} billed before",
        "due": "Due on {date}.",
        "discount": "{percent}% discount if paid by {date}.",
        "held": "{amount} of it is held back until later.",
        "settled": "{amount} of it is settled already.",
        "credited": "This amount is credited.",
    },
    "de": {
        "AE": "Steuerschuldnerschaft des Leistungsempfängers",
        "K": "Innergemeinschaftliche Lieferung",
        "G": "Ausfuhrlieferung",
        "O": "Nicht steuerbar",
        "subject": "Rechnung {number}",
        "subject of a credit note": "Rechnungskorrektur {number}",
        "mail": (
            "Guten Tag {client},\n"
            "\n"
            "anbei erhalten Sie die Rechnung {number} vom {date}: {title}.\n"
            "Der Betrag von {amount} ist am {due} fällig.\n"
            "\n"
            "Mit freundlichen Grüßen\n"
            "{seller}\n"
        ),
        "mail of what is settled": (
            "Guten Tag {client},\n"
            "\n"
            "anbei erhalten Sie die Rechnung {number} vom {date}: {title}.\n"
            "Sie ist bereits beglichen: vielen Dank.\n"
            "\n"
            "Mit freundlichen Grüßen\n"
            "{seller}\n"
        ),
        "mail of a credit note": (
            "Guten Tag {client},\n"
            "\n"
            "anbei erhalten Sie die Rechnungskorrektur {number} vom {date}: {title}.\n"
            "Wir haben Ihnen {amount} gutgeschrieben.\n"
            "\n"
            "Mit freundlichen Grüßen\n"
            "{seller}\n"
        ),
        "drawn": "Anzahlung, Rechnung {number} vom {date}",
        "drawn alone": "Anzahlung",
        "progress": "bisher {percent} % von {scheduled}, davon {before} bereits berechnet",
        "due": "Zahlbar bis {date}.",
        "discount": "{percent} % Skonto bei Zahlung bis {date}.",
        "held": "Davon werden {amount} vorerst einbehalten.",
        "settled": "Davon sind {amount} bereits verrechnet.",
        "credited": "Dieser Betrag wird gutgeschrieben.",
    },
    "fr": {
        "AE": "Autoliquidation",
        "K": "Livraison intracommunautaire",
        "G": "Exportation hors de l'UE",
        "O": "Hors champ de la TVA",
        "subject": "Facture {number}",
        "subject of a credit note": "Avoir {number}",
        "mail": (
            "Bonjour {client},\n"
            "\n"
            "veuillez trouver ci-joint la facture {number} du {date} : {title}.\n"
            "Le montant de {amount} est à régler avant le {due}.\n"
            "\n"
            "Cordialement\n"
            "{seller}\n"
        ),
        "mail of what is settled": (
            "Bonjour {client},\n"
            "\n"
            "veuillez trouver ci-joint la facture {number} du {date} : {title}.\n"
            "Elle est déjà réglée : merci.\n"
            "\n"
            "Cordialement\n"
            "{seller}\n"
        ),
        "mail of a credit note": (
            "Bonjour {client},\n"
            "\n"
            "veuillez trouver ci-joint l'avoir {number} du {date} : {title}.\n"
            "Nous vous avons crédité {amount}.\n"
            "\n"
            "Cordialement\n"
            "{seller}\n"
        ),
        "drawn": "Acompte, facture {number} du {date}",
        "drawn alone": "Acompte",
        "progress": "{percent} % de {scheduled} à ce jour, dont {before} déjà facturés",
        "due": "À payer avant le {date}.",
        "discount": "Escompte de {percent} % en cas de paiement avant le {date}.",
        "held": "Dont {amount} de retenue de garantie, payables plus tard.",
        "settled": "Dont {amount} déjà réglés.",
        "credited": "Ce montant est porté à votre crédit.",
    },
    "es": {
        "AE": "Inversión del sujeto pasivo",
        "K": "Entrega intracomunitaria",
        "G": "Exportación fuera de la UE",
        "O": "No sujeto a IVA",
        "subject": "Factura {number}",
        "subject of a credit note": "Factura rectificativa {number}",
        "mail": (
            "Buenos días, {client}:\n"
            "\n"
            "adjuntamos la factura {number} del {date}: {title}.\n"
            "El importe de {amount} vence el {due}.\n"
            "\n"
            "Un saludo\n"
            "{seller}\n"
        ),
        "mail of what is settled": (
            "Buenos días, {client}:\n"
            "\n"
            "adjuntamos la factura {number} del {date}: {title}.\n"
            "Ya está pagada: gracias.\n"
            "\n"
            "Un saludo\n"
            "{seller}\n"
        ),
        "mail of a credit note": (
            "Buenos días, {client}:\n"
            "\n"
            "adjuntamos la factura rectificativa {number} del {date}: {title}.\n"
            "Le hemos abonado {amount}.\n"
            "\n"
            "Un saludo\n"
            "{seller}\n"
        ),
        "drawn": "Anticipo, factura {number} del {date}",
        "drawn alone": "Anticipo",
        "progress": "{percent} % de {scheduled} hasta la fecha, {before} ya facturados",
        "due": "Vence el {date}.",
        "discount": "Descuento del {percent} % si se paga hasta el {date}.",
        "held": "De este importe se retienen {amount} hasta más adelante.",
        "settled": "De este importe ya se han compensado {amount}.",
        "credited": "Este importe se abona.",
    },
}
LANGUAGES: Final = tuple(_WORDS)


#: Between thousands, and before decimals.
_SIGNS: Final = {
    ENGLISH: (",", "."),
    "de": (".", ","),
    "fr": ("\N{NO-BREAK SPACE}", ","),
    "es": (".", ","),
}
_DAYS: Final = {ENGLISH: "%Y-%m-%d", "de": "%d.%m.%Y", "fr": "%d/%m/%Y", "es": "%d/%m/%Y"}


def known(language: str) -> str:
    """Return a language of ours: English for any other."""
    return language if language in _WORDS else ENGLISH


def figure(language: str, number: Decimal, places: int = 0) -> str:
    """Return a number as people write it, with at least so many decimals."""
    thousands, point = _SIGNS[known(language)]
    shown = amounts.rounded(number, max(amounts.decimals(number), places))
    return f"{shown:,f}".replace(".", "\0").replace(",", thousands).replace("\0", point)


def percent(language: str, number: Decimal) -> str:
    """Return a percentage, without zeros at its end and without its sign."""
    return figure(language, amounts.trimmed(number, 0))


def day(language: str, date: datetime.date) -> str:
    """Return a date as people write it."""
    return date.strftime(_DAYS[known(language)])


def say(language: str, key: str, **values: object) -> str:
    """Return a sentence; in English where the language is not one of ours."""
    return _WORDS[known(language)][key].format(**values)
