"""Requests as the service takes them: the only place where messages are JSON."""

from __future__ import annotations

from typing import Any

from elumenta_tui.chat.message import Message, Part, Text
from elumenta_tui.chat.request import Request


def request_json(request: Request) -> dict[str, Any]:
    """Return the body of `POST /api/v2/generate` for a request: fields without a value are left out."""
    options = request.options
    fields: dict[str, Any] = {
        "model": request.model.slug,
        "messages": [_message_json(message) for message in request.messages],
        "stream": True,
    }
    if options.temperature is not None:
        fields["temperature"] = options.temperature
    if options.max_tokens is not None:
        fields["max_tokens"] = options.max_tokens
    return fields


def _message_json(message: Message) -> dict[str, Any]:
    # Only models that see images document content in parts.
    content = [_part_json(part) for part in message.parts] if message.images else message.text
    return {"role": message.role, "content": content}


def _part_json(part: Part) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    from base64 import b64encode

    url = f"data:{part.media_type};base64,{b64encode(part.data).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url}}
