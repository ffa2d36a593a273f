"""Runs the real service as a process of its own, for tests that kill it, stop it or talk to it over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Self

import aiohttp

from tests.conftest import CACHE_HOME

UPAKARTI = Path(sys.executable).parent / "upakarti"
START_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class ServiceProcess:
    """`upakarti run` with the given settings; may be started again after it was killed."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "service.log"
        kept = {"database_url": f"sqlite+aiosqlite:///{folder}/service.db", "cache_dir": CACHE_HOME / "upakarti"}
        given = {"http_port": self.port} | kept | settings
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("UPAKARTI_")}
        self._environment |= {f"UPAKARTI_{name.upper()}": str(value) for name, value in given.items()}
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *, wait: bool = True) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                UPAKARTI, "run", cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        if wait:
            await self.healthy()

    async def healthy(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(START_SECONDS):
            while True:
                assert self._process is not None
                assert self._process.returncode is None, self.log
                try:
                    async with session.get(f"{self.url}/healthz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)  # another process: there is nothing to wait on but its port

    async def kill(self) -> None:
        """kill -9: no goodbye."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """SIGTERM; return the exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        status = await self._process.wait()
        self._process = None
        return status

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self._end(signal.SIGKILL)
