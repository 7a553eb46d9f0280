package dev.baton.server.cli;

/// What the process' exit tells a script.
final class ExitCode {
    static final int FINE = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;
    static final int UNHEALTHY = 10;
    static final int UNREACHABLE = 69;
    static final int BAD_CONFIGURATION = 78;

    private ExitCode() {}
}
