package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.SliceOffice;
import io.lettuce.core.RedisException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `dead replay` and `dead discard`.
final class DeadAction implements Callable<Integer> {

    /// Dead letters in one step of the server: a script has to be short, and their messages may be large.
    private static final int AT_ONCE = 100;

    /// What is done with them.
    enum What {
        REPLAY,
        DISCARD;

        private String verb() {
            return name().toLowerCase(Locale.ROOT);
        }

        private String past() {
            return this == REPLAY ? "replayed" : "discarded";
        }

        private long by(SliceOffice slice, List<String> ids) {
            return this == REPLAY ? slice.replay(ids) : slice.discard(ids);
        }
    }

    private final What what;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin DeadSelection selection = new DeadSelection();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(names = "--dry-run", description = "say how many it would be, and do nothing")
    boolean dryRun;

    @Option(names = "--yes", description = "do not ask")
    boolean yes;

    DeadAction(What what) {
        this.what = what;
    }

    @Override
    public Integer call() {
        selection.check();
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store)) {
            Map<SliceOffice, List<String>> chosen = new LinkedHashMap<>();
            long count = 0;
            for (SliceOffice slice : SliceOffice.open(connector, stream.find(connector))) {
                List<String> ids = new ArrayList<>();
                slice.forEachDead(
                        letter -> {
                            if (selection.selects(letter)) {
                                ids.add(letter.id());
                            }
                        });
                chosen.put(slice, ids);
                count += ids.size();
            }
            if (dryRun || count == 0) {
                System.out.println(
                        count + " dead letters" + (dryRun ? " would be " + what.past() : ""));
                return ExitCode.FINE;
            }
            if (!yes && !agreed(count)) {
                System.err.println("nothing was done");
                return ExitCode.FAILURE;
            }
            long done = 0;
            for (Map.Entry<SliceOffice, List<String>> each : chosen.entrySet()) {
                List<String> ids = each.getValue();
                for (int from = 0; from < ids.size(); from += AT_ONCE) {
                    done +=
                            what.by(
                                    each.getKey(),
                                    ids.subList(from, Math.min(ids.size(), from + AT_ONCE)));
                }
            }
            System.out.println(done + " dead letters " + what.past());
            return ExitCode.FINE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private boolean agreed(long count) {
        if (!Terminal.isAtKeyboard()) {
            throw new BadConfigurationException(
                    "nobody is there to be asked; give --yes to "
                            + what.verb()
                            + " "
                            + count
                            + " dead letters");
        }
        System.err.print(
                what.verb() + " " + count + " dead letters of '" + stream.stream + "'? [y/N] ");
        System.err.flush();
        try {
            String answer =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                            .readLine();
            return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
