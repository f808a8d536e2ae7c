"""The GraphQL types and queries, one module for each subject."""
