"""Claude's export: `conversations.json`, in which each conversation is a list of messages, which may name the ones before them.

```json
[{"uuid": "…", "name": "…", "created_at": "2024-05-01T12:00:00.5Z", "updated_at": "…", "chat_messages": [
    {"uuid": "m1", "sender": "human", "text": "…", "content": [{"type": "text", "text": "…"}], "created_at": "…",
     "attachments": [{"file_name": "a.txt", "extracted_content": "…"}], "files": [{"file_name": "b.png"}],
     "parent_message_uuid": "00000000-0000-4000-8000-000000000000"}, …]}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.chat.parsing import unix_seconds
from elumenta_tui.transfer.importing.files import attached
from elumenta_tui.transfer.importing.left_out import Kind, LeftOut
from elumenta_tui.transfer.importing.messages import Facts, Node, change_of
from elumenta_tui.transfer.importing.source import Find
from elumenta_tui.transfer.importing.values import LONGEST, MOST_MESSAGES, Object, items, objects, text

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.store.changes import AddConversation

ORIGIN = "claude"

_ROLES = {"human": "user", "assistant": "assistant"}
_LEFT_OUT = {"tool_use": Kind.TOOL_CALLS, "tool_result": Kind.TOOL_RESULTS, "thinking": Kind.THOUGHTS}


def conversation(data: Object, find: Find, left_out: LeftOut, *, demo: bool) -> AddConversation | None:
    """Return the change that adds a conversation; None if there is nothing in it."""
    messages = list(objects(data.get("chat_messages")))
    left_out[Kind.MESSAGES] += len(items(data.get("chat_messages"))) - len(messages)
    if not messages or len(messages) > MOST_MESSAGES:
        left_out[Kind.CONVERSATIONS] += 1
        return None
    nodes: list[Node] = []
    model = text(data.get("model"))
    for number, message in enumerate(messages):
        before = nodes[-1].id if nodes else ""
        nodes.append(_node(message, text(message.get("uuid")) or f"{number}", before, model, find, left_out))
    facts = Facts(
        text(data.get("uuid")) or nodes[0].id,
        text(data.get("name")),
        unix_seconds(data.get("created_at")),
        unix_seconds(data.get("updated_at")),
        text(data.get("current_leaf_message_uuid")),
    )
    change = change_of(ORIGIN, facts, nodes, demo=demo)
    if change is None:
        left_out[Kind.CONVERSATIONS] += 1
    return change


def _node(message: Object, id: str, before: str, model: str, find: Find, left_out: LeftOut) -> Node:
    parent = text(message["parent_message_uuid"]) if "parent_message_uuid" in message else before
    bare = Node(id, parent)
    role = _ROLES.get(text(message.get("sender")))
    said = _text(message, left_out)
    attachments = _attachments(message, find, left_out) if role == "user" else ()
    if role is None or not (said.strip() or attachments):
        left_out[Kind.MESSAGES] += 1
        return bare
    if len(said) > LONGEST:
        left_out[Kind.TOO_LONG] += 1
        return bare
    on = unix_seconds(message.get("created_at"))
    is_whole = text(message.get("stop_reason")) not in ("user_canceled", "max_tokens")
    return bare._replace(role=role, text=said, on=on, model=model, attachments=attachments, is_whole=is_whole)


def _text(message: Object, left_out: LeftOut) -> str:
    said: list[str] = []
    for part in objects(message.get("content")):
        kind = text(part.get("type"))
        if kind == "text":
            said.append(text(part.get("text")))
        elif kind != "token_budget":
            left_out[_LEFT_OUT.get(kind, Kind.OTHER)] += 1
    return "\n\n".join(filter(None, said)) or (
        "" if items(message.get("content")) else text(message.get("text"))
    )


def _attachments(message: Object, find: Find, left_out: LeftOut) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for entry in objects(message.get("attachments")):
        content = text(entry.get("extracted_content"))
        name = text(entry.get("file_name")) or "?"
        made = attached(content.encode("utf-8", "replace"), name)
        if made is None:
            left_out[Kind.FILES] += 1
        else:
            found.append(made)
    for entry in objects(message.get("files")):
        name = text(entry.get("file_name")) or text(entry.get("file_uuid"))
        made = attached(find(name), name) if name else None
        if made is None:
            left_out[Kind.FILES] += 1
        else:
            found.append(made)
    return tuple(found)
