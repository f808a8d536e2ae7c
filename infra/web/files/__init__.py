"""Files over HTTP: exports, and packs of evidence."""
