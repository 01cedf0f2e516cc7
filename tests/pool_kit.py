"""Pools for tests: a file of one in a workspace, and orders that want their codes."""

from pathlib import Path

from packslip.library.pools import load_pools

TOML = """\
offers = ["welcome"]
kind = "imported"
low = 2
"""

HEADER = (
    "order_id,parcel,order_date,currency,store,locale,customer_id,customer_status,delivery_estimate,ship_name,"
    "ship_country,sku,description,quantity,quantity_shipped,unit_price,order_total"
)


def write_pool(folder: Path, text: str = TOML, name: str = "spring") -> Path:
    """`rules/pools/<name>.toml` below a folder."""
    path = folder / "rules" / "pools" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str = TOML, name: str = "spring"):
    """Pools and findings of a folder with one file."""
    return load_pools(write_pool(folder, text, name).parent)


def order_row(order, *, customer="C-1", parcel=1, status="new", delivery="", store="oriel-ash", currency="GBP"):
    return (
        f"{order},{parcel},2026-11-20,{currency},{store},en-GB,{customer},{status},{delivery},A Reader,GB,OA-2071,"
        "Vase,2,1,64.00,128.00"
    )


def place_orders(root: Path, *rows: str, name: str = "orders.csv") -> Path:
    path = root / "hotfolder/in" / name
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path
