"""Read and write files from any source, in bounded memory and safely."""
