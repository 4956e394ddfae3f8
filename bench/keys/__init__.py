"""`make bench-keys`: sealing, releases by 3-of-5 real keepers, and blob stores."""
