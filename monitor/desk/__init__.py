"""What responders may do, what the clock does by itself, and doing it: decided purely, performed in one transaction."""
