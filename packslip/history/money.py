"""Money as it is summed: whole ten-thousandths of a currency, so that sums are exact in SQL, NumPy and Python alike."""

from decimal import Decimal

_PLACES = 4


def parts_of(amount: str | Decimal | None) -> int | None:
    """An amount in ten-thousandths, half to even; None for none."""
    return None if amount is None else round(Decimal(amount).scaleb(_PLACES))


def amount_of(parts: int) -> Decimal:
    """The amount that so many ten-thousandths are, to the cent where it is one."""
    amount = Decimal(parts).scaleb(-_PLACES)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount
