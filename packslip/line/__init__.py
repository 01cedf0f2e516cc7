"""The road of one order, from what was read to the document for the printer. `walk` reads like a table of contents.

Decides nothing and draws nothing itself: it calls the rooms in their order and knows when a slip may lose a block.
Imported by module: `pressing`, the half that draws, and `shadow` are for workers alone, since loading WeasyPrint takes
longer than a slip; and a worker loads no ledger and no network.
"""
