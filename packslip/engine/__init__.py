"""The engine: watch, claim, draw in limited workers, send, answer. It alone joins hot folder, ledger and line.

`run.run_line` is the line of a workspace, `render.Renderer` the same road for files that are only looked at, `reprint`
what a person's command does beside them. Imported by module: `packslip status` must not wait for what only a run needs.
"""
