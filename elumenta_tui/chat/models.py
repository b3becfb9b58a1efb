"""Models of the service: their names and prices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from elumenta_tui.chat.parsing import Amount, amount, text
from elumenta_tui.lean import Frozen

VISION_MODELS = frozenset({"gpt-5", "claude-sonnet-4.5", "gemini-3-pro"})
"""Slugs that the vendor documents as accepting images. The models list has no field for that."""


class Model(Frozen):
    """A model of the service, as `GET /api/v2/models` lists it."""

    slug: str
    """Name of the model in requests, like `gpt-5`."""
    name: str
    provider: str = ""
    category: str = "text"
    """`category`: text, image, video, tts, stt, music, audio or tool."""
    price: Amount | None = None
    """`token_cost`: Elumenta tokens per request; None if the service did not say."""
    price_max: Amount | None = None
    """`max_token_cost` if above `price`: the request may cost up to this."""
    plan: str = ""
    """`min_plan`: the lowest plan that may use the model, like free or basic; empty if unknown."""
    streams: bool = True
    """Whether the model can be chosen for a chat: `supports_streaming`, and the category is text."""
    vision: bool = False
    """Whether the model accepts images in messages."""
    about_en: str = field(default="", compare=False)
    """`description_en`: what the vendor says that the model is good at; empty if it says nothing."""
    about_ru: str = field(default="", compare=False)
    """`description_ru`: the same in Russian."""

    @property
    def most(self) -> Amount | None:
        """Elumenta tokens that a request may cost; None if that is not known."""
        return self.price_max if self.price_max is not None else self.price

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Model | None:
        """Parse one entry of the list; None if it has no usable `slug`."""
        slug = text(data.get("slug")).strip()
        if not slug:
            return None
        category = text(data.get("category")) or "text"
        price = amount(data.get("token_cost"))
        if price is None:
            price = amount(data.get("min_token_cost"))
        most = amount(data.get("max_token_cost"))
        config = data.get("config")
        says_vision = (
            isinstance(config, Mapping) and (config.get("vision") or config.get("supports_vision")) is True
        )
        return cls(
            slug=slug,
            name=text(data.get("name")).strip() or slug,
            provider=text(data.get("provider")).strip(),
            category=category,
            price=price,
            price_max=most if most is not None and price is not None and most > price else None,
            plan=text(data.get("min_plan")).strip(),
            streams=category == "text" and data.get("supports_streaming") is not False,
            vision=says_vision or slug in VISION_MODELS,
            about_en=text(data.get("description_en")).strip(),
            about_ru=text(data.get("description_ru")).strip(),
        )

    @classmethod
    def unlisted(cls, slug: str) -> Model:
        """Return a model that the user named and no list has. It can be asked; its price is unknown."""
        return cls(slug=slug, name=slug, vision=slug in VISION_MODELS)


def _documented(slug: str, name: str, provider: str, price: int, plan: str) -> Model:
    return Model(slug, name, provider, price=price, plan=plan, vision=slug in VISION_MODELS)


DOCUMENTED_MODELS: tuple[Model, ...] = (
    _documented("gpt-5-nano", "GPT-5 Nano", "OpenAI", 1, "free"),
    _documented("claude-haiku-4.5", "Claude Haiku 4.5", "Anthropic", 1, "free"),
    _documented("gemini-2.5-flash", "Gemini 2.5 Flash", "Google", 1, "free"),
    _documented("deepseek-v3", "DeepSeek V3", "DeepSeek", 1, "free"),
    _documented("grok-4-fast", "Grok 4 Fast", "xAI", 1, "free"),
    _documented("gpt-5", "GPT-5", "OpenAI", 2, "basic"),
    _documented("deepseek-r1", "DeepSeek R1", "DeepSeek", 1, "basic"),
    _documented("gpt-5.2", "GPT-5.2", "OpenAI", 4, "basic"),
    _documented("claude-sonnet-4.5", "Claude Sonnet 4.5", "Anthropic", 4, "basic"),
    _documented("gemini-3-pro", "Gemini 3 Pro", "Google", 3, "basic"),
    _documented("claude-opus-4.5", "Claude Opus 4.5", "Anthropic", 6, "basic"),
    _documented("gpt-5.2-pro", "GPT-5.2 Pro", "OpenAI", 39, "basic"),
)
"""Text models of the vendor's documentation with their prices, offered until the service's own list arrives."""


def find_model(models: Sequence[Model], slug: str) -> Model:
    """Return the model with that slug, listed or not."""
    return next((model for model in models if model.slug == slug), None) or Model.unlisted(slug)


def models_begun(models: Sequence[Model], typed: str) -> list[Model]:
    """Return the models that can chat and whose slug, or a part of it, begins as typed: `opus` begins a part of `claude-opus-4.5`."""
    begun = re.compile(rf"(?:^|[-/]){re.escape(typed)}", re.IGNORECASE)
    return [model for model in models if model.streams and begun.search(model.slug)]


def nearest_with_vision(models: Sequence[Model], instead_of: Model) -> Model | None:
    """Return the model that sees images at the same or the next higher price, or else at the next lower one; None if none does."""
    seeing = [model for model in models if model.vision and model.streams]
    price = instead_of.most or 0

    def distance(model: Model) -> tuple[bool, Amount]:
        known = model.most if model.most is not None else price
        return known < price, abs(known - price)

    return min(seeing, key=distance, default=None)
