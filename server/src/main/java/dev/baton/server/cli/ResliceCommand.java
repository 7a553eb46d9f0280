package dev.baton.server.cli;

import dev.baton.duty.Backoff;
import dev.baton.duty.NotYet;
import dev.baton.duty.RefusedException;
import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.UnfitStoreException;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.Reslicing;
import dev.baton.slice.SliceKeys;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Changes the number of slices of a pipeline that runs.
@Command(
        name = "reslice",
        description = {
            "Change the number of slices of a pipeline that runs, without a gap.",
            "It announces the change, waits for dispatchers and workers that you start with the new number, switches at a "
                    + "mark, and says when those with the old number can be stopped. If it is interrupted, run it again."
        })
final class ResliceCommand implements Callable<Integer> {

    /// Short beside the pause that people notice: everything waits for the switch once all slices have come to the mark.
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(20);

    /// How long that lasts is up to the workers.
    private static final Duration LOOK_INTERVAL_DRAINING = Duration.ofMillis(500);

    private final Termination termination;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--to",
            paramLabel = "N",
            required = true,
            description = "the number of slices to come; --slices is the number there is")
    int to;

    @Option(
            names = "--cancel",
            description =
                    "take the announcement back; possible until one with the new number is in sync")
    boolean cancel;

    ResliceCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() throws InterruptedException {
        stream.checked();
        new Bounds("--to", 1, SliceKeys.MAX_SLICES).check(to);
        if (to == stream.slices) {
            throw new BadConfigurationException(
                    "--to " + to + ": give another number than --slices");
        }
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store);
                Reslicing reslicing = new Reslicing(connector, stream.stream, stream.slices, to)) {
            return cancel ? takeBack(reslicing) : change(reslicing);
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private int takeBack(Reslicing reslicing) {
        if (!reslicing.retract()) {
            throw new UnfitStoreException(
                    "stream '%s': too late, a dispatcher with --slices %d is in sync already; run it without --cancel to the end"
                            .formatted(stream.stream, to));
        }
        say("taken back: stream '%s' keeps its %d slices".formatted(stream.stream, stream.slices));
        return ExitCode.FINE;
    }

    private int change(Reslicing reslicing) throws InterruptedException {
        reslicing.announce();
        String said = "";
        Backoff backoff = new Backoff(ThreadLocalRandom.current());
        while (true) {
            Reslicing.State state;
            try {
                state = reslicing.advance();
                backoff.reset();
            } catch (RedisException | CompletionException | IllegalStateException e) {
                String trouble = "trying again: " + passing(e);
                if (!trouble.equals(said)) {
                    System.err.println(trouble);
                    said = trouble;
                }
                if (termination.await(Duration.ofNanos(backoff.nextNanos()))) {
                    say("interrupted; run it again to go on");
                    return ExitCode.FAILURE;
                }
                continue;
            }
            String now = inWords(state);
            if (!now.equals(said)) {
                say(now);
                said = now;
            }
            if (state instanceof Reslicing.State.Done) {
                return ExitCode.FINE;
            }
            if (termination.await(
                    state instanceof Reslicing.State.Draining
                            ? LOOK_INTERVAL_DRAINING
                            : LOOK_INTERVAL)) {
                say("interrupted; run it again to go on");
                return ExitCode.FAILURE;
            }
        }
    }

    /// Everything waits for the switch: what passes by itself is waited for. What the server refuses for good is not.
    private static String passing(RuntimeException failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        boolean refused =
                cause instanceof RedisCommandExecutionException
                        || cause instanceof RefusedException;
        if (refused && NotYet.of(cause.getMessage()) == null) {
            throw failure;
        }
        return String.valueOf(cause.getMessage());
    }

    private String inWords(Reslicing.State state) {
        return switch (state) {
            case Reslicing.State.Waiting waiting ->
                    "announced: stream '%s' goes from %d to %d slices at %s. Now start dispatchers and workers with --slices %d; those with --slices %d keep running"
                            .formatted(
                                    stream.stream,
                                    stream.slices,
                                    to,
                                    waiting.end(),
                                    to,
                                    stream.slices);
            case Reslicing.State.Ending ending ->
                    "a dispatcher with --slices %d is in sync; waiting for slices to come to %s: %d of %d"
                            .formatted(to, ending.end(), ending.slices(), stream.slices);
            case Reslicing.State.Draining draining ->
                    "switched to %d slices; workers with --slices %d still have work in %d streams that are no more"
                            .formatted(to, stream.slices, draining.slices());
            case Reslicing.State.Done done ->
                    "done: stream '%s' has %d slices. Stop the workers that were started with --slices %d; its dispatchers end by themselves"
                            .formatted(stream.stream, to, stream.slices);
        };
    }

    private static void say(String what) {
        System.out.println(what);
        System.out.flush();
    }
}
