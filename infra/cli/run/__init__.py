"""Commands that run or maintain the service."""
