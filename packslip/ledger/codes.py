"""Promo codes and review tokens: pure functions of the site secret and the order.

The same order always gets the same code, on every retry, restart and reprint; so a crash burns nothing. Owns the
alphabet, the check character and the keys by purpose. Knows no table.
"""

import hashlib
import hmac
import json
from enum import StrEnum

#: no 0 O, no 1 I L, of 2 Z, 5 S, 6 G, 8 B and U V one each, and no vowels, so no words
ALPHABET = "23456789CDFHJKMNPQRTVWXY"
_BASE = len(ALPHABET)
_PRIME = 29  # smallest prime above the alphabet's size
_GROUP = 4

CODE_CHARS = 12  #: with the check character; 50.1 bits
TOKEN_CHARS = 15  #: with the check character; 63.9 bits


class Purpose(StrEnum):
    """What a secret string is for; each purpose has a key of its own."""

    PROMO_CODE = "promo-code"
    REVIEW_TOKEN = "review-token"  # noqa: S105 - a label, not a secret
    SURVEY_TOKEN = "survey-token"  # noqa: S105 - a label, not a secret
    CUSTOMER = "customer"
    ERASED = "erased"
    SUPPRESSED = "suppressed"


def promo_code(secret: bytes, *, store: str, order_id: str, offer: str, prefix: str = "") -> str:
    """The code an order gets for an offer, grouped for reading: `H7QK-M3XD-9FRT`.

    `prefix` goes before it, `HA-H7QK-M3XD-9FRT`, and changes nothing behind it: it tells the till a store, nobody else
    anything.
    """
    text = _string(secret, Purpose.PROMO_CODE, (store, order_id, offer), CODE_CHARS)
    groups = [text[start : start + _GROUP] for start in range(0, len(text), _GROUP)]
    return "-".join([prefix, *groups] if prefix else groups)


def review_token(secret: bytes, *, store: str, order_id: str) -> str:
    """The token in an order's review address: upper case, so that its QR stays small."""
    return _string(secret, Purpose.REVIEW_TOKEN, (store, order_id), TOKEN_CHARS)


def survey_token(secret: bytes, *, store: str, order_id: str) -> str:
    """The token in an order's survey address; nobody gets the one from the other."""
    return _string(secret, Purpose.SURVEY_TOKEN, (store, order_id), TOKEN_CHARS)


def customer_hash(secret: bytes, *, store: str, customer_id: str) -> str:
    """What stands for a customer where the id itself must not, "" for an unknown one."""
    if not customer_id:
        return ""
    return _hash(secret, Purpose.CUSTOMER, store, customer_id)


def order_hash(secret: bytes, *, store: str, order_id: str) -> str:
    """What stands for an order that was erased."""
    return _hash(secret, Purpose.ERASED, store, order_id)


def suppression_hash(secret: bytes, *, store: str | None, customer_id: str) -> str:
    """What stands for a customer who wants no marketing from a store; None: from any."""
    return _hash(secret, Purpose.SUPPRESSED, store, customer_id)


def _hash(secret: bytes, purpose: Purpose, *parts: str | None) -> str:
    message = json.dumps(parts, ensure_ascii=True).encode()
    return hmac.new(_key(secret, purpose), message, hashlib.sha256).hexdigest()


def bare(code: str) -> str:
    """What makes a code the code it is, whatever its case and hyphens."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def is_code(text: str, *, prefix: str = "") -> bool:
    """Whether a text is a well-formed code or token behind its prefix, hyphens, blanks and case aside.

    Any single wrong character and any two characters exchanged make it false.
    """
    plain = "".join(char for char in text.upper() if char not in "- ")
    if not plain.startswith(prefix):
        return False
    digits = [ALPHABET.find(char) for char in plain.removeprefix(prefix)]
    return len(digits) in (CODE_CHARS, TOKEN_CHARS) and min(digits) >= 0 and _checksum(digits) == 0


def _string(secret: bytes, purpose: Purpose, parts: tuple[str, ...], length: int) -> str:
    """Payload and check character; payloads whose check falls outside the alphabet are passed over."""
    key = _key(secret, purpose)
    turn = 0
    while True:
        message = json.dumps([*parts, turn], ensure_ascii=True).encode()
        number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest())
        digits = [number // _BASE**place % _BASE for place in range(length - 1)]
        check = -_checksum(digits) * pow(length, -1, _PRIME) % _PRIME
        if check < _BASE:
            return "".join(ALPHABET[digit] for digit in (*digits, check))
        turn += 1


def _key(secret: bytes, purpose: Purpose) -> bytes:
    return hmac.digest(secret, f"packslip/1/{purpose}".encode(), "sha256")


def _checksum(digits: list[int]) -> int:
    """Weighted sum modulo a prime: weights differ and none is 0, so every single error and every exchange shows."""
    return sum(weight * digit for weight, digit in enumerate(digits, 1)) % _PRIME
