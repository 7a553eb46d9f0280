package dev.baton.server.cli;

import dev.baton.dispatch.DispatcherSettings;
import dev.baton.dispatch.LaneChoice;
import dev.baton.dispatch.Overflow;
import dev.baton.redis.RedisAddress;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.source.ControlKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// How a dispatcher works.
final class DispatcherOptions {

    private static final int MAX_BATCH_BYTES = 1 << 20;

    @Mixin ChannelOptions channel = new ChannelOptions();

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            defaultValue = "2s",
            description =
                    "a leader that stands still this long may be replaced (default: ${DEFAULT-VALUE})")
    Duration lease = Duration.ZERO;

    @Option(
            names = "--worker-timeout",
            paramLabel = "TIME",
            defaultValue = "5s",
            description =
                    "a worker that stands still this long loses its lane (default: ${DEFAULT-VALUE})")
    Duration workerTimeout = Duration.ZERO;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "500",
            description = "most messages in one dispatch (default: ${DEFAULT-VALUE})")
    int batch;

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            defaultValue = "1ms",
            description =
                    "longest wait for a batch to fill while messages come fast (default: ${DEFAULT-VALUE})")
    Duration linger = Duration.ZERO;

    @Option(
            names = "--max-buffer-bytes",
            paramLabel = "BYTES",
            defaultValue = "134217728",
            description =
                    "memory for messages that are not in a lane yet (default: ${DEFAULT-VALUE})")
    long maxBufferBytes;

    @Option(
            names = "--max-backlog",
            paramLabel = "N",
            defaultValue = "1000000",
            description =
                    "at so many entries in a slice's lanes messages are held in the buffer; 0 for no bound (default: ${DEFAULT-VALUE})")
    long maxBacklog;

    @Option(
            names = "--max-backlog-bytes",
            paramLabel = "BYTES",
            defaultValue = "0",
            description =
                    "the same by the memory that a slice's lanes take; 0 for no bound (default: ${DEFAULT-VALUE})")
    long maxBacklogBytes;

    @Option(
            names = "--max-memory-percent",
            paramLabel = "N",
            defaultValue = "90",
            description =
                    "the same by the store's memory, in percent of its maxmemory if it has one, so that workers can still commit; 0 for no bound (default: ${DEFAULT-VALUE})")
    int maxMemoryPercent;

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "round-robin",
            converter = StrategyConverter.class,
            description =
                    "how messages are shared out among lanes: round-robin, least-backlog (by the time that a lane's backlog will take) or weighted (by the workers' --capacity) (default: ${DEFAULT-VALUE})")
    Supplier<LaneChoice> strategy = LaneChoice::roundRobin;

    @Option(
            names = "--max-dead",
            paramLabel = "N",
            defaultValue = "1000000",
            description =
                    "most dead letters of a slice; beyond it the oldest go, counted; 0 for no bound (default: ${DEFAULT-VALUE})")
    long maxDead;

    @Option(
            names = "--overflow",
            paramLabel = "POLICY",
            defaultValue = "shed-newest",
            converter = OverflowConverter.class,
            description =
                    "what is given up, and declared, when the buffer is full: shed-newest or shed-oldest (default: ${DEFAULT-VALUE})")
    Overflow overflow = Overflow.SHED_NEWEST;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            defaultValue = "5s",
            description =
                    "how long a message is kept though the store has it; longer than the store may lose in a crash (default: ${DEFAULT-VALUE})")
    Duration retention = Duration.ZERO;

    @Option(
            names = "--confirm-replicas",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "how many replicas of the store must have a message before it counts as safe; until then it is kept (default: ${DEFAULT-VALUE})")
    int confirmReplicas;

    @Option(
            names = "--mark-interval",
            paramLabel = "TIME",
            defaultValue = "200ms",
            description =
                    "how often the leader publishes a mark, by which all number alike (default: ${DEFAULT-VALUE})")
    Duration markInterval = Duration.ZERO;

    @Option(
            names = "--control-key-file",
            paramLabel = "FILE",
            split = ",",
            description =
                    "file with a secret that all dispatchers of the stream share, by which they know each other's marks; of several the first signs and all are believed")
    List<Path> controlKeyFiles = List.of();

    /// Reads the policy's name as people write it.
    static final class OverflowConverter implements ITypeConverter<Overflow> {
        @Override
        public Overflow convert(String text) {
            return switch (text) {
                case "shed-newest" -> Overflow.SHED_NEWEST;
                case "shed-oldest" -> Overflow.SHED_OLDEST;
                default ->
                        throw new TypeConversionException(
                                "'" + text + "' is neither shed-newest nor shed-oldest");
            };
        }
    }

    /// Finds a strategy by its name.
    static final class StrategyConverter implements ITypeConverter<Supplier<LaneChoice>> {
        @Override
        public Supplier<LaneChoice> convert(String text) {
            return switch (text) {
                case "round-robin" -> LaneChoice::roundRobin;
                case "least-backlog" -> LaneChoice::leastBacklog;
                case "weighted" -> LaneChoice::weighted;
                default ->
                        throw new TypeConversionException(
                                "'"
                                        + text
                                        + "' is neither round-robin nor least-backlog nor weighted");
            };
        }
    }

    private ControlKeys controlKeys() {
        try {
            return ControlKeys.read(controlKeyFiles);
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("--control-key-file: " + e.getMessage(), e);
        }
    }

    DispatcherSettings settings(
            String id,
            RedisAddress source,
            RedisAddress store,
            StreamOptions stream,
            Duration beat) {
        return DispatcherSettings.builder(id, store)
                .source(source)
                .listening(channel.listening())
                .stream(stream.stream)
                .slices(stream.slices)
                .lease(lease)
                .beat(beat)
                .workerTimeout(workerTimeout)
                .maxBatchEntries(batch)
                .maxBatchBytes(MAX_BATCH_BYTES)
                .linger(linger)
                .maxRetainedBytes(maxBufferBytes)
                .overflow(overflow)
                .retention(retention)
                .confirmReplicas(confirmReplicas)
                .markInterval(markInterval)
                .controlKeys(controlKeys())
                .maxBacklogEntries(maxBacklog)
                .maxBacklogBytes(maxBacklogBytes)
                .maxMemoryPercent(maxMemoryPercent)
                .strategy(strategy)
                .maxDeadLetters(maxDead)
                .build();
    }
}
