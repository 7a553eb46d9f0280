package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.SliceOffice;
import io.lettuce.core.RedisException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Mixin;

/// `pause` and `resume`.
final class PauseCommand implements Callable<Integer> {

    private final boolean paused;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    PauseCommand(boolean paused) {
        this.paused = paused;
    }

    @Override
    public Integer call() {
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceOffice> slices = SliceOffice.open(connector, stream.find(connector));
            for (SliceOffice slice : slices) {
                boolean already = slice.pause(paused);
                System.out.printf(
                        "%s %s%s%n",
                        slice.stream(),
                        already ? "is already " : "",
                        paused ? "paused" : "going on");
            }
            if (paused) {
                System.err.println(
                        "messages are held in the dispatchers' buffers (--max-buffer-bytes) until 'baton resume'; what goes beyond is shed and declared");
            }
            return ExitCode.FINE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }
}
