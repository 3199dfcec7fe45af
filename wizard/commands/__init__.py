"""One file a command, each with `run(args, open_app) -> exit code`. They call the pipeline and print; they hold no
rules."""
