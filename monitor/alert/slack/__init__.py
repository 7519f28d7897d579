"""Slack: rendering (pure) and delivery."""
