package dev.baton.server.cli;

import java.util.Locale;

/// Text as a terminal may be given it: what would steer the terminal, or turn the direction of writing, is shown, not done.
final class Visible {

    private Visible() {}

    /// On one line.
    static String text(String raw) {
        StringBuilder shown = null;
        for (int i = 0; i < raw.length(); i++) {
            char one = raw.charAt(i);
            if (steers(one) && shown == null) {
                shown = new StringBuilder(raw.length() + 16).append(raw, 0, i);
            }
            if (shown != null) {
                shown.append(steers(one) ? escaped(one) : one);
            }
        }
        return shown == null ? raw : shown.toString();
    }

    private static boolean steers(char one) {
        return Character.isISOControl(one)
                || one == '\u061c'
                || one == '\u200e'
                || one == '\u200f'
                || (one >= '\u2028' && one <= '\u202e')
                || (one >= '\u2066' && one <= '\u2069');
    }

    private static String escaped(char one) {
        return switch (one) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format(Locale.ROOT, "\\u%04x", (int) one);
        };
    }
}
