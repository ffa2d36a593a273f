"""What /metrics tells are counts and durations, in Prometheus' text format."""

from __future__ import annotations

from bot.metrics import Metrics


def test_counts_and_durations_are_shown_by_channel() -> None:
    metrics = Metrics()
    metrics.received.labels("web", "answered").inc()
    metrics.sends.labels("telegram", "sent").inc(2)
    metrics.send_seconds.labels("telegram").observe(0.02)
    metrics.outbox.labels("telegram", "queued").set(3)
    shown = metrics.show().decode().splitlines()

    assert 'upakarti_messages_received_total{channel="web",result="answered"} 1.0' in shown
    assert 'upakarti_send_attempts_total{channel="telegram",result="sent"} 2.0' in shown
    assert 'upakarti_send_seconds_count{channel="telegram"} 1.0' in shown
    assert 'upakarti_outbox_messages{channel="telegram",status="queued"} 3.0' in shown


def test_two_services_in_one_process_do_not_share_counts() -> None:
    first, second = Metrics(), Metrics()
    first.received.labels("web", "answered").inc()

    assert b'channel="web"' not in second.show()
