"""The real service as a process of its own, on the drill's database and platform, to be killed and started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from bot.drill.platform import Platform
from bot.errors import PlainError
from bot.settings import PREFIX, Settings, foreign_environment

COMMAND: Final = ("-c", "from bot.cli import main; main()", "run")


class Victim:
    """One service. It knows nothing of the real token, platform and database."""

    def __init__(self, folder: Path, platform: Platform, settings: Settings, per_second: float) -> None:
        given = {
            "DATABASE_URL": database_url(folder),
            "TELEGRAM_TOKEN": platform.token,
            "TELEGRAM_API_URL": platform.url,
            "TELEGRAM_MESSAGES_PER_SECOND": str(per_second),
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": "0",
            "CACHE_DIR": str(settings.cache_dir or folder / "cache"),
        }
        self._environment = foreign_environment()
        self._environment |= {f"{PREFIX}{name}": value for name, value in given.items()}
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; from its own folder, so that it finds no settings of the real one."""
        with (self._folder / "service.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *COMMAND, cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )

    def check(self) -> None:
        """Raise PlainError when it ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            raise PlainError(f"The drill's service ended by itself: {self._last_words()}")

    async def kill(self) -> None:
        """kill -9: no goodbye."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.send_signal(number)
            await process.wait()

    def _last_words(self) -> str:
        log = (self._folder / "service.log").read_text(encoding="utf-8", errors="replace").strip()
        return log.rpartition("\n")[2][:300] or "it said nothing"


def database_url(folder: Path) -> str:
    """Return the address of the drill's database."""
    return f"sqlite+aiosqlite:///{folder}/drill.db"
