"""Who asks: wallets that signed in, and the operator's own servers with their API keys."""
