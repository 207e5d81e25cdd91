"""The price table, which is data: `prices.json` with its date and the page that each price is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

PATH = Path(__file__).with_name("prices.json")


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """What so many units cost, and how many an account has for nothing each month, for ever."""

    dollars: float
    per: int
    unit: str
    free: float
    source: str

    def at_list(self, amount: float) -> float:
        """Dollars for an amount, nothing of it for free."""
        return amount * self.dollars / self.per

    def beyond_free(self, amount: float) -> float:
        """Dollars for what goes beyond the amount that is always free."""
        return self.at_list(max(0.0, amount - self.free))


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """The table, in the order in which a bill tells it."""

    region: str
    date: str
    note: str
    prices: dict[str, Price]


def load() -> Prices:
    """The price table of the file."""
    return msgspec.json.decode(PATH.read_bytes(), type=Prices)


def bill(amounts: Mapping[str, float], prices: Prices) -> Iterator[tuple[str, float, float, float]]:
    """Each price's name, its amount, dollars at list and beyond the free tiers; all amounts have a price.

    What nothing is taken of is told too: that it costs nothing is what a bill is read for.
    """
    if unpriced := amounts.keys() - prices.prices.keys():
        raise KeyError(f"no price for {', '.join(sorted(unpriced))}")
    for name, price in prices.prices.items():
        amount = amounts.get(name, 0.0)
        yield name, amount, price.at_list(amount), price.beyond_free(amount)
