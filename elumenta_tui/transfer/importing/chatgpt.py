"""ChatGPT's export: `conversations.json`, in which each conversation is a tree of messages.

```json
[{"conversation_id": "…", "title": "…", "create_time": 1700000000.5, "update_time": …, "current_node": "n2", "mapping": {
    "n1": {"id": "n1", "parent": null, "children": ["n2"], "message": {"author": {"role": "user"}, "create_time": …,
           "content": {"content_type": "text", "parts": ["…"]}, "metadata": {"model_slug": "gpt-4o"}, "recipient": "all"}}, …}}]
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from elumenta_tui.chat.parsing import unix_seconds
from elumenta_tui.text.blocks import code_block
from elumenta_tui.transfer.importing.files import picture
from elumenta_tui.transfer.importing.left_out import Kind, LeftOut
from elumenta_tui.transfer.importing.messages import Facts, Node, change_of
from elumenta_tui.transfer.importing.source import Find
from elumenta_tui.transfer.importing.values import (
    LONGEST,
    MOST_MESSAGES,
    Object,
    items,
    object_of,
    objects,
    text,
)

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.store.changes import AddConversation

ORIGIN = "chatgpt"

_CITATION = re.compile("\ue200[^\ue200\ue201]*\ue201|[\ue200-\ue206]")
"""Matches the marks by which the service's own page shows sources."""

_LEFT_OUT = {
    "execution_output": Kind.TOOL_RESULTS,
    "tether_browsing_display": Kind.TOOL_RESULTS,
    "tether_quote": Kind.TOOL_RESULTS,
    "system_error": Kind.TOOL_RESULTS,
    "computer_output": Kind.TOOL_RESULTS,
    "thoughts": Kind.THOUGHTS,
    "reasoning_recap": Kind.THOUGHTS,
    "user_editable_context": Kind.SYSTEM,
    "model_editable_context": Kind.SYSTEM,
}
"""Kinds of content that are no part of the conversation."""


def conversation(data: Object, find: Find, left_out: LeftOut, *, demo: bool) -> AddConversation | None:
    """Return the change that adds a conversation; None if there is nothing in it."""
    mapping = object_of(data.get("mapping"))
    if not mapping or len(mapping) > MOST_MESSAGES:
        left_out[Kind.CONVERSATIONS] += 1
        return None
    reader = _Messages(find, left_out, text(data.get("default_model_slug")))
    nodes = [reader.node(str(id), object_of(entry)) for id, entry in mapping.items()]
    id = text(data.get("conversation_id")) or text(data.get("id")) or min(mapping)
    facts = Facts(
        id,
        text(data.get("title")),
        unix_seconds(data.get("create_time")),
        unix_seconds(data.get("update_time")),
        text(data.get("current_node")),
        data.get("is_archived") is True,
    )
    change = change_of(ORIGIN, facts, _in_order(nodes, mapping), demo=demo)
    if change is None:
        left_out[Kind.CONVERSATIONS] += 1
    return change


def _in_order(nodes: list[Node], mapping: Object) -> list[Node]:
    """Sort the nodes so that those below one node stand as it names them."""
    place = {
        child: at
        for entry in mapping.values()
        for at, child in enumerate(items(object_of(entry).get("children")))
        if isinstance(child, str)
    }
    return sorted(nodes, key=lambda node: place.get(node.id, 0))


class _Messages:
    def __init__(self, find: Find, left_out: LeftOut, model: str) -> None:
        self._find = find
        self._left_out = left_out
        self._model = model

    def node(self, id: str, entry: Object) -> Node:
        bare = Node(id, text(entry.get("parent")))
        if entry.get("message") is None:
            # The root of every tree.
            return bare
        message = object_of(entry.get("message"))
        content = object_of(message.get("content"))
        metadata = object_of(message.get("metadata"))
        role = text(object_of(message.get("author")).get("role"))
        kind = self._left_out_as(role, message, content, metadata)
        if kind is not None:
            if kind is not Kind.SYSTEM or self._has_text(content):
                self._left_out[kind] += 1
            return bare
        said, attachments = self._parts(content)
        self._count_files(metadata)
        if role != "user":
            # Only prompts have files here.
            self._left_out[Kind.PICTURES] += len(attachments)
            attachments = []
        if len(said) > LONGEST:
            self._left_out[Kind.TOO_LONG] += 1
            return bare
        if not said.strip() and not attachments:
            if role == "user" or not self._is_known(content):
                self._left_out[Kind.MESSAGES] += 1
            return bare
        return bare._replace(
            role="user" if role == "user" else "assistant",
            text=said,
            on=unix_seconds(message.get("create_time")),
            model=text(metadata.get("model_slug")) or self._model,
            attachments=tuple(attachments),
            is_whole=text(message.get("status")) != "in_progress",
        )

    @staticmethod
    def _has_text(content: Object) -> bool:
        return any(isinstance(part, str) and part.strip() for part in items(content.get("parts")))

    @staticmethod
    def _is_known(content: Object) -> bool:
        return content.get("content_type") in ("text", "multimodal_text", "code")

    @staticmethod
    def _left_out_as(role: str, message: Object, content: Object, metadata: Object) -> Kind | None:
        """Return the kind as which a message is left out; None if it belongs to the conversation."""
        kind = text(content.get("content_type"))
        if kind in _LEFT_OUT:
            return _LEFT_OUT[kind]
        if role == "system" or metadata.get("is_visually_hidden_from_conversation") is True:
            return Kind.SYSTEM
        if role == "tool":
            # Pictures that a tool has painted are part of the answer.
            return None if kind == "multimodal_text" else Kind.TOOL_RESULTS
        if role not in ("user", "assistant"):
            return Kind.MESSAGES
        if role == "assistant" and text(message.get("recipient")) not in ("", "all"):
            return Kind.TOOL_CALLS
        return None

    def _parts(self, content: Object) -> tuple[str, list[Attachment]]:
        """Return the text of a message, and the pictures in it."""
        if content.get("content_type") == "code":
            return code_block(
                text(content.get("language")).strip() or "text", text(content.get("text")).split("\n")
            ), []
        said: list[str] = []
        pictures: list[Attachment] = []
        for part in items(content.get("parts")):
            if isinstance(part, str):
                said.append(_CITATION.sub("", part))
                continue
            kind = text(object_of(part).get("content_type"))
            if kind == "image_asset_pointer":
                found = self._picture(text(part.get("asset_pointer")))
                if found is None:
                    self._left_out[Kind.PICTURES] += 1
                else:
                    pictures.append(found)
            elif kind == "audio_transcription":
                said.append(text(part.get("text")))
            elif "audio" in kind or "video" in kind:
                self._left_out[Kind.AUDIO] += 1
            else:
                self._left_out[Kind.OTHER] += 1
        return "\n\n".join(filter(None, said)), pictures

    def _picture(self, pointer: str) -> Attachment | None:
        id = pointer.rpartition("://")[2].partition("#")[0]
        return picture(self._find(id), id)

    def _count_files(self, metadata: Object) -> None:
        """Count the files that were attached, whose contents no export has. Pictures stand among the parts as well."""
        self._left_out[Kind.FILES] += sum(
            not text(each.get("mimeType") or each.get("mime_type")).startswith("image/")
            for each in objects(metadata.get("attachments"))
        )
