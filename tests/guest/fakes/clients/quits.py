"""A client whose import asks the program to end."""

import sys

sys.exit("this client does not like this interpreter")
