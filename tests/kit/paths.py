"""Where tests find what is committed, and the public files beside the checkout that may be there."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "tests" / "golden").iterdir())
SHARED = ROOT.parent / "shared"
