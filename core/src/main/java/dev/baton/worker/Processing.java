package dev.baton.worker;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to one entry between the lane and the commit: read its id, run the processor, shape the stream entry.
/// Whatever goes wrong is an outcome; only an [OutOfMemoryError] gets through. Thread-safe if the processor is.
final class Processing {

    private static final Logger log = LoggerFactory.getLogger(Processing.class);

    /// Longest error text kept in a dead letter, in characters.
    private static final int MAX_ERROR_CHARS = 500;

    private static final byte[] MESSAGE_ID = bytes("message_id");
    private static final byte[] PAYLOAD = bytes("payload");
    private static final byte[] WORKER = bytes("worker");
    private static final byte[] POSITION = bytes("position");
    private static final byte[] CHANNEL = bytes("channel");

    private final MessageReader reader;
    private final MessageProcessor processor;
    private final byte[] worker;

    Processing(WorkerSettings settings, MessageProcessor processor) {
        this.reader = new MessageReader(settings.idField(), settings.maxPayloadBytes());
        this.processor = processor;
        this.worker = bytes(settings.id());
    }

    /// Processes one entry.
    Finish process(Entry entry) {
        if (!entry.isReadable()) {
            return new Finish.Bury(
                    "bad-entry", "no entry of version " + Entry.VERSION + ", or cut short", "");
        }
        String id = "";
        try {
            id = reader.readId(entry.bytes(), entry.payloadFrom());
            byte[] payload = entry.payload();
            Message message =
                    new Message(
                            id,
                            payload,
                            entry.position(),
                            entry.channel(),
                            entry.attempts() + 1,
                            Instant.ofEpochMilli(entry.storeMillis()));
            Outcome outcome = processor.process(message);
            return finish(outcome, message, entry);
        } catch (UnreadableMessageException e) {
            return new Finish.Bury(e.reason(), e.error(), id);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Finish.Bury("failed", "interrupted", id);
        } catch (OutOfMemoryError e) {
            // Hardly this message's fault alone, and nothing works well after it.
            throw e;
        } catch (Exception | Error e) {
            String error = describe(e);
            log.warn("processing {} failed: {}", entry.position(), error);
            return new Finish.Bury("failed", error, id);
        }
    }

    /// The processor's own words, if it is able to say them.
    private static String describe(Throwable failure) {
        try {
            return cut(failure.toString());
        } catch (RuntimeException | StackOverflowError e) {
            return failure.getClass().getName();
        }
    }

    private Finish finish(@Nullable Outcome outcome, Message message, Entry entry) {
        return switch (outcome) {
            case null ->
                    new Finish.Bury("failed", "the processor returned no outcome", message.id());
            case Outcome.PassOn same -> new Finish.Emit(List.of(fields(message, entry.payload())));
            case Outcome.Emit emit -> emit(emit.payloads(), message);
            case Outcome.Drop drop -> new Finish.Emit(List.of());
            case Outcome.Reject reject ->
                    new Finish.Bury(reject.reason(), cut(reject.error()), message.id());
        };
    }

    /// More than a commit can carry would be refused by the store for ever.
    private Finish emit(List<byte[]> payloads, Message message) {
        long bytes = 0;
        for (byte[] payload : payloads) {
            bytes += payload.length;
        }
        if (payloads.size() > Outcome.MAX_EMITTED_ENTRIES || bytes > Outcome.MAX_EMITTED_BYTES) {
            String error =
                    "emitted %d entries with %d bytes; at most %d with %d are allowed"
                            .formatted(
                                    payloads.size(),
                                    bytes,
                                    Outcome.MAX_EMITTED_ENTRIES,
                                    Outcome.MAX_EMITTED_BYTES);
            return new Finish.Bury("too-large", error, message.id());
        }
        List<List<byte[]>> entries = new ArrayList<>(payloads.size());
        for (byte[] payload : payloads) {
            entries.add(fields(message, payload));
        }
        return new Finish.Emit(entries);
    }

    private List<byte[]> fields(Message message, byte[] payload) {
        byte[] id = bytes(message.id());
        byte[] position = bytes(message.position().toString());
        String channel = message.channel();
        return channel == null
                ? List.of(MESSAGE_ID, id, PAYLOAD, payload, WORKER, worker, POSITION, position)
                : List.of(
                        MESSAGE_ID,
                        id,
                        PAYLOAD,
                        payload,
                        WORKER,
                        worker,
                        POSITION,
                        position,
                        CHANNEL,
                        bytes(channel));
    }

    private static String cut(String error) {
        return error.length() <= MAX_ERROR_CHARS ? error : error.substring(0, MAX_ERROR_CHARS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
