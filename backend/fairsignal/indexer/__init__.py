"""Follows the chain: events into tables that are never wrong about consent, whatever is reorganised or killed."""
