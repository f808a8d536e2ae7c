"""The GraphQL mutations."""
