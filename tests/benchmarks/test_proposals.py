"""How fast and in how much memory a file of proposals comes in, and how long a look-up takes among a million of them.

Memory is that of a process of its own (on Linux): its peak, and how much higher it is than after an import of one row.
Meanwhile a thread of the benchmark writes to the same database, and the longest it had to wait is told.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from pytest_benchmark.fixture import BenchmarkFixture

from storage import contacts, migrate
from storage.contacts import Identity
from storage.database import Database
from storage.proposals import claims, proof, records
from storage.proposals.claims import Claim, Proof
from tests.bot.proposals.files import shared

HEADER = ("No", "Nomor Registrasi", "Edisi", "Kategori", "Judul Usulan", "No. HP", "Status", "Sejak", "Kode Akses")
STATES = ("usulan_diterima", "Seleksi administrasi", "Penilaian substansi", "Field review")
DAY = datetime(2028, 10, 1, 9, 30, tzinfo=UTC).replace(tzinfo=None)  # as Excel has it

IMPORT = r"""
import asyncio, json, re, sys, time
from pathlib import Path
from bot import settings
from bot.proposals import importing

def take_in(path):
    asyncio.run(importing.import_file(settings.load(), Path(path), dry_run=False, as_json=False))

def peak():
    # Not ru_maxrss, which begins with that of the process that started this one.
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

take_in(sys.argv[1])
before, began, worked = peak(), time.perf_counter(), time.process_time()
take_in(sys.argv[2])
seconds, cpu = time.perf_counter() - began, time.process_time() - worked
print(json.dumps({"seconds": seconds, "cpu": cpu, "before": before, "peak": peak()}))
"""


def rows(count: int) -> Iterator[list[object]]:
    for number in range(1, count + 1):
        yield [
            number,
            f"UPK-2028-{number:06}",
            2028,
            "Kepeloporan" if number % 3 == 0 else "Pengabdian",
            f"Pembinaan perajin nomor {number} di desa {number % 977}",
            f"0812{number:08}",
            STATES[number % len(STATES)],
            DAY + timedelta(days=number % 28),
            f"7KQM2B9T{number:06}",
        ]


def csv_file(path: Path, count: int) -> Path:
    with path.with_suffix(".csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows(count))
    return path.with_suffix(".csv")


def xlsx_file(path: Path, count: int) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Usulan")
    sheet.append(HEADER)
    for row in rows(count):
        sheet.append(row)
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


def shared_xlsx_file(path: Path, count: int) -> Path:
    """A workbook as Excel saves it: texts in a part of their own."""
    return shared(xlsx_file(path, count))


class OtherWriter(threading.Thread):
    """Writes to the same SQLite file again and again, and remembers the longest wait."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="other writer")
        self._path = path
        self._stop_asked = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=60)
        while not self._stop_asked.wait(0.01):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE editions SET year = year")
            connection.execute("COMMIT")
            self.longest = max(self.longest, time.perf_counter() - began)
        connection.close()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()


async def migrated(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
@pytest.mark.parametrize("make", [csv_file, xlsx_file, shared_xlsx_file], ids=["csv", "xlsx", "xlsx_shared"])
def test_import(make: Callable[[Path, int], Path], count: int, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    one, many = make(tmp_path / "one", 1), make(tmp_path / "many", count)
    url = f"sqlite+aiosqlite:///{tmp_path}/import.db"
    asyncio.run(migrated(url))
    told: dict[str, float] = {}

    def once() -> None:
        writer = OtherWriter(tmp_path / "import.db")
        writer.start()
        done = subprocess.run(
            [sys.executable, "-c", IMPORT, one, many],
            env=os.environ | {"UPAKARTI_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=True,
        )
        writer.stop()
        told.update(json.loads(done.stdout.splitlines()[-1]), waited=writer.longest)

    benchmark.pedantic(once, rounds=1)
    benchmark.extra_info.update(
        rows_per_second=round(count / told["seconds"]),
        rows_per_cpu_second=round(count / told["cpu"]),
        peak_mib=round(told["peak"], 1),
        more_than_one_row_mib=round(told["peak"] - told["before"], 1),
        longest_wait_of_another_writer_s=round(told["waited"], 2),
    )
    print(f"\n{benchmark.name}: {benchmark.extra_info}")


MILLION = 1_000_000
LOOK_UPS = 2_000
CODE = "7KQM2B9TXW4C"
SERIES = {
    "sqlite": "WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < 1000000)",
    "postgresql": "WITH series(i) AS (SELECT generate_series(1, 1000000))",
}
FILL = (
    "INSERT INTO proposals (number, edition, category, title, phone_sha256, code_sha256, confirmed_at)"
    " {series} SELECT 'UPK-' || (1000000 + i), 2028, 'pengabdian', 'Pembinaan ' || i, {hash}, {hash},"
    " '2028-10-01 00:00:00' FROM series",
    "INSERT INTO proposal_events (number, position, state, entered_at, recorded_at)"
    " {series} SELECT 'UPK-' || (1000000 + i), 1, 'usulan_diterima', '2028-10-01 00:00:00', '2028-10-01 00:00:00'"
    " FROM series",
)
HASHES = {
    "sqlite": "substr('0000000' || i, -7) || hex(zeroblob(28)) || 'a'",
    "postgresql": "encode(sha256(i::text::bytea), 'hex')",
}


async def fill(url: str) -> Database:
    # Filling takes longer than a statement of the service may.
    database = Database(url, {"command_timeout": 600} if "postgresql" in url else None)
    await migrate.upgrade(database)
    kind = "sqlite" if database.is_sqlite else "postgresql"
    async with database.transaction() as tx:
        for statement in FILL:
            await tx.exec_driver_sql(statement.format(series=SERIES[kind], hash=HASHES[kind]))
    if not database.is_sqlite:
        async with database.transaction() as tx:
            await tx.exec_driver_sql("ANALYZE")
    return database


async def timed(look_up: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """Return the median and the 99th percentile in milliseconds."""
    numbers = random.Random(1).sample(range(1, MILLION + 1), LOOK_UPS)
    seconds = []
    for number in numbers:
        began = time.perf_counter()
        await look_up(number)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=100)[98] * 1000


async def look_ups(url: str) -> dict[str, str]:
    began = time.perf_counter()
    database = await fill(url)
    filled = time.perf_counter() - began
    now = datetime(2028, 11, 1, tzinfo=UTC)
    async with database.transaction() as tx:
        (person,) = await contacts.meet(tx, [Identity(telegram_id=1)], now)

    async def known(number: int) -> None:
        async with database.reading() as tx:
            assert await records.get(tx, f"UPK-{MILLION + number}") is not None

    async def unknown(number: int) -> None:
        async with database.reading() as tx:
            assert await records.get(tx, f"XYZ-{MILLION + number}") is None

    async def fail(number: str) -> None:
        wrong = Proof(code_sha256=proof.code_hash(number, CODE))
        async with database.transaction() as tx:
            await tx.exec_driver_sql("DELETE FROM attempts")  # so that nobody has to wait
            proved = await claims.prove(tx, Claim(person.id, "telegram", number, wrong, "1"), now)
        assert not proved.accepted

    kinds: dict[str, Callable[[int], Awaitable[object]]] = {
        "get known": known,
        "get unknown": unknown,
        "prove known": lambda number: fail(f"UPK-{MILLION + number}"),
        "prove unknown": lambda number: fail(f"XYZ-{MILLION + number}"),
    }
    await timed(known)  # the pages of the database are in memory from here on
    found = {"filled in s": f"{filled:.0f}"}
    for name, look_up in kinds.items():
        median, slow = await timed(look_up)
        found[name] = f"median {median:.2f} ms, p99 {slow:.2f} ms"
    await database.close()
    return found


def test_look_up_among_a_million(database_url: str, benchmark: BenchmarkFixture) -> None:
    found: dict[str, str] = {}

    benchmark.pedantic(lambda: found.update(asyncio.run(look_ups(database_url))), rounds=1)

    benchmark.extra_info.update(found)
    print(f"\n{benchmark.name}: {json.dumps(found, indent=1)}")
