"""WhatsApp: messages and reports in by webhook, replies out through Meta's Cloud API."""
