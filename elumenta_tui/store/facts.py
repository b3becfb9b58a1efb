"""Declarations of stored facts: one `Fact` per column, and whatever handles that column is derived from it.

A `Table` is a list of facts. It yields the CREATE TABLE statement, inserts and updates, the reading of a row with defaults,
the check of rows that a stranger may have written, and the salvage of a row from a damaged file. Each fact and each table says
since which version of the schema it exists; `schema` derives the migrations from that, and the way to read older files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.chat.parsing import amount
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    import sqlite3

    Row = Mapping[str, object] | sqlite3.Row
    """A row by the names of its columns."""

Values = Mapping[str, Any]
"""Values of facts by their names, clean."""

# -------------------------------------------------------------------------------------------------------------- readers
# SQLite keeps any value in any column, and anybody may have written the file. A reader accepts every value that SQLite knows.


def text_of(value: object) -> str:
    """Read clean text; empty if the column holds no text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean(value) if isinstance(value, str) else ""


def line_of(value: object, limit: int = 200) -> str:
    """Read one line of clean text, at most `limit` characters."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and " " not in value
        and len(value) <= limit
    ):
        # Most are ids and names: nine in each row of a conversation that is opened.
        return value
    return clean_line(text_of(value), limit)


def seconds_of(value: object) -> float | None:
    """Read seconds; None if the column holds no number, or one that no clock shows."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e11:
        return float(value)
    return None


def count_of(value: object) -> int:
    """Read a count; 0 if the column holds none."""
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _number_of(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0


def _limit_of(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


# ---------------------------------------------------------------------------------------------------------------- facts


class Fact(NamedTuple):
    """One stored fact. The functions below (`line`, `text`, `seconds`, …) declare the usual kinds."""

    name: str
    """The column."""
    sql: str
    """Type and constraints, as they stand in CREATE TABLE; empty: none."""
    read: Callable[[object], Any]
    """Makes a clean value of whatever the column holds. It must accept its own result unchanged."""
    default: Any = None
    """Value in a file that is older than the fact, and of a salvaged row whose NOT NULL column is unreadable."""
    older: str = ""
    """SQL expression that computes the value for the rows of a file that is older than the fact, in place of the default. It may
    use the columns of the row and, as `{turn}` in FROM clauses, the tables of the version before `since`."""
    field: str = ""
    """Attribute of the domain object which the fact is taken from and restored to. Empty: none."""
    take: Callable[[Any], Any] | None = None
    """Computes the value from the domain object. None: it is the attribute `field`."""
    restore: Callable[[Any], Any] | None = None
    """Computes the attribute `field` from the value. None: it is the value."""
    exported: str = ""
    """Key in the JSON export. Empty: not exported, or written there by hand."""
    own: bool = False
    """Bookkeeping of the store: no part of a record."""
    fixed: bool = False
    """Written with its row and never updated."""
    salvage: Callable[[object], Any] | None = None
    """Reads the column of a damaged file, where that differs from `read`."""
    strange: str = ""
    """SQL condition on the column `{0}` that no value of this program meets. Empty: every value is expected."""
    since: int = 1
    """First version of the schema that has the fact."""

    @property
    def is_taken(self) -> bool:
        """Whether the domain object yields the value."""
        return self.take is not None or bool(self.field)

    def of(self, thing: Any) -> Any:
        """Take the value from a domain object."""
        return self.read(getattr(thing, self.field)) if self.take is None else self.take(thing)

    def written(self, value: object) -> Any:
        """Make any value fit for the column."""
        made = (self.salvage or self.read)(value)
        return self.default if made is None and "NOT NULL" in self.sql else made

    @property
    def added(self) -> str:
        """Column definition for ALTER TABLE ADD COLUMN, with the default in it: SQLite gives it to all older rows."""
        definition = f"{self.name} {self.sql}".rstrip()
        if "DEFAULT" in self.sql or self.default is None:
            return definition
        return f"{definition} DEFAULT {literal(self.default)}"


def literal(value: object) -> str:
    """Write a default as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(int(value) if isinstance(value, bool) else value)


SHORT = "typeof({0}) <> 'text' OR length({0}) > 200"
NAME = "typeof({0}) <> 'text' OR length({0}) NOT BETWEEN 1 AND 200 OR {0} GLOB '*[^ -~]*'"
COUNT = "typeof({0}) <> 'integer' OR {0} NOT BETWEEN 0 AND 9007199254740991"


def line(name: str, sql: str = "TEXT NOT NULL", *, default: str = "", **more: Any) -> Fact:
    """Declare one line of text, at most 200 characters."""
    return Fact(name=name, sql=sql, **{"read": line_of, "default": default, "strange": SHORT, **more})


def text(name: str, sql: str = "TEXT NOT NULL", *, default: str = "", **more: Any) -> Fact:
    """Declare text of any length."""
    strange = "typeof({0}) <> 'text'"
    return Fact(name=name, sql=sql, **{"read": text_of, "default": default, "strange": strange, **more})


def json(name: str, **more: Any) -> Fact:
    """Declare JSON, or NULL. Only its type is checked here: who parses it must expect anything."""
    strange = "typeof({0}) NOT IN ('text', 'null')"
    return Fact(name=name, sql="TEXT", read=_text_or_none, strange=strange, **more)


def blob(name: str, sql: str = "BLOB NOT NULL", **more: Any) -> Fact:
    """Declare bytes."""
    return Fact(name=name, sql=sql, read=_bytes_of, default=b"", strange="typeof({0}) <> 'blob'", **more)


def flag(name: str, sql: str = "INTEGER NOT NULL", *, default: bool = False, **more: Any) -> Fact:
    """Declare a flag."""
    return Fact(name=name, sql=sql, read=bool, default=default, **more)


def count(name: str, sql: str = "INTEGER NOT NULL", **more: Any) -> Fact:
    """Declare a count."""
    return Fact(name=name, sql=sql, **{"read": count_of, "default": 0, "strange": COUNT, **more})


def number(name: str, sql: str = "INTEGER NOT NULL", **more: Any) -> Fact:
    """Declare a row number or an order: a count that may pass two thousand million."""
    return count(name, sql, **{"read": _number_of, **more})


def seconds(name: str, sql: str = "REAL", **more: Any) -> Fact:
    """Declare a moment or a duration in seconds."""
    return Fact(name=name, sql=sql, read=seconds_of, **more)


def real(name: str, **more: Any) -> Fact:
    """Declare a number that may have a fraction; NULL if there is none."""
    return Fact(name=name, sql="REAL", read=seconds_of, **more)


def limit(name: str, **more: Any) -> Fact:
    """Declare an upper limit, a whole number; NULL if there is none."""
    return Fact(name=name, sql="INTEGER", read=_limit_of, **more)


def tokens(name: str, **more: Any) -> Fact:
    """Declare an amount of Elumenta tokens; NULL if it is unknown. It has no type: amounts may be whole or not."""
    return Fact(name=name, sql="", read=amount, **more)


# --------------------------------------------------------------------------------------------------------------- tables


def held_by(row: Row) -> Mapping[str, object]:
    """Return a row as a dict: SQLite's own rows compare every name with every column."""
    # A dict first: the general question takes a microsecond, and is asked for each row.
    return row if isinstance(row, dict | Mapping) else dict(zip(row.keys(), row, strict=True))


class Former(NamedTuple):
    """Source of a table's rows in the version before the table. Migration, reading and salvage all use this."""

    tables: Sequence[str]
    """Tables of the version before. A fact without an entry in `columns` is their column of the same name, if one has it;
    otherwise it has its default."""
    source: str
    """FROM clause (and WHERE, ORDER BY), with `{table}` for each of the tables: `{turn} JOIN {passage} ON …`."""
    columns: Mapping[str, str] = MappingProxyType({})
    """SQL expressions by fact, over the columns `table.column`, and over `{table}` in FROM clauses; `{bare_table} AS other` where the
    same table is looked at twice."""


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Table:
    """One table: its facts in the order of its columns, and what else SQLite has to know."""

    name: str
    facts: tuple[Fact, ...]
    key: str = ""
    """Column by which a row is updated instead of inserted twice."""
    constraints: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    """CREATE INDEX statements."""
    spare: str = ""
    """Query that reads some columns from an index, which may be whole where the table is damaged."""
    complete: str = ""
    """Statement that adds rows which other tables refer to. A damaged file may have lost them."""
    since: int = 1
    """First version of the schema that has the table in this shape."""
    until: int | None = None
    """First version that has it no more. The declaration stays: older files are read by it."""
    former: Former | None = None
    """Source of its first rows, if `since` is not the first version. None: the table begins empty."""
    _read_of: tuple[Fact, ...] = ()
    _read_by: Sequence[tuple[str, Callable[[object], Any], bool, Any]] = ()
    """What `read` needs of the facts in `_read_of`."""
    _restored_of: tuple[Fact, ...] = ()
    _restored_by: Sequence[tuple[str, str, Callable[[Any], Any] | None]] = ()
    """What `restored` needs of the facts in `_restored_of`."""

    def is_at(self, version: int) -> bool:
        """Whether that version of the schema has the table."""
        return self.since <= version and (self.until is None or version < self.until)

    def facts_at(self, version: int) -> tuple[Fact, ...]:
        """The facts that this version of the schema has, in the order of the columns."""
        return tuple(fact for fact in self.facts if fact.since <= version)

    @property
    def recorded(self) -> tuple[Fact, ...]:
        """The facts that are part of a record."""
        return tuple(fact for fact in self.facts if not fact.own)

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of every recorded fact."""
        return {fact.name: fact.default for fact in self.recorded}

    def create(self, name: str = "") -> str:
        """The CREATE TABLE statement of its first version. Its spaces count: old files hold the same statement."""
        columns = [f"{fact.name} {fact.sql}".rstrip() for fact in self.facts_at(self.since)]
        columns += self.constraints
        if len(columns) == 1:
            return f"CREATE TABLE {name or self.name} ({columns[0]})"
        separator = ",\n        "
        return f"CREATE TABLE {name or self.name} (\n        {separator.join(columns)}\n    )"

    # ------------------------------------------------------------------------------------------------------------- rows

    def read(self, row: Row) -> dict[str, Any]:
        """Read the recorded facts of a row; a fact that the row lacks has its default.

        KeyError if the row lacks a fact that is as old as the table: then it is another program's table.
        """
        held = held_by(row)
        # This runs for every answer of a conversation that is opened.
        return {
            name: read(held[name]) if is_old or name in held else default
            for name, read, is_old, default in self._readers()
        }

    def _readers(self) -> Sequence[tuple[str, Callable[[object], Any], bool, Any]]:
        """Name, reader, whether every file has it, and default of each recorded fact."""
        if self._read_of is not self.facts:
            self._read_of = self.facts
            self._read_by = [
                (fact.name, fact.read, fact.since <= self.since, fact.default) for fact in self.recorded
            ]
        return self._read_by

    def salvage(self, row: Row) -> dict[str, Any]:
        """Read all facts of a damaged file's row, fit to be inserted. Defaults and errors as in `read`."""
        held = held_by(row)
        return {
            fact.name: fact.written(held[fact.name])
            if fact.since <= self.since or fact.name in held
            else fact.default
            for fact in self.facts
        }

    def taken(self, thing: Any) -> dict[str, Any]:
        """Take the facts that a domain object yields."""
        return {fact.name: fact.of(thing) for fact in self.recorded if fact.is_taken}

    def exported(self, thing: Any) -> dict[str, Any]:
        """Take the facts that are exported, by their keys in JSON."""
        return {fact.exported: fact.of(thing) for fact in self.facts if fact.exported}

    def restored(self, values: Values) -> dict[str, Any]:
        """Compute the attributes of the domain object from the facts that have one."""
        if self._restored_of is not self.facts:
            self._restored_of = self.facts
            self._restored_by = [(fact.name, fact.field, fact.restore) for fact in self.facts if fact.field]
        return {
            field: values[name] if restore is None else restore(values[name])
            for name, field, restore in self._restored_by
            if name in values
        }

    def put(self, connection: sqlite3.Connection, values: Values, *, update: bool = True) -> None:
        """Insert a row, or update the one with the same key; `update=False`: leave that one as it is.

        Values of other tables' facts are left out, so that one record can be put into several tables.
        """
        names = [fact.name for fact in self.facts if fact.name in values]
        changing = [fact.name for fact in self.facts if fact.name in values and not fact.fixed]
        conflict = f"ON CONFLICT ({self.key}) DO " if self.key else ""
        if conflict and update and changing:
            conflict += "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in changing)
        elif conflict:
            conflict += "NOTHING"
        connection.execute(
            f"INSERT INTO {self.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)}) {conflict}",
            {name: values[name] for name in names},
        )

    def set(self, connection: sqlite3.Connection, key: object, values: Values) -> None:
        """Update facts of the row with that key, made fit for their columns. KeyError for a name that is no fact."""
        facts = {fact.name: fact for fact in self.facts}
        made = {name: facts[name].written(value) for name, value in values.items()}
        if made:
            changes = ", ".join(f"{name} = :{name}" for name in made)
            connection.execute(
                f"UPDATE {self.name} SET {changes} WHERE {self.key} = :the_key", {**made, "the_key": key}
            )

    def strange(self, version: int) -> str:
        """SQL condition that holds for rows which this program can't have written. Empty if any row is expected."""
        tests = [fact.strange.format(fact.name) for fact in self.facts_at(version) if fact.strange]
        return " OR ".join(tests)
