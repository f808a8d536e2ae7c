"""Drawings, as places on a grid. Templates turn them into SVG."""
