"""One hypothesis profile for the domain: as many examples as fit into seconds, and no deadline for a slow machine."""

import sys

import hypothesis
import pytest

if "tests.kit.spec" not in sys.modules:  # Whoever imports it first shows what differs in a failed `then`.
    pytest.register_assert_rewrite("tests.kit.spec")

hypothesis.settings.register_profile("domain", max_examples=150, deadline=None, print_blob=True)
hypothesis.settings.load_profile("domain")
