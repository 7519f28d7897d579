"""alert and correct: must people be told now, and why; what answers the post; and delivery without loss or flood."""
