"""Tests hold on every day and at every hour: who may read this machine's clock, and the rest run on other days."""
