"""monitor: recognises known false claims in public posts and puts one clear alert in Slack."""
