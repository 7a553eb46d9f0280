package dev.baton.server.cli;

import dev.baton.redis.RedisConnector;
import dev.baton.server.load.MadeUpMessages;
import dev.baton.server.load.Publisher;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Publishes messages.
@Command(
        name = "publish",
        description = "Publish lines from standard input, or made-up messages with --count.")
final class PublishCommand implements Callable<Integer> {

    private static final int BAR_CHARS = 30;
    private static final Duration REDRAW = Duration.ofMillis(200);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--channel",
            paramLabel = "NAME",
            defaultValue = "messages:published",
            description = "where to publish (default: ${DEFAULT-VALUE})")
    String channel = "";

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

    PublishCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (RedisConnector connector = new RedisConnector(redis.sourceAddress());
                Publisher publisher = new Publisher(connector, channel)) {
            Thread progress =
                    Thread.ofPlatform()
                            .daemon()
                            .name("baton-progress")
                            .start(() -> show(publisher));
            long began = System.nanoTime();
            publisher.publish(messages(), rate, termination::requested);
            double seconds = (System.nanoTime() - began) / 1e9;
            progress.interrupt();
            progress.join(TimeUnit.SECONDS.toMillis(1));
            long published = publisher.published();
            System.err.printf(
                    "published %,d in %.1f s (%,.0f/s)%n",
                    published, seconds, published / Math.max(seconds, 1e-9));
            if (publisher.unheard() > 0) {
                System.err.printf(
                        "warning: nobody was subscribed to hear %,d of them%n",
                        publisher.unheard());
            }
            if (publisher.failed() > 0) {
                System.err.printf(
                        "baton: the server did not confirm %,d publications%n", publisher.failed());
                return ExitCode.FAILURE;
            }
            return ExitCode.FINE;
        }
    }

    private Supplier<byte @Nullable []> messages() {
        if (count != null) {
            return new MadeUpMessages(prefix, count, size);
        }
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
        return () -> {
            try {
                String line = lines.readLine();
                return line == null ? null : line.getBytes(StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /// Java 25 gives no console again where there is no terminal, as before 22.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private void show(Publisher publisher) {
        boolean terminal = isTerminal();
        Rates rates = new Rates(1);
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(
                        terminal ? REDRAW.toMillis() : TimeUnit.SECONDS.toMillis(3));
                long published = publisher.published();
                long perSecond = rates.perSecond(published)[0];
                if (terminal && count != null) {
                    int filled = (int) (BAR_CHARS * published / Math.max(1, count));
                    System.err.printf(
                            "\r[%s%s] %3d %%  %,d/%,d  %,d/s ",
                            "=".repeat(filled),
                            " ".repeat(BAR_CHARS - filled),
                            100 * published / Math.max(1, count),
                            published,
                            count,
                            perSecond);
                } else {
                    System.err.printf("published %,d  %,d/s%n", published, perSecond);
                }
            }
        } catch (InterruptedException e) {
            if (terminal && count != null) {
                System.err.println();
            }
        }
    }
}
