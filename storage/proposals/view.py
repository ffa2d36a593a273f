"""Reads the view that the portal keeps for us in its own PostgreSQL, within time limits, and finds its mistakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from storage.proposals import states

NAME: Final = "upakarti_status"
ROWS: Final = 50_000  # the most that are taken at once; a view that joins wrongly must not fill our memory
CONNECT_TIMEOUT_S: Final = 5
STATEMENT_TIMEOUT_S: Final = 5
_ANSWER_TIMEOUT_S: Final = 8  # for a server that is gone and cannot keep the limit above itself
_EXAMPLES: Final = 5

_TEXT: Final = ("text", "character varying")
_WHOLE: Final = ("bigint", "integer", "smallint")
_MOMENT: Final = ("timestamp with time zone",)
COLUMNS: Final = {
    "number": _TEXT,
    "edition": _WHOLE,
    "category": _TEXT,
    "title": _TEXT,
    "phone": _TEXT,
    "code_sha256": _TEXT,
    "code_expires_at": _MOMENT,
    "event": _WHOLE,
    "state": _TEXT,
    "since": _MOMENT,
    "released_at": _MOMENT,
    "correction": ("boolean",),
    "changed_at": _MOMENT,
}

Reason = Literal[
    "unreachable", "timed_out", "login_refused", "no_database", "not_allowed", "no_view", "wrong_columns",
    "too_many_rows", "failed",
]  # fmt: skip


class PortalError(Exception):
    """The view could not be read. `reason` is one machine word; nothing of address or contents is in here."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class WrongColumn:
    """A column that is missing (`found` is None) or of another type than wanted."""

    name: str
    found: str | None
    wanted: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination found: sums, and examples of what is not as it should be."""

    wrong_columns: tuple[WrongColumn, ...]
    proposals: int = 0
    events: int = 0
    unknown_states: tuple[str, ...] = ()
    wrong_numbers: tuple[str, ...] = ()
    wrong_codes: int = 0
    superuser: bool = False
    may_write: bool = False


_status = sa.table(
    NAME,
    sa.column("number", sa.Text),
    sa.column("edition", sa.Integer),
    sa.column("category", sa.Text),
    sa.column("title", sa.Text),
    sa.column("phone", sa.Text),
    sa.column("code_sha256", sa.Text),
    sa.column("code_expires_at", sa.DateTime(timezone=True)),
    sa.column("event", sa.BigInteger),
    sa.column("state", sa.Text),
    sa.column("since", sa.DateTime(timezone=True)),
    sa.column("released_at", sa.DateTime(timezone=True)),
    sa.column("correction", sa.Boolean),
    sa.column("changed_at", sa.DateTime(timezone=True)),
)


def _moment(column: sa.ColumnElement[datetime]) -> sa.ColumnElement[datetime]:
    """Return the column within years that Python knows: "infinity" is no time at all, "-infinity" long ago."""
    first, last = datetime(1900, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
    return sa.case((column < last, sa.func.greatest(column, first))).label(column.key)


_ROWS = sa.select(
    *(_status.c[name] if kind != _MOMENT else _moment(_status.c[name]) for name, kind in COLUMNS.items())
).order_by(_status.c.number, _status.c.event)
_LIMIT_TIME = sa.text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
# Domains count as the type below them.
_COLUMNS = sa.text(
    """
    SELECT a.attname AS name,
           format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL) AS type
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = to_regclass(:view) AND a.attnum > 0 AND NOT a.attisdropped
    """
).bindparams(view=NAME)
_RIGHTS = sa.text(
    """
    SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           EXISTS (
               SELECT FROM pg_class c
               WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(:view))
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                 AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
           ) AS may_write
    """
).bindparams(view=NAME)
_NUMBER = r"^(?=.{3,40}$)(?=.*[0-9])[0-9A-Z]+(?:-[0-9A-Z]+)*$"  # as proof.number returns it


class View:
    """The portal's view, through one connection that only reads. Every method may raise PortalError."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
            connect_args={
                "timeout": CONNECT_TIMEOUT_S,
                "command_timeout": _ANSWER_TIMEOUT_S,
                "server_settings": {"application_name": "upakarti", "client_encoding": "utf8"},
            },
        )

    async def check(self) -> datetime:
        """Make sure that the view is as agreed, and return the time by the portal's clock."""
        async with self._reading() as connection:
            if await _wrong_columns(connection):
                raise PortalError("wrong_columns")
            now = await connection.execute(sa.select(sa.func.now(type_=sa.DateTime(timezone=True))))
            return now.scalar_one()

    async def numbers(self, after: str, limit: int, changed_since: datetime | None = None) -> Sequence[str]:
        """Return the next numbers after that one, in the view's own order; of those changed since a time, if given."""
        query = sa.select(_status.c.number).where(_status.c.number > after).distinct()
        if changed_since is not None:
            query = query.where(_status.c.changed_at > changed_since)
        async with self._reading() as connection:
            return (await connection.execute(query.order_by(_status.c.number).limit(limit))).scalars().all()

    async def rows(self, numbers: Sequence[str]) -> Sequence[sa.Row[tuple[object, ...]]]:
        """Return all that the view says of these numbers, at one moment, by number and event."""
        async with self._reading() as connection:
            rows = (await connection.execute(_ROWS.where(_status.c.number.in_(numbers)).limit(ROWS + 1))).all()
        if len(rows) > ROWS:
            raise PortalError("too_many_rows")
        return rows

    async def existing(self, numbers: Sequence[str]) -> set[str]:
        """Return those of these numbers that the view has."""
        query = sa.select(_status.c.number).where(_status.c.number.in_(numbers)).distinct()
        async with self._reading() as connection:
            return set((await connection.execute(query)).scalars())

    async def examine(self) -> Examination:
        """Look for all that may be wrong with the view."""
        async with self._reading() as connection:
            wrong = await _wrong_columns(connection)
            if wrong:
                return Examination(tuple(wrong))
            return await _examination(connection)

    async def close(self) -> None:
        """Close the connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(_LIMIT_TIME)
                yield connection
        except TimeoutError as error:
            raise PortalError("timed_out") from error
        except OSError as error:
            raise PortalError("unreachable") from error
        except (sa.exc.SQLAlchemyError, UnicodeError) as error:  # the second for a database without an encoding
            raise PortalError(_reason(error)) from error


async def _wrong_columns(connection: AsyncConnection) -> list[WrongColumn]:
    found = {row.name: row.type for row in (await connection.execute(_COLUMNS)).all()}
    if not found:
        raise PortalError("no_view")
    return [
        WrongColumn(name, found.get(name), wanted[0])
        for name, wanted in COLUMNS.items()
        if found.get(name) not in wanted
    ]


async def _examination(connection: AsyncConnection) -> Examination:
    totals = sa.select(
        sa.func.count(sa.distinct(_status.c.number)).label("proposals"),
        sa.func.count().label("events"),
        sa.func.count().filter(~_status.c.code_sha256.regexp_match("^[0-9a-fA-F]{64}$")).label("wrong_codes"),
    )
    state, number = sa.func.coalesce(_status.c.state, ""), sa.func.coalesce(_status.c.number, "")
    unknown = sa.select(state).where(state.not_in(states.known())).distinct().limit(_EXAMPLES)
    wrong = sa.select(number).where(~number.regexp_match(_NUMBER)).distinct().limit(_EXAMPLES)
    sums = (await connection.execute(totals)).one()
    rights = (await connection.execute(_RIGHTS)).one()
    return Examination(
        wrong_columns=(),
        proposals=sums.proposals,
        events=sums.events,
        unknown_states=tuple((await connection.execute(unknown)).scalars()),
        wrong_numbers=tuple((await connection.execute(wrong)).scalars()),
        wrong_codes=sums.wrong_codes,
        superuser=rights.superuser,
        may_write=rights.may_write,
    )


# What the portal's server calls an error (SQLSTATE, or how it begins), and what it is to us.
_REASONS: Final[dict[str, Reason]] = {
    "57014": "timed_out",
    "28": "login_refused",
    "3D000": "no_database",
    "42501": "not_allowed",
    "42P01": "no_view",
    "08": "unreachable",
    "53300": "unreachable",
    "57P": "unreachable",
}


def _reason(error: Exception) -> Reason:
    code = getattr(getattr(error, "orig", None), "sqlstate", "")
    if code is None:
        return "unreachable"  # the connection broke, and nobody said why
    return next((reason for begins, reason in _REASONS.items() if code.startswith(begins)), "failed")
