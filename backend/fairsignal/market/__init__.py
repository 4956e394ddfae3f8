"""The market's use cases, one module each: consents, vouchers, decisions, uses, releases, erasures."""
