"""Classes of named fields: a `Frozen` never changes, a `Mutable` may.

They are written like data classes, and cost next to nothing to define: `dataclass` and `NamedTuple` compile methods for each class,
which took a tenth of the time until the first frame. Here the methods are written once and look the fields up, so that an object
takes some microseconds to create. Data classes and named tuples are for what is created by the thousand, or loaded after that frame.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field
from typing import Any, ClassVar, Self, dataclass_transform

_put = object.__setattr__


class _Slotted(type):
    """Makes a slot of each annotated name in the body of a class. What the body assigns to it is its default.

    As in a data class, the default may be a `field`, with a `default_factory`, without `compare` or with `metadata`.
    """

    def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any], **options: Any) -> _Slotted:
        own = [
            name for name, kind in body.get("__annotations__", {}).items() if not kind.startswith("ClassVar")
        ]
        defaults = {name: body.pop(name) for name in own if name in body}
        if bases:
            body["_fields"] = body["__match_args__"] = (*bases[0]._fields, *own)
            body["_defaults"] = {**bases[0]._defaults, **defaults}
        body["__slots__"] = (*body.get("__slots__", ()), *own)
        return super().__new__(cls, name, bases, body, **options)


class _Fielded(metaclass=_Slotted):
    """Fills the fields of a new object, and calls its `__post_init__` as a data class does."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, *values: object, **named: object) -> None:
        given = {**dict(zip(self._fields, values, strict=False)), **named}
        state = {**self._defaults, **given}
        if len(given) < len(values) + len(named) or len(state) != len(self._fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields)}")
        for name, value in state.items():
            if isinstance(value, Field):
                value = value.default if value.default_factory is MISSING else value.default_factory()
            _put(self, name, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    def but(self, **changed: Any) -> Self:
        """Return a copy with other values in some fields."""
        return type(self)(**{**self.as_dict(), **changed})

    def as_dict(self) -> dict[str, Any]:
        """Return the values by the names of their fields."""
        return {name: getattr(self, name) for name in self._fields}


def fields(kind: type[_Fielded]) -> list[Field[Any]]:
    """List the fields of a class, as `dataclasses.fields` does."""
    found = []
    for name in kind._fields:
        default = kind._defaults.get(name, MISSING)
        each = default if isinstance(default, Field) else field(default=default)
        each.name = name
        found.append(each)
    return found


@dataclass_transform(eq_default=False, field_specifiers=(field,))
class Mutable(_Fielded):
    """Object that stays itself while its fields change."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(_Fielded):
    """Value that equals another one of its class with equal fields."""

    def _compared(self) -> list[object]:
        return [
            getattr(self, name) for name in self._fields if getattr(self._defaults.get(name), "compare", True)
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other._compared() == self._compared()

    def __hash__(self) -> int:
        return hash(tuple(self._compared()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} never changes")
