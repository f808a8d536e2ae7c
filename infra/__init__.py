"""Where concrete things meet: log, codec, projector, imports, web application, command line."""
