"""Collects everything that an installation needs in one folder, for a computer that reaches no package index.

``python scripts/offline_bundle.py FOLDER`` makes the folder on a computer that does; `INSTALL.txt` in it says the one
command for the other. ``CONTENTS.csv`` lists name, version, licence and SHA-256 of each package for the security
department.
"""

from tools.wheelhouse.building import Order, build_wheelhouse
from tools.wheelhouse.targets import Target, target_for
from tools.wheelhouse.wheels import Wheel, read_wheel

__all__ = ["Order", "Target", "Wheel", "build_wheelhouse", "read_wheel", "target_for"]
