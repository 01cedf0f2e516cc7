"""Printers that speak IPP, and what stands behind them: client, codec, capabilities, jobs.

`IppPrinter` is all that dispatch needs.
"""

from packslip.dispatch.ipp.printer import IppPrinter

__all__ = ["IppPrinter"]
