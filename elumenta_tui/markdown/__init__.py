"""Markdown that grows at the end → blocks → lines of inked text. Pure: no network, no Textual.

Begin with `growing`: it feeds lines to a `structure`, which opens and closes leaves (`paragraph`, `code`, `table`,
`heading`, `verbatim`) in containers; what is finished becomes `blocks`, and a block lays itself out as lines of `style`.
"""
