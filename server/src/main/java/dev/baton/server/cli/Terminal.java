package dev.baton.server.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a person is at the other end.
final class Terminal {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private Terminal() {}

    /// Whether standard error is a terminal on which a line can be drawn again.
    static boolean canRedraw() {
        return !"dumb".equals(System.getenv("TERM")) && isTerminal("2");
    }

    /// Whether standard output is a terminal on which a page can be drawn again.
    static boolean canRedrawOutput() {
        return !"dumb".equals(System.getenv("TERM")) && isTerminal("1");
    }

    /// Whether standard input is a terminal.
    static boolean isAtKeyboard() {
        return isTerminal("0");
    }

    /// Java can only tell of standard input and output together, and one of them is often a pipe.
    private static boolean isTerminal(String descriptor) {
        try {
            String device = Files.readSymbolicLink(DESCRIPTORS.resolve(descriptor)).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return hasConsole();
        }
    }

    /// Java 25 gives no console again where there is no terminal, as before 22.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean hasConsole() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
