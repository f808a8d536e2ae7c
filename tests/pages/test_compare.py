"""The drawing of two clocks: its labels can be read."""

import re

from tests.kit.web.served import Api

LABEL = re.compile(
    r'<circle class="mark[^>]*cx="([\d.]+)" cy="([\d.]+)" r="6"></circle>'
    r'(?:<text x="([\d.]+)"[^>]*?( text-anchor="end")?>([^<]*))?'
)


def test_the_labels_of_two_clocks_meet_neither_each_other_nor_a_dot(example: Api) -> None:
    text = example.http.get("/partnerships/coastal-skills/compare?as-at=2026-03-31").text
    found = LABEL.findall(text)
    dots = [(float(x) - 6, float(x) + 6, float(y)) for x, y, *_ in found]
    labels = [
        (float(x) - 6.2 * len(label) * bool(ends), float(x) + 6.2 * len(label) * (not ends), float(y))
        for _, y, x, ends, label in found
        if label
    ]
    assert len(labels) >= 4
    for number, (left, right, y) in enumerate(labels):
        for start, end, height in (*dots, *labels[:number]):
            assert right < start or end < left or abs(y - height) >= 12
