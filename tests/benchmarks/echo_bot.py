"""A bare python-telegram-bot echo bot behind a webhook: keeps nothing, the yardstick of the benchmark."""

from __future__ import annotations

import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

API, TOKEN, PORT = os.environ["ECHO_API"], os.environ["ECHO_TOKEN"], int(os.environ["ECHO_PORT"])


async def echo(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text(update.message.text or "")


async def main() -> None:
    bot = Application.builder().token(TOKEN).base_url(f"{API}/bot").updater(None).build()
    bot.add_handler(MessageHandler(filters.TEXT, echo))

    async def webhook(request: Request) -> Response:
        await bot.update_queue.put(Update.de_json(await request.json(), bot.bot))
        return Response()

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    routes = [Route("/telegram/webhook", webhook, methods=["POST"]), Route("/healthz", healthz)]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=PORT, log_level="warning"))
    async with bot:
        await bot.start()
        await bot.bot.set_webhook(f"http://127.0.0.1:{PORT}/telegram/webhook", max_connections=40)
        await server.serve()
        await bot.stop()


if __name__ == "__main__":
    import asyncio

    asyncio.run(main())
