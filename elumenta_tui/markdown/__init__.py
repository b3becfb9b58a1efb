"""Markdown that grows at its end → blocks → lines of styled text. Pure: no network, no Textual.

Start reading at `growing`. It feeds lines to a `structure`, which opens and closes leaves (`paragraph`, `code`, `table`,
`heading`, `verbatim`) inside containers. Finished leaves become `blocks`, which lay themselves out as lines of `style`.
"""
