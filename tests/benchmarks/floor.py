"""The floor for answers: a bare httpx loop that prints what comes. It takes prompts from its terminal, as the app does."""

from __future__ import annotations

import asyncio
import json
import sys

import httpx

READY = "floor>"


async def answer(client: httpx.AsyncClient, prompt: str) -> None:
    """Print the answer, delta by delta."""
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": prompt}], "stream": True}
    async with client.stream("POST", "/api/v2/generate", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                event = json.loads(line[6:])
                if event["type"] == "content_delta":
                    sys.stdout.write(event["delta"])
                    sys.stdout.flush()


async def main(url: str) -> None:
    """Answer the prompts of the terminal."""
    async with httpx.AsyncClient(base_url=url, timeout=None) as client:
        while True:
            sys.stdout.write(f"\n{READY} ")
            sys.stdout.flush()
            prompt = await asyncio.to_thread(sys.stdin.readline)
            if not prompt:
                return
            await answer(client, prompt)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
