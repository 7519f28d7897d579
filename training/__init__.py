"""How the shipped judge is trained (README.md)."""
