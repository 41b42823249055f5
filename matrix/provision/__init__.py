"""From a cell to what it runs on: an interpreter, its packages, and our own code.

Everything made here is a folder named after its content and made once: written
beside, then renamed. Nothing here knows of Docker or of cells' results.
"""
