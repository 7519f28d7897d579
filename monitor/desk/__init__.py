"""Responders' actions: what people press in Slack, and what the clock does by itself."""
