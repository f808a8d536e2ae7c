"""The programme over GraphQL."""
