"""Aliases: a keyed hash in place of an e-mail address or a user name, so that a customer is known again and not named.

The same secret, kind and text give the same alias in every file and run. Without the secret nobody can try addresses
until one fits. The text itself is kept nowhere.
"""

import hashlib
import hmac
import unicodedata
from base64 import b32encode

from packslip.library.mappings import Alias

_BYTES = 15  #: 120 bits, 24 letters and digits


def alias_of(secret: bytes) -> Alias:
    """The aliases under a site secret."""
    key = hmac.digest(secret, b"packslip/1/customer-alias", "sha256")

    def alias(kind: str, text: str) -> str:
        plain = plain_email(text) if kind == "email" else _plain(text)
        if not plain:
            return ""
        digest = hmac.digest(key, f"{kind}\0{plain}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return b32encode(digest[:_BYTES]).decode().lower()

    return alias


def ids_of(secret: bytes, customer: str) -> tuple[str, ...]:
    """What orders may know a customer by whom a person names: the text itself, and of an e-mail address the alias."""
    alias = alias_of(secret)("email", customer)
    return (customer, alias) if alias else (customer,)


def plain_email(text: str) -> str:
    """An address as it is compared: without name, brackets and case; "" for what is no address.

    The part before the @ counts as one in any case, as every mail provider of note treats it.
    """
    address = text.rpartition("<")[2].rstrip("> ") if "<" in text else text
    address = _plain(address).removeprefix("mailto:")
    name, mark, host = address.rpartition("@")
    is_address = name and mark and "." in host and "@" not in name and not any(map(str.isspace, address))
    return address if is_address else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
