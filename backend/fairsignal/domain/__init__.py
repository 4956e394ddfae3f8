"""Decisions without I/O: consents, signals, campaigns, use decisions and their arithmetic."""
