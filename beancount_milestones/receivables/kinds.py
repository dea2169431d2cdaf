"""What a credit is, by the debits of its own transaction."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, cast

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables.lines import NOTHING_SAID, names_itself

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.model import Register
    from beancount_milestones.receivables.items import Kind
    from beancount_milestones.receivables.lines import Line
    from beancount_milestones.receivables.roles import Roles

#: What an account makes of a debit beside a credit, before it is known what stands beside it.
_Class = Literal["income", "expenses", "tax", "liability"]

#: The order of the parts: money settles first.
_ORDER: Final[tuple[Kind, ...]] = (
    *("payment", "deduction", "discount", "fee", "withholding"),
    *("credit note", "write-off", "set-off", "transfer"),
)
#: What tax goes with, the first that there is: of nothing else is any given back.
_TAXED: Final[tuple[Kind, ...]] = ("discount", "deduction", "credit note", "write-off")


#: What makes an invoice smaller, with the tax in it.
_TAKEN_OFF: Final = frozenset({"income", "expenses", "discount"})


class Kinds:
    """The kinds of the credits of one ledger, as its accounts say them."""

    def __init__(self, register: Register, roles: Roles) -> None:
        """Collect the accounts that mean something."""
        self.roots = roles.roots
        self._known: dict[str, Kind | _Class] = {}
        self._said = register.settles_as
        self._owed_on: set[str] = set()
        self._bridges: set[str | None] = set()
        self._taxes = roles.taxes
        for contract in register.contracts.values():
            self._owed_on |= contract.owed_on
            self._bridges |= {contract.retention, contract.unbilled, contract.deferred}
            self._bridges |= contract.deposits

    def of_account(self, account: str) -> Kind | _Class:
        """Return what a debit on an account makes of the credit beside it."""
        known = self._known.get(account)
        if known is None:
            known = self._known[account] = self._classify(account)
        return known

    def _classify(self, account: str) -> Kind | _Class:
        said = self._said.get(account)
        if said:
            return cast("Kind", said)
        if account in self._owed_on:
            return "set-off"
        if account in self._bridges:
            return "transfer"
        if account in self._taxes:
            return "tax"
        root = account.partition(":")[0]
        roots = self.roots
        classes: dict[str, Kind | _Class] = {
            roots.assets: "payment",
            roots.income: "income",
            roots.expenses: "expenses",
            roots.liabilities: "liability",
        }
        return classes.get(root, "transfer")

    def pays_out(self, line: Line) -> bool:
        """Return whether the transaction of a debit pays money out, as a refund does.

        Or takes it from one item to give it to another: then nothing else stands in it.
        """
        own = line.posting.account
        less = _credited(line)
        if all(posting.account == own for posting in line.entry.postings):
            return bool(less)
        return any(p.account != own and self.of_account(p.account) == "payment" for p in less)

    def moves(self, line: Line) -> bool:
        """Return whether the transaction of a debit credits another receivable or payable."""
        own = line.posting.account
        return any(p.account != own and p.account in self._owed_on for p in _credited(line))

    def may_close(self, line: Line) -> bool:
        """Return whether a line may close or open a year.

        Equity stands beside it, and nothing but other accounts of the balance sheet.
        """
        equity = f"{self.roots.equity}:"
        for posting in line.entry.postings:
            if posting.account.startswith(equity):
                break
        else:
            return False
        own = line.posting.account
        beside = {postings.root(p) for p in line.entry.postings if p.account != own}
        return beside <= {*self.roots.balance_sheet}

    def parts(self, line: Line, amount: Decimal) -> tuple[tuple[Kind, Decimal], ...]:
        """Return the kinds of a credit with their amounts, which add up to ``amount`` exactly.

        Or of a debit that gives them back: its transaction is the other way round.
        Assets are money. Income or expenses beside money are a deduction; income alone is a credit
        note, expenses alone are a write-off; a tax account goes with what is taken off beside it;
        other liabilities, receivables and payables are a set-off, equity is a transfer; and an
        account whose `open` has `settles-as` is what that says. Tax that is only moved to another
        liability, as where it is due once it is paid, is nothing of it.
        On the buy side income and expenses change places, and taxes are assets.
        """
        if self._is_money(line):
            # Nearly always. No sum is needed to know it.
            return (("payment", amount),)
        found, tax, less = self._found(line)
        money = "payment" in found
        kinds: dict[Kind, Decimal] = {}
        for name, weight in found.items():
            kind = _kind(name, money=money, buy=line.buy)
            kinds[kind] = amounts.add((kinds.get(kind, ZERO), weight))
        if not kinds:
            return (("credit note" if tax else "payment", amount),)
        if tax:
            # Where nothing is taken off, the client has kept it, to pay it for us; or a year ends.
            kept: Kind = "transfer" if kinds.keys() == {"transfer"} else "withholding"
            taxed = next((kind for kind in _TAXED if kind in kinds), kept)
            kinds[taxed] = amounts.add((kinds.get(taxed, ZERO), tax))
        if money and _is_apart(line):
            # The same money has paid what else is credited, and what is taken from other items.
            paid = amounts.take(amounts.add((kinds["payment"], _moved(line))), less)
            kinds["payment"] = max(paid, ZERO)
            if line.amount > 0:
                _take_off(kinds, _charged(line))
        if len(kinds) == 1:
            return ((next(iter(kinds)), amount),)
        ordered = sorted(kinds.items(), key=lambda pair: _ORDER.index(pair[0]))
        whole = Fraction(amounts.add(kinds.values()))
        totals = amounts.running_totals(Fraction(weight) / whole for _, weight in ordered)
        places = max(
            amounts.decimals(postings.number(posting))
            for posting in line.entry.postings
            if postings.currency(posting) == line.account.currency
        )
        cut = amounts.cut(amount, totals, places)
        return tuple((kind, part) for (kind, _), part in zip(ordered, cut, strict=True) if part)

    def _is_money(self, line: Line) -> bool:
        """Whether nothing but money stands beside a line."""
        own = line.posting.account
        found = False
        for posting in line.entry.postings:
            if posting.account != own:
                if self.of_account(posting.account) != "payment":
                    return False
                found = True
        return found

    def _found(self, line: Line) -> tuple[dict[Kind | _Class, Decimal], Decimal, Decimal]:
        """What the transaction of a credit debits by class, the tax in it, and what it credits."""
        sums, back = self._sums(line.entry, line)
        tax = max(sums.pop("tax", ZERO), ZERO)
        moved = amounts.negative(amounts.add(back.values()))
        if 0 < moved <= tax:
            tax = amounts.take(tax, moved)
        else:
            for name, weight in back.items():
                sums[name] = amounts.add((sums.get(name, ZERO), weight))
        found = {name: weight for name, weight in sums.items() if weight > 0}
        if not line.buy and found.keys() & {"income", "expenses"}:
            # Nobody has said that it is a tax account, but it goes with what is beside it.
            tax = amounts.add((tax, found.pop("liability", ZERO)))
        if found.keys() & _TAKEN_OFF and sums.get("withholding", ZERO) < 0:
            # Of what is taken off, nothing is withheld.
            tax = amounts.add((tax, sums.pop("withholding")))
        less = amounts.negative(amounts.add(weight for weight in sums.values() if weight < 0))
        return found, tax, less

    def _sums(
        self, entry: Transaction, line: Line
    ) -> tuple[dict[Kind | _Class, Decimal], dict[Kind | _Class, Decimal]]:
        """What a transaction debits by class, less what it credits.

        And apart what it credits where tax may have been moved to: among the liabilities, on the
        buy side among the assets too. Of one that gives back, the reverse. As weights; but where it
        balances in the currency that is owed, what stands in another is an exchange difference, and
        no part of what is paid.
        """
        apart = _is_apart(line)
        amount_of = postings.number if apart else postings.weight
        sums: dict[Kind | _Class, Decimal] = {}
        back: dict[Kind | _Class, Decimal] = {}
        for posting in _in_currency(line) if apart else entry.postings:
            account = posting.account
            if account == line.posting.account:
                continue
            weight = line.turned(amount_of(posting))
            if line.amount > 0:
                weight = amounts.negative(weight)
            if weight < 0 and account in self._owed_on:
                # Another receivable that the same transaction settles.
                continue
            name = self.of_account(account)
            taxed = name == "liability" or (line.buy and self._is_asset(name, posting))
            into = back if weight < 0 and taxed else sums
            into[name] = amounts.add((into.get(name, ZERO), weight))
        return sums, back

    def _is_asset(self, name: Kind | _Class, posting: Posting) -> bool:
        return name == "payment" and postings.root(posting) == self.roots.assets


def _credited(line: Line) -> list[Posting]:
    """The postings that the transaction of a debit credits; turned on the buy side."""
    return [p for p in line.entry.postings if line.turned(postings.number(p)) < 0]


def _in_currency(line: Line) -> list[Posting]:
    """The postings in the currency that is owed."""
    currency = line.account.currency
    return [p for p in line.entry.postings if postings.currency(p) == currency]


def _is_apart(line: Line) -> bool:
    """Whether the transaction balances in the currency that is owed."""
    return not amounts.add(map(postings.number, _in_currency(line)))


def _on_account(line: Line) -> dict[tuple[str, str], Decimal]:
    """What the transaction of a line books on its account, by what that pays or charges."""
    own: dict[tuple[str, str], Decimal] = {}
    for posting in _in_currency(line):
        if posting.account == line.account.name:
            number = line.turned(postings.number(posting))
            key = names_itself(posting)
            own[key] = amounts.add((own.get(key, ZERO), number))
    return own


def _moved(line: Line) -> Decimal:
    """What the transaction of a line takes from other items on the same account."""
    own = _on_account(line).values()
    return amounts.add(abs(number) for number in own if (number > 0) != (line.amount > 0))


def _charged(line: Line) -> Decimal:
    """What the transaction of a debit charges on the same account with a number of its own."""
    mine = names_itself(line.posting)
    return amounts.add(
        number
        for key, number in _on_account(line).items()
        if number > 0 and key != mine and key[0] == NOTHING_SAID != key[1]
    )


def _take_off(kinds: dict[Kind, Decimal], charged: Decimal) -> None:
    """Take what is charged besides off the parts of what goes back: off money last.

    It stands beside income, not beside what goes back.
    """
    for kind in reversed(_ORDER):
        less = min(charged, kinds.get(kind, ZERO))
        charged = amounts.take(charged, less)
        if less:
            kinds[kind] = amounts.take(kinds[kind], less)


def _kind(name: Kind | _Class, *, money: bool, buy: bool) -> Kind:
    if name in {"income", "expenses"}:
        if money:
            return "deduction"
        # What was billed is taken back; the other side stands for what is only not paid.
        return "credit note" if (name == "expenses") is buy else "write-off"
    return "set-off" if name == "liability" else cast("Kind", name)
