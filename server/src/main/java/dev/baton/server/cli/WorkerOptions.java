package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.worker.WorkerSettings;
import java.time.Duration;
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

    WorkerSettings settings(String id, RedisAddress store, StreamOptions stream, Duration beat) {
        return new WorkerSettings(
                store,
                id,
                stream.stream,
                stream.slices,
                idField,
                concurrency,
                1,
                maxPayloadBytes,
                beat,
                processTimeout);
    }
}
