"""Chats to sealed profile: import, scrub, extract, screen, aggregate, seal, publish."""
