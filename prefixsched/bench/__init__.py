"""Benchmarks: suites of instances × policies, run into a store that survives crashes."""
