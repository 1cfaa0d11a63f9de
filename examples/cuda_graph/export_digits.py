#!/usr/bin/env python3
"""Writes digits.bytes: scikit-learn's handwritten digits, 1,797 of them, 65 bytes each.

    export_digits.py FILE    wherever scikit-learn is installed

64 pixels, 0 to 16, row by row, and then which digit it is. The order is scikit-learn's: the last 360 are by other
writers than those before, and are what is tested on.
"""
import sys
from pathlib import Path

from sklearn.datasets import load_digits

images, digits = load_digits(return_X_y=True)
rows = (bytes(map(int, image)) + bytes([digit]) for image, digit in zip(images, digits))
Path(sys.argv[1]).write_bytes(b"".join(rows))
