"""Benchmarks/Package.swift declares Sallyport's targets again: see there why."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DECLARATION = re.compile(r'\btarget\(\s*"(Sallyport\w+)",\s*\[([^\]]*)\]\)')


def declarations(manifest: Path) -> dict[str, set[str]]:
    return {
        name: {one.strip() for one in dependencies.split(",") if one.strip()}
        for name, dependencies in DECLARATION.findall(manifest.read_text())
    }


class PackageTests(unittest.TestCase):
    def test_targets_are_declared_as_in_the_package_beside_it(self) -> None:
        ours = declarations(ROOT / "Package.swift")
        again = declarations(ROOT / "Benchmarks/Package.swift")
        self.assertIn("SallyportTransport", again)
        self.assertEqual(again, {name: ours[name] for name in again})

    def test_links_lead_to_sources(self) -> None:
        folder = ROOT / "Benchmarks/Sources"
        links = [path for path in folder.rglob("*") if path.is_symlink()]
        self.assertGreater(len(links), 10)
        self.assertEqual([path for path in links if not path.exists()], [])


if __name__ == "__main__":
    unittest.main()
