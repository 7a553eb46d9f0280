package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceTail;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Follows a stream of all slices.
@Command(
        name = "tail",
        description = "Follow the output stream, dead letters or declared losses of all slices.")
final class TailCommand implements Callable<Integer> {

    private static final Duration LOOK = Duration.ofMillis(50);

    private final Termination termination;

    /// What is followed.
    enum What {
        stream(SliceTail.What.STREAM, "{time} {message_id} {payload}"),
        dead(SliceTail.What.DEAD, "{time} {reason} {message_id} {error} {payload}"),
        gaps(SliceTail.What.GAPS, "{time} {from} to {to} count={count} {cause}");

        private final SliceTail.What what;
        private final String format;

        What(SliceTail.What what, String format) {
            this.what = what;
            this.format = format;
        }
    }

    @Parameters(
            paramLabel = "WHAT",
            arity = "0..1",
            defaultValue = "stream",
            description = "stream, dead or gaps (default: ${DEFAULT-VALUE})")
    What what = What.stream;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORM",
            description =
                    "json, or a template such as '{message_id} {payload}', with any field, id, time and stream (default: a line of the most important)")
    @Nullable String format;

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            defaultValue = "end",
            description = "start, end, an id, or an age such as -5m (default: ${DEFAULT-VALUE})")
    String from = "";

    @Option(names = "--num", paramLabel = "N", description = "end after so many")
    @Nullable Long most;

    TailCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        Long asked = most;
        if (asked != null) {
            Bounds.atLeast("--num", 1).check(asked);
        }
        TailStart start = TailStart.of(from);
        RedisAddress store = redis.storeAddress();
        EntryFormat form = EntryFormat.of(format == null ? what.format : format);
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceKeys> slices = stream.find(connector);
            if (format == null && slices.size() > 1) {
                form = EntryFormat.of("{stream} " + what.format);
            }
            TailPrinter printer =
                    new TailPrinter(
                            System.out, form, asked == null ? Long.MAX_VALUE : asked, store);
            List<TailFollower> followers = new ArrayList<>();
            try {
                for (SliceKeys keys : slices) {
                    SliceTail tail = SliceTail.open(connector, keys, what.what);
                    followers.add(new TailFollower(tail, printer));
                    followers.getLast().start(start.in(tail));
                }
                while (!printer.over() && !termination.await(LOOK)) {
                    // Signals and the printer are looked at in turn.
                }
            } finally {
                printer.end();
                followers.forEach(TailFollower::close);
            }
            RuntimeException failure = printer.failure();
            if (failure != null) {
                throw failure;
            }
            return ExitCode.FINE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }
}
