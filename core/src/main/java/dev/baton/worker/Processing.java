package dev.baton.worker;

import dev.baton.Emission;
import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What happens to one entry between the lane and the commit: read its id, run the processor, shape the stream entry.
/// Whatever goes wrong is an outcome; only an [OutOfMemoryError] gets through. Thread-safe if the processor is.
final class Processing {

    private static final Logger log = LoggerFactory.getLogger(Processing.class);

    /// Longest error text kept in a dead letter, in characters.
    private static final int MAX_ERROR_CHARS = 500;

    /// Most fields of a stream entry: what the script takes.
    private static final int MAX_FIELDS = 500;

    private final MessageReader reader;
    private final MessageProcessor processor;
    private final EntryFields fields;
    private final RetryPolicy retries;
    private final Expiry expiry;
    private final DoubleSupplier chance;

    /// @param chance 0 to 1, anew each time; spreads retries
    Processing(WorkerSettings settings, MessageProcessor processor, DoubleSupplier chance) {
        this.retries = settings.retries();
        this.expiry = settings.expiry();
        this.chance = chance;
        this.reader =
                new MessageReader(
                        settings.idField(),
                        settings.maxPayloadBytes(),
                        settings.concurrency() == 1);
        this.processor = processor;
        this.fields = new EntryFields(settings.form(), settings.id(), settings.maxPayloadBytes());
    }

    /// Processes one entry.
    ///
    /// @param readMillis the store's time when it was read
    Finish process(Entry entry, long readMillis) {
        if (!entry.isReadable()) {
            return new Finish.Bury(
                    "bad-entry", "no entry of version " + Entry.VERSION + ", or cut short", "");
        }
        String id = "";
        boolean expired = expiry.concerns(entry.storeMillis(), readMillis);
        if (expired && expiry.drops()) {
            return new Finish.Expire();
        }
        try {
            id = reader.readId(entry.payloads(), entry.payloadFrom(), entry.payloadBytes());
            if (expired) {
                return new Finish.Bury(
                        "expired",
                        "waited %d ms; at most %d are allowed"
                                .formatted(
                                        readMillis - entry.storeMillis(), expiry.ttl().toMillis()),
                        id);
            }
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
            return again(entry, new Outcome.Retry(null, 0, "interrupted"), id);
        } catch (OutOfMemoryError e) {
            // Hardly this message's fault alone, and nothing works well after it.
            throw e;
        } catch (Exception | Error e) {
            String error = describe(e);
            log.warn("processing {} failed: {}", entry.position(), error);
            return again(entry, new Outcome.Retry(null, 0, error), id);
        }
    }

    private Finish again(Entry entry, Outcome.Retry wish, String id) {
        int attempt = entry.attempts() + 1;
        int most = wish.maxAttempts() == 0 ? retries.maxAttempts() : wish.maxAttempts();
        if (attempt >= most) {
            return new Finish.Bury("failed", cut(wish.error()), id);
        }
        Duration delay = wish.delay();
        return new Finish.Retry(
                delay == null
                        ? retries.delayMillis(attempt, chance.getAsDouble())
                        : delay.toMillis());
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
            case Outcome.PassOn same -> checked(fields.passOn(message, entry), message);
            case Outcome.Emit emit -> emit(emit.emissions(), message);
            case Outcome.Drop drop -> new Finish.Emit(List.of());
            case Outcome.Retry retry -> again(entry, retry, message.id());
            case Outcome.Reject reject ->
                    new Finish.Bury(reject.reason(), cut(reject.error()), message.id());
        };
    }

    private Finish emit(List<Emission> emissions, Message message) {
        List<Finish.StreamEntry> entries = new ArrayList<>(emissions.size());
        for (Emission emission : emissions) {
            entries.add(new Finish.StreamEntry(emission.stream(), fields.of(message, emission)));
        }
        return checked(new Finish.Emit(entries), message);
    }

    /// More than a commit can carry would be refused by the store for ever.
    private static Finish checked(Finish finish, Message message) {
        if (!(finish instanceof Finish.Emit emit)) {
            return finish;
        }
        List<Finish.StreamEntry> entries = emit.entries();
        String error = null;
        if (entries.size() > Outcome.MAX_EMITTED_ENTRIES
                || emit.bytes() > Outcome.MAX_EMITTED_BYTES) {
            error =
                    "emitted %d entries with %d bytes; at most %d with %d are allowed"
                            .formatted(
                                    entries.size(),
                                    emit.bytes(),
                                    Outcome.MAX_EMITTED_ENTRIES,
                                    Outcome.MAX_EMITTED_BYTES);
        }
        for (Finish.StreamEntry entry : entries) {
            if (entry.fields().size() > 2 * MAX_FIELDS) {
                error =
                        "an entry of %d fields; at most %d are allowed"
                                .formatted(entry.fields().size() / 2, MAX_FIELDS);
            }
        }
        return error == null ? emit : new Finish.Bury("too-large", error, message.id());
    }

    private static String cut(String error) {
        return error.length() <= MAX_ERROR_CHARS ? error : error.substring(0, MAX_ERROR_CHARS);
    }
}
