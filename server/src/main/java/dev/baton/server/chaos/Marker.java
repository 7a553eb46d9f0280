package dev.baton.server.chaos;

import java.nio.charset.StandardCharsets;

/// Finds a publication's number in bytes, whatever else they are: JSON or not.
final class Marker {

    private static final int MAX_DIGITS = 9;

    private final byte[] prefix;

    /// @param run begins every id, followed by `-` and the number
    Marker(String run) {
        this.prefix = (run + "-").getBytes(StandardCharsets.US_ASCII);
    }

    /// @return the number, or -1 if there is none
    int ordinal(byte[] bytes) {
        for (int at = 0; at + prefix.length < bytes.length; at++) {
            if (matches(bytes, at)) {
                return number(bytes, at + prefix.length);
            }
        }
        return -1;
    }

    private boolean matches(byte[] bytes, int at) {
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[at + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static int number(byte[] bytes, int from) {
        int number = -1;
        for (int i = from; i < bytes.length && i < from + MAX_DIGITS; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            number = Math.max(0, number) * 10 + digit;
        }
        return number;
    }
}
