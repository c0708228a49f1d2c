"""Collects everything that an installation needs in one folder, for a computer that reaches no package index.

``planalign-bundle FOLDER`` makes the folder on a computer that does; `INSTALL.txt` in it says the one command for the
other. ``CONTENTS.csv`` lists name, version, licence and SHA-256 of each package for the security department.
"""

from planalign_orchestrator.wheelhouse.building import Order, build_wheelhouse
from planalign_orchestrator.wheelhouse.targets import Target, target_for
from planalign_orchestrator.wheelhouse.wheels import Wheel, read_wheel

__all__ = ["Order", "Target", "Wheel", "build_wheelhouse", "read_wheel", "target_for"]
