package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.load.Lines;
import dev.baton.server.load.MadeUpMessages;
import dev.baton.server.load.Messages;
import dev.baton.server.load.Publisher;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Publishes messages.
@Command(
        name = "publish",
        description = "Publish lines from standard input, or made-up messages with --count.")
final class PublishCommand implements Callable<Integer> {

    private static final Duration NEVER = Duration.ofDays(1_000);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--channel",
            paramLabel = "NAME",
            defaultValue = "messages:published",
            description = "where to publish (default: ${DEFAULT-VALUE})")
    String channel = "";

    @Option(names = "--sharded", description = "it is a sharded channel")
    boolean sharded;

    @Option(names = "--count", paramLabel = "N", description = "make up so many messages")
    @Nullable Long count;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "messages a second; 0 for as fast as possible (default: ${DEFAULT-VALUE})")
    long rate;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "200",
            description = "size of a made-up message (default: ${DEFAULT-VALUE})")
    int size;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "m",
            description = "how made-up ids begin (default: ${DEFAULT-VALUE})")
    String prefix = "";

    @Option(
            names = "--report",
            paramLabel = "TIME",
            defaultValue = "3s",
            description =
                    "how often to say how far it is where no bar can be drawn; 0s for never (default: ${DEFAULT-VALUE})")
    Duration report = Duration.ZERO;

    PublishCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        Bounds.atLeast("--rate", 0).check(rate);
        new Bounds("--size", 0, Integer.MAX_VALUE).check(size);
        if (count != null) {
            Bounds.atLeast("--count", 0).check(count);
            new Bounds("--size", MadeUpMessages.leastBytes(prefix, count), Integer.MAX_VALUE)
                    .check(size);
        }
        RedisAddress source = redis.sourceAddress();
        try (RedisConnector connector = new RedisConnector(source);
                Publisher publisher = new Publisher(connector, channel, sharded)) {
            publish(publisher);
            Throwable failure = publisher.firstFailure();
            if (failure == null) {
                return ExitCode.FINE;
            }
            System.err.printf(
                    "baton: %,d publications were not confirmed, nobody knows whether they were heard%n",
                    publisher.failed());
            throw RedisTrouble.of(source, failure);
        }
    }

    private void publish(Publisher publisher) throws InterruptedException {
        Messages messages = messages();
        long began = System.nanoTime();
        PrintStream err = System.err;
        try (Progress _ =
                new Progress(err, Terminal.canRedraw(), every(), count, publisher::published)) {
            publisher.publish(
                    messages,
                    rate,
                    () -> termination.requested() || publisher.firstFailure() != null);
        } finally {
            double seconds = (System.nanoTime() - began) / 1e9;
            long published = publisher.published();
            System.err.printf(
                    "published %,d in %.1f s (%,.0f/s)%n",
                    published, seconds, published / Math.max(seconds, 1e-9));
        }
        if (publisher.unheard() > 0) {
            System.err.printf(
                    "warning: nobody was subscribed to hear %,d of them%n", publisher.unheard());
        }
    }

    private Duration every() {
        return report.isZero() ? NEVER : report;
    }

    private Messages messages() {
        if (count != null) {
            return new MadeUpMessages(prefix, count, size);
        }
        if (Terminal.isAtKeyboard()) {
            System.err.println("one message a line; Ctrl-D ends");
        }
        return Lines.from(System.in);
    }
}
