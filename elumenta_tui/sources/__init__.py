"""Sources of what goes into a prompt beside plain files: a command, a web page, a document, the picture on the clipboard.

Every source returns a value of `results`: a `Text`, a `Picture`, or a `RefusedSource` with its reason. None of them raises for
what a stranger wrote, none blocks the event loop, and everything has a bound before it is read. Import a module of this
room when it is first used: no start needs one.

    command     one command in the user's shell            page        a web page as readable text
    document    PDF and DOCX as text                       clipboard   the picture on the clipboard
    images      a picture made small and free of metadata

What parses strangers' bytes (`pdf`, `docx`, `html_text`) runs in a process of its own, `extractor`, which `extraction` starts
and ends.
"""
