"""The pages: short scripts that read, show and call one use case."""
