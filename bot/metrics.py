"""What /metrics tells Prometheus: counts and durations, never who."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from handlers.inbox import Received
from handlers.messages import Inbound

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The measures of one service; each service has its own registry, so that tests don't share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "upakarti_messages_received", "Messages taken in", ["channel", "result"], registry=self.registry
        )
        self.sends = Counter(
            "upakarti_send_attempts", "Attempts to send, by how they ended", ["channel", "result"],
            registry=self.registry,
        )  # fmt: skip
        self.turn_seconds = Histogram(
            "upakarti_receive_seconds", "From a message at the door to its commit", ["channel"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10), registry=self.registry,
        )  # fmt: skip
        self.send_seconds = Histogram(
            "upakarti_send_seconds", "One request to the platform", ["channel"],
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10), registry=self.registry,
        )  # fmt: skip
        self.outbox = Gauge(
            "upakarti_outbox_messages", "Messages in the outbox", ["channel", "status"], registry=self.registry
        )
        self.alarms = Gauge("upakarti_alarms", "Alarms of the last 24 hours", ["kind"], registry=self.registry)

        self.portal_rounds = Counter(
            "upakarti_portal_rounds", "Readings of the portal's view, by how they ended", ["result"],
            registry=self.registry,
        )  # fmt: skip
        self.portal_read = Gauge(
            "upakarti_portal_read_timestamp_seconds", "When the portal's view last answered, in Unix time",
            registry=self.registry,
        )  # fmt: skip

    def take(self, message: Inbound, result: Received, now: datetime) -> None:
        """Count a message that was taken in, and how long it waited for its commit."""
        self.received.labels(message.channel, result).inc()
        self.turn_seconds.labels(message.channel).observe((now - message.at).total_seconds())

    def show(self) -> bytes:
        """Return all measures in Prometheus' text format."""
        return generate_latest(self.registry)
