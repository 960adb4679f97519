"""What suites need before they can run: packages, executables, benchmark products."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .bench import Suite, note


def packages(root: Path, suites: list[Suite]) -> None:
    """Debian's, by the same function as every script."""
    wanted = sorted({package for suite in suites for package in suite.debian})
    if wanted:
        common = root / "scripts/lib/common.sh"
        _run("bash", "-c", 'source "$0"; install_packages "$@"', common, *wanted)


def virtual_environment(root: Path, suites: list[Suite]) -> Path:
    """PyPI's packages, in a folder of their own."""
    folder = root / ".build/bench/venv"
    wanted = sorted({package for suite in suites for package in suite.pypi})
    if not wanted:
        return folder
    if not (folder / "bin/pip").exists():
        _run(sys.executable, "-m", "venv", folder)
    _run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
    return folder


def executables(root: Path, suites: list[Suite], given: Path | None) -> Path:
    if given or not any(suite.uses_executables for suite in suites):
        return given or root / ".build/executables"
    note("building the executables")
    return Path(_run(root / "scripts/build").strip())


def benchmarks(root: Path, suites: list[Suite], given: Path | None) -> Path:
    products = sorted({product for suite in suites for product in suite.products})
    package = root / "Benchmarks"
    if given or not products:
        return given or package / ".build/release"
    build = ["swift", "build", "-c", "release", "--package-path", package]
    for product in products:
        note(f"building {product}")
        _run(*build, "--product", product)
    return Path(_run(*build, "--show-bin-path").strip())


def _run(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        note(done.stdout)
        raise SystemExit(f"scripts/bench: {command[0]} failed")
    return done.stdout
