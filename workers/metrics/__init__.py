"""Metrics of a running part for Prometheus: where (`endpoint.py`), and which (docs/metrics.md).

A command binds no port. Only a long-running part opens an endpoint, before it connects to anything.
"""
