"""`make gas`: what our contracts use on a real EVM, beside their peers and the targets of the design."""
