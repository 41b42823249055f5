"""Adapters that are their own clients."""
