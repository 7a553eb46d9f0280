package dev.baton.slice;

import java.util.List;

/// How an entry leaves its lane.
public sealed interface Finish {

    /// How many bytes it adds to a commit, about.
    long bytes();

    /// How many stream entries it adds, dead letters included.
    int streamEntries();

    /// Stream entries; none drops the message.
    ///
    /// @param entries field names and values in turn
    record Emit(List<List<byte[]>> entries) implements Finish {
        @Override
        public long bytes() {
            long bytes = 0;
            for (List<byte[]> fields : entries) {
                for (byte[] field : fields) {
                    bytes += field.length;
                }
            }
            return bytes;
        }

        @Override
        public int streamEntries() {
            return entries.size();
        }
    }

    /// A dead letter with the entry's payload.
    ///
    /// @param reason one word for people and filters
    /// @param error what was wrong, without the payload
    /// @param messageId empty when unknown
    record Bury(String reason, String error, String messageId) implements Finish {
        @Override
        public long bytes() {
            return (long) reason.length() + error.length() + messageId.length();
        }

        @Override
        public int streamEntries() {
            return 1;
        }
    }
}
