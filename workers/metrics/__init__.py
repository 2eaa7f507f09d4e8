"""What Prometheus can read of a running part: where (`endpoint.py`), which figures (docs/metrics.md).

A command binds nothing. Only a part that keeps running makes an endpoint, before it connects to anything.
"""
