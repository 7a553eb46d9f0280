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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to one entry between the lane and the commit: read its id, run the processor, shape the stream entry.
/// Never throws; whatever goes wrong is an outcome. Thread-safe if the processor is.
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
        } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            log.warn("processing {} failed: {}", entry.position(), e.toString());
            return new Finish.Bury("failed", cut(e.toString()), id);
        }
    }

    private Finish finish(Outcome outcome, Message message, Entry entry) {
        return switch (outcome) {
            case Outcome.PassOn same -> new Finish.Emit(List.of(fields(message, entry.payload())));
            case Outcome.Emit emit -> {
                List<List<byte[]>> entries = new ArrayList<>(emit.payloads().size());
                for (byte[] payload : emit.payloads()) {
                    entries.add(fields(message, payload));
                }
                yield new Finish.Emit(entries);
            }
            case Outcome.Drop drop -> new Finish.Emit(List.of());
            case Outcome.Reject reject ->
                    new Finish.Bury(reject.reason(), cut(reject.error()), message.id());
        };
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
