"""What a programme publishes, on its own stream: its evaluation framework, consultation and template of returns."""
