"""Exports of other services, as small as they can be, and conversations in every state."""

from __future__ import annotations

from typing import Any

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)


def message(
    id: str,
    parent: str | None,
    role: str,
    *parts: Any,
    kind: str = "text",
    on: float = 1_700_000_000.0,
    **more: Any,
) -> dict[str, Any]:
    """A node of ChatGPT's tree; `more` are fields of the message."""
    metadata = more.pop("metadata", {"model_slug": "gpt-4o"} if role == "assistant" else {})
    return {
        "id": id,
        "parent": parent,
        "children": [],
        "message": {
            "id": id,
            "author": {"role": role, "name": None},
            "create_time": on,
            "content": {"content_type": kind, "parts": list(parts)},
            "metadata": metadata,
            "recipient": "all",
            "status": "finished_successfully",
            **more,
        },
    }


def chatgpt(*nodes: dict[str, Any], current: str = "", id: str = "conv-1", **more: Any) -> dict[str, Any]:
    root: dict[str, Any] = {"id": "root", "parent": None, "children": [], "message": None}
    mapping = {node["id"]: node for node in (root, *nodes)}
    for node in nodes:
        mapping[node["parent"]]["children"].append(node["id"])
    return {
        "title": "From elsewhere",
        "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_500.5,
        "mapping": mapping,
        "current_node": current or nodes[-1]["id"],
        "conversation_id": id,
        **more,
    }


def branched() -> dict[str, Any]:
    """An edited prompt, and a prompt with two answers."""
    return chatgpt(
        message("s", "root", "system", ""),
        message("u1", "s", "user", "Hello"),
        message("a1", "u1", "assistant", "Hi"),
        message("u2", "a1", "user", "First way", on=1_700_000_010.0),
        message("a2", "u2", "assistant", "Answer one"),
        message("a2b", "u2", "assistant", "Answer two"),
        message("u2x", "a1", "user", "Other way"),
        message("a3", "u2x", "assistant", "Answer three"),
        current="a2b",
    )


ROOT = "00000000-0000-4000-8000-000000000000"


def said(id: str, sender: str, text: str, *, parent: str | None = None, **more: Any) -> dict[str, Any]:
    """A message of Claude's export."""
    made = {
        "uuid": id,
        "text": text,
        "content": [{"type": "text", "text": text}],
        "sender": sender,
        "created_at": "2024-05-01T12:00:00.500000Z",
        "attachments": [],
        "files": [],
        **more,
    }
    if parent is not None:
        made["parent_message_uuid"] = parent
    return made


def claude(*messages: dict[str, Any], id: str = "c-1", **more: Any) -> dict[str, Any]:
    return {
        "uuid": id,
        "name": "A talk",
        "created_at": "2024-05-01T11:59:00Z",
        "updated_at": "2024-05-01T13:00:00+00:00",
        "account": {"uuid": "x"},
        "chat_messages": list(messages),
        **more,
    }
