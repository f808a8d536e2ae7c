"""The web application: GraphQL over HTTP, exports, console, health and metrics."""
