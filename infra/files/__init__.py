"""Reading and writing files of any origin: bounded, hardened, streamed."""
