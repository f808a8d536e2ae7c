"""What is known, shaped for a question. ``projections.read_models`` lists the read models."""
