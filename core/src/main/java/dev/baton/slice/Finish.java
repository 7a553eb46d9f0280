package dev.baton.slice;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How an entry leaves its lane.
public sealed interface Finish {

    /// How many bytes it adds to a commit, about.
    long bytes();

    /// How many stream entries it adds, dead letters included.
    int streamEntries();

    /// A stream entry.
    ///
    /// @param stream another stream of the slice, by what follows its tag; null for the output stream
    /// @param fields names and values in turn
    record StreamEntry(@Nullable String stream, List<byte[]> fields) {}

    /// Stream entries; none drops the message.
    record Emit(List<StreamEntry> entries) implements Finish {
        @Override
        public long bytes() {
            long bytes = 0;
            for (StreamEntry entry : entries) {
                for (byte[] field : entry.fields()) {
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

    /// A stream entry with the payload as it stands in the lane.
    ///
    /// @param messageId at most [#MAX_ID_BYTES]
    /// @param entry whose payload it is, and position and channel
    /// @param fields what else the stream entry has; messages in a row that share one object are sent as one run
    record PassOn(byte[] messageId, Entry entry, PassedFields fields) implements Finish {

        /// Longest id, in bytes: its length takes two.
        public static final int MAX_ID_BYTES = 65_535;

        /// @throws IllegalArgumentException if the id is too long
        public PassOn {
            if (messageId.length > MAX_ID_BYTES) {
                throw new IllegalArgumentException("an id of " + messageId.length + " bytes");
            }
        }

        /// Counts the payload: the store handles it, though it may not be sent.
        @Override
        public long bytes() {
            return (long) messageId.length + entry.payloadBytes();
        }

        @Override
        public int streamEntries() {
            return 1;
        }
    }

    /// Another attempt.
    ///
    /// @param delayMillis after which it is due
    record Retry(long delayMillis) implements Finish {
        @Override
        public long bytes() {
            return Long.BYTES;
        }

        @Override
        public int streamEntries() {
            return 1;
        }
    }

    /// Dropped because it was too old when it was read.
    record Expire() implements Finish {
        @Override
        public long bytes() {
            return 1;
        }

        @Override
        public int streamEntries() {
            return 0;
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
