"""Tiny clients that misbehave in one way each, and cases for them: the `cases` folder of the guests under test."""
