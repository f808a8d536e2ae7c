"""Grants by the 360Giving standard: as JSON, as a table, as a workbook."""
