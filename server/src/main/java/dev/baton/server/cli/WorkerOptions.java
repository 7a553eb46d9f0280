package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.worker.Expiry;
import dev.baton.worker.RetryPolicy;
import dev.baton.worker.StreamForm;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// How a worker works.
final class WorkerOptions {

    @Option(
            names = "--id-field",
            paramLabel = "NAME",
            defaultValue = "message_id",
            description = "JSON field that holds a message's id (default: ${DEFAULT-VALUE})")
    String idField = "";

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "messages processed at once, for processors that wait (default: ${DEFAULT-VALUE})")
    int concurrency;

    @Option(
            names = "--capacity",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "the share of messages it asks for where dispatchers have --strategy weighted (default: ${DEFAULT-VALUE})")
    int capacity;

    @Option(
            names = "--max-payload-bytes",
            paramLabel = "BYTES",
            defaultValue = "1048576",
            description = "a larger message becomes a dead letter (default: ${DEFAULT-VALUE})")
    int maxPayloadBytes;

    @Option(
            names = "--process-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            description =
                    "longest time for one message; one that takes longer costs the worker its lane, "
                            + "and is a dead letter after three times (default: ${DEFAULT-VALUE})")
    Duration processTimeout = Duration.ZERO;

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            defaultValue = "5",
            description =
                    "how often a message is tried before it becomes a dead letter (default: ${DEFAULT-VALUE})")
    int maxAttempts;

    @Option(
            names = "--retry-delay",
            paramLabel = "TIME",
            defaultValue = "1s",
            description =
                    "about how long the second attempt waits; each further one about twice as long (default: ${DEFAULT-VALUE})")
    Duration retryDelay = Duration.ZERO;

    @Option(
            names = "--max-retry-delay",
            paramLabel = "TIME",
            defaultValue = "5m",
            description = "no attempt waits longer (default: ${DEFAULT-VALUE})")
    Duration maxRetryDelay = Duration.ZERO;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "0s",
            description =
                    "a message that is older when a worker reads it is not processed; 0s for any age (default: ${DEFAULT-VALUE})")
    Duration ttl = Duration.ZERO;

    @Option(
            names = "--expired",
            paramLabel = "WHAT",
            defaultValue = "dead",
            description =
                    "what becomes of it: dead (a dead letter) or drop (dropped and counted) (default: ${DEFAULT-VALUE})")
    Expired expired = Expired.dead;

    /// What becomes of messages that waited too long.
    enum Expired {
        dead,
        drop
    }

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "json",
            description =
                    "how a stream entry holds the payload: json (one field, payload) or flat (a field for each of its own at the top) (default: ${DEFAULT-VALUE})")
    Output output = Output.json;

    @Option(
            names = "--field",
            paramLabel = "NAME=VALUE",
            description = "a field that every stream entry gets; may be given several times")
    Map<String, String> fields = new LinkedHashMap<>();

    @Option(
            names = "--field-name",
            paramLabel = "OURS=NAME",
            description =
                    "another name for message_id, payload, worker, position or channel; may be given several times")
    Map<String, String> fieldNames = new LinkedHashMap<>();

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "how many entries the output stream of a slice keeps, about; older ones go, read or not, and are counted; 0 for any number (default: ${DEFAULT-VALUE})")
    long maxLength;

    @Option(
            names = "--max-age",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "the same by age; 0s for any (default: ${DEFAULT-VALUE})")
    Duration maxAge = Duration.ZERO;

    /// How a stream entry holds the payload.
    enum Output {
        json,
        flat
    }

    private StreamForm form() {
        try {
            return new StreamForm(output == Output.flat, fieldNames, fields);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("--field, --field-name: " + e.getMessage(), e);
        }
    }

    private RetryPolicy retries() {
        try {
            return new RetryPolicy(maxAttempts, retryDelay, maxRetryDelay);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException(
                    "--max-attempts, --retry-delay, --max-retry-delay: " + e.getMessage(), e);
        }
    }

    private Expiry expiry() {
        if (ttl.isNegative()) {
            throw new BadConfigurationException("--ttl is not negative");
        }
        return new Expiry(ttl, expired == Expired.drop);
    }

    WorkerSettings settings(String id, RedisAddress store, StreamOptions stream, Duration beat) {
        return WorkerSettings.builder(id, store).stream(stream.stream)
                .slices(stream.slices)
                .idField(idField)
                .concurrency(concurrency)
                .capacity(capacity)
                .maxPayloadBytes(maxPayloadBytes)
                .beat(beat)
                .processTimeout(processTimeout)
                .retries(retries())
                .expiry(expiry())
                .form(form())
                .maxStreamEntries(maxLength)
                .maxStreamAge(maxAge)
                .build();
    }
}
