"""The few sentences in an e-invoice that people read, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    ENGLISH: {
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


def say(language: str, key: str, **values: object) -> str:
    """Return a sentence; in English where the language is not one of ours."""
    return _WORDS.get(language, _WORDS[ENGLISH])[key].format(**values)
