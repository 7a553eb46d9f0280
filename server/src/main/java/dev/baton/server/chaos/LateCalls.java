package dev.baton.server.chaos;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a former leader still sends, and what the store says to it. Looks at bytes only: a call that carries messages
/// carries their ids, and a refusal says so in words. Thread-safe.
final class LateCalls implements Proxy.Watcher {

    private static final byte[] REFUSAL = "$6\r\nfenced".getBytes(StandardCharsets.US_ASCII);

    private final Count messages;
    private final Count refusals = new Count(REFUSAL);

    /// @param idPrefix begins the id of every message
    LateCalls(String idPrefix) {
        this.messages = new Count(idPrefix.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public synchronized void passed(Proxy.Direction direction, byte[] bytes, int length) {
        (direction == Proxy.Direction.REQUESTS ? messages : refusals).look(bytes, length);
    }

    /// Messages in calls that were let go.
    synchronized int messages() {
        return messages.found;
    }

    /// Calls that the store refused, for somebody else leads.
    synchronized int refusals() {
        return refusals.found;
    }

    /// Counts a word in what comes in pieces.
    private static final class Count {
        private final byte[] word;
        private byte[] rest = new byte[0];
        private int found;

        Count(byte[] word) {
            this.word = word;
        }

        void look(byte[] bytes, int length) {
            byte[] all = Arrays.copyOf(rest, rest.length + length);
            System.arraycopy(bytes, 0, all, rest.length, length);
            for (int at = 0; at + word.length <= all.length; at++) {
                if (Arrays.equals(all, at, at + word.length, word, 0, word.length)) {
                    found++;
                }
            }
            rest = Arrays.copyOfRange(all, Math.max(0, all.length - word.length + 1), all.length);
        }
    }
}
