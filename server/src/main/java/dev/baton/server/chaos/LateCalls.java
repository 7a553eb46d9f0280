package dev.baton.server.chaos;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a former leader still sends, and what the store says to it. Looks at bytes only: a call that carries messages
/// carries their ids, and a refusal says so in words. Thread-safe.
final class LateCalls implements Proxy.Watcher {

    private final Count messages;
    private final Count refusals = new Count("$6\r\nfenced");
    private final Count conflicts = new Count("$8\r\nconflict");
    private final Count repetitions = new Count("$7\r\nalready");

    /// @param idPrefix begins the id of every message
    LateCalls(String idPrefix) {
        this.messages = new Count(idPrefix);
    }

    @Override
    public synchronized void passed(Proxy.Direction direction, byte[] bytes, int length) {
        if (direction == Proxy.Direction.REQUESTS) {
            messages.look(bytes, length);
        } else {
            refusals.look(bytes, length);
            conflicts.look(bytes, length);
            repetitions.look(bytes, length);
        }
    }

    /// Messages in calls that were let go.
    synchronized int messages() {
        return messages.found;
    }

    /// Calls that the store refused, for somebody else leads.
    synchronized int refusals() {
        return refusals.found;
    }

    /// Calls that got as far as the watermark, where only a leader's may come.
    synchronized int admissions() {
        return conflicts.found + repetitions.found;
    }

    /// Counts a word in what comes in pieces.
    private static final class Count {
        private final byte[] word;
        private byte[] rest = new byte[0];
        private int found;

        Count(String word) {
            this.word = word.getBytes(StandardCharsets.US_ASCII);
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
