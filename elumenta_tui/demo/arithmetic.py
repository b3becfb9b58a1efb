"""Solve sums that people try in a chat: `2+2`, «сколько будет 3,5 * 4»."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from .prompts import Language

_QUESTION = re.compile(
    r"(?:what(?:'s|’s| is)|how much is|calculate|compute|сколько будет|чему равно|[пс]осчитай|вычисли)?[\s:]*+"
    r"(?P<sum>[-−+(\d][-−+*/×÷·^().,\dxх:\s]*+)"
    r"[=?!.\s]*+",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
_LONGEST = 80
_MOST_BITS = 200
"""Bits of a power's result, at most. People do not try larger ones."""

_SIGNS = str.maketrans({"−": "-", "×": "*", "·": "*", "x": "*", "х": "*", "÷": "/", ":": "/", "^": "**"})


def find_sum(text: str, language: Language) -> tuple[str, str | None] | None:
    """Return the sum that the text asks for and its result (None for a division by zero). None if the text is no sum."""
    match = _QUESTION.fullmatch(text.strip().lower())
    written = " ".join(match["sum"].split()).rstrip(".=") if match else ""
    if len(written) > _LONGEST or _DATE.fullmatch(written):
        return None
    # In English 1,000 is a thousand. In Russian the comma is the decimal point.
    plain = re.sub(r",(?=\d{3}\b)", "", written) if language == "en" else written
    plain = plain.replace(",", ".").translate(_SIGNS)
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
        if not isinstance(tree, ast.BinOp):
            return None
        value = _value(tree)
    except ZeroDivisionError:
        return written, None
    except (SyntaxError, ValueError):
        return None
    return written, _shown(value, language)


def _value(node: ast.expr) -> Fraction:
    """Evaluate exactly, so that 0.1 + 0.2 is 0.3. Raises ValueError for anything but numbers and the five operations."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, _value(left), _value(right))
    raise ValueError("not a sum")


def _combined(op: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Pow() if right.denominator == 1:
            bits = max(left.numerator.bit_length(), left.denominator.bit_length())
            if bits * abs(right) <= _MOST_BITS:
                return Fraction(left**right.numerator)
    raise ValueError("not a sum")


def _shown(value: Fraction, language: Language) -> str:
    """Format a number as the language writes it, with ≈ before a result rounded to ten places."""
    if value.denominator == 1:
        return str(value.numerator)
    rounded = round(value, 10)
    whole, places = divmod(abs(rounded.numerator) * 10**10 // rounded.denominator, 10**10)
    digits = f"{places:010d}".rstrip("0") or "0"
    sign = "-" if value < 0 else ""
    about = "" if rounded == value else "≈ "
    return f"{about}{sign}{whole}{',' if language == 'ru' else '.'}{digits}"
