"""Conversations out of the exports of this program and of other services, as changes that add them to a store.

```
 source      a file or an archive: its JSON within bounds, and the files beside it
 formats     which format a JSON value is, and the conversations in it
 native      the JSON that this program writes
 chatgpt, claude   the exports of these services → messages
 messages    messages that follow each other in a tree → turns and answers
 left_out    what could not be imported, counted by kind
```

Ids are made of the source's own, so that importing twice imports once. Every text is sanitized; nothing is executed, and
nothing is fetched.
"""
