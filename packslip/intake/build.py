"""A run of rows → an Order, or the findings that hold it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from packslip.csvfile import Row
from packslip.intake import texts
from packslip.intake.agreement import order_values
from packslip.intake.cells import Cells
from packslip.intake.plan import Plan
from packslip.intake.runs import Run
from packslip.intake.totals import check_totals
from packslip.model import Address, Finding, Line, Order, OrderKey, Totals, Where, error, has_errors, note
from packslip.settings import Settings, ShopSettings

_MOST_PARCELS = 9999
_STORE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: stands in until the finding that goes with it holds the order
_NO_DAY = date.min


def build_order(run: Run, plan: Plan, settings: Settings, zone: tzinfo | None) -> Order | None:
    """The order a run of rows describes, None where an error holds it; findings are added to the run's."""
    findings = run.findings
    values = order_values(run.rows, plan, findings)
    cells = Cells(values, plan=plan, line=run.first_line, findings=findings)
    address = _address(cells)
    order = Order(
        key=_key(cells, settings.shop, findings),
        order_date=cells.day("order_date") or _NO_DAY,
        currency=cells.currency("currency"),
        channel=cells.identifier("channel"),
        locale=_locale(cells, address.country, plan, settings.shop, findings),
        customer_id=cells.text("customer_id"),
        customer_status=cells.status("customer_status"),
        customer_orders=cells.whole("customer_orders"),
        marketing_opt_out=cells.flag("marketing_opt_out") or plan.mapping.consent.is_transactional,
        gift=cells.flag("gift") or False,
        gift_message=cells.text("gift_message"),
        dealer=cells.text("dealer"),
        station=cells.identifier("station"),
        deadline=cells.moment("deadline", zone),
        ship_method=cells.text("ship_method"),
        tracking=cells.text("tracking"),
        delivery_estimate=cells.day("delivery_estimate"),
        ship_to=address,
        bill_name=cells.text("bill_name"),
        lines=_lines(run.kept, plan, findings),
        totals=_totals(cells),
        extra=_extra(run.rows, plan),
        where=Where(file=plan.file, line=run.first_line),
    )
    if has_errors(findings):
        return None
    findings.extend(check_totals(order))
    return order


def _key(cells: Cells, shop: ShopSettings, findings: list[Finding]) -> OrderKey:
    store = cells.identifier("store") or shop.store
    if not _STORE.fullmatch(store):
        message = f"{texts.label(store)!r} is no name of a store"
        findings.append(
            error("store.not_a_name", cells.where("store"), message, "letters, digits, dot, dash and underscore")
        )
    parcel = cells.whole("parcel", least=1, most=_MOST_PARCELS)
    return OrderKey(store=store, order_id=cells.identifier("order_id"), parcel=parcel or 1)


def _address(cells: Cells) -> Address:
    return Address(
        name=cells.text("ship_name"),
        company=cells.text("ship_company"),
        line1=cells.text("ship_line1"),
        line2=cells.text("ship_line2"),
        line3=cells.text("ship_line3"),
        city=cells.text("ship_city"),
        postcode=cells.text("ship_postcode"),
        region=cells.text("ship_region"),
        country=cells.country("ship_country"),
    )


def _totals(cells: Cells) -> Totals:
    return Totals(
        order=cells.money("order_total"),
        shipping=cells.money("shipping_total"),
        discount=cells.money("discount_total"),
        tax=cells.money("tax_total"),
        prices_include_tax=cells.flag("prices_include_tax"),
    )


def _locale(cells: Cells, country: str, plan: Plan, shop: ShopSettings, findings: list[Finding]) -> str:
    """The order's own locale, else the mapping's, else by country, else the workspace's; the last three with a note."""
    before = len(findings)
    locale = cells.locale("locale")
    if locale or len(findings) > before:
        return locale
    mapping = plan.mapping
    for text, origin in (
        (mapping.locales.get(country, ""), f"the mapping's for {country}"),
        (mapping.locale, "the mapping's default"),
        (shop.country_locales.get(country, ""), f"the workspace's for {country}"),
        (shop.locale, "the workspace's default"),
    ):
        if text:
            findings.append(note("locale.assumed", cells.where("locale"), f"none given, {text} taken: {origin}"))
            return text
    return ""


def _lines(rows: list[Row], plan: Plan, findings: list[Finding]) -> tuple[Line, ...]:
    lines = tuple([_line(row, number, plan, findings) for number, row in enumerate(rows, 1)])
    seen: dict[str, int | None] = {}
    for line in lines:
        if line.line_id in seen:
            where = Where(file=plan.file, line=line.where.line, spot=plan.spot("line_id"))
            message = f"{texts.label(line.line_id)!r} is the id of line {seen[line.line_id]} of the file too"
            findings.append(error("line_id.duplicate", where, message, "give each line of an order an id of its own"))
        seen.setdefault(line.line_id, line.where.line)
    return lines


def _line(row: Row, number: int, plan: Plan, findings: list[Finding]) -> Line:
    row_cells = row.cells
    values = {name: take(row_cells) for name, take in plan.line_takers}
    cells = Cells(values, plan=plan, line=row.line, findings=findings)
    return Line(
        line_id=cells.identifier("line_id") or str(number),
        sku=cells.identifier("sku"),
        description=cells.text("description"),
        category=cells.text("category"),
        brand=cells.text("brand"),
        quantity=cells.whole("quantity", least=1) or 0,
        quantity_shipped=cells.whole("quantity_shipped"),
        quantity_before=cells.whole("quantity_before"),
        unit_price=cells.money("unit_price"),
        line_discount=cells.money("line_discount"),
        image=cells.text("image"),
        where=Where(file=plan.file, line=row.line),
    )


def _extra(rows: Iterable[Row], plan: Plan) -> Mapping[str, str]:
    """Columns the contract does not know: the first value that is not blank, cleaned, never a reason to hold."""
    extra = {}
    for name, place in plan.unknown:
        text = next((cell for row in rows if (cell := row.cells[place].strip())), "")
        extra[name] = text if texts.is_plain(text) else texts.tidy(text, keeps_breaks=True).text
    for name, take in plan.extra_takers:
        text = next((value for row in rows if (value := take(row.cells))), "")
        extra[name] = text if texts.is_plain(text) else texts.tidy(text, keeps_breaks=True).text
    return extra
