package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.DeadLetter;
import dev.baton.slice.SliceOffice;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `dead ls` without payloads, `dead show` with them.
final class DeadList implements Callable<Integer> {

    private final boolean payloads;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin DeadSelection selection = new DeadSelection();
    @Mixin OutputOptions form = new OutputOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--num",
            paramLabel = "N",
            defaultValue = "100",
            description = "show at most so many, oldest first (default: ${DEFAULT-VALUE})")
    int most;

    DeadList(boolean payloads) {
        this.payloads = payloads;
    }

    @Override
    public Integer call() {
        Bounds.atLeast("--num", 1).check(most);
        if (payloads) {
            selection.check();
        }
        RedisAddress store = redis.storeAddress();
        List<Map<String, Object>> shown = new ArrayList<>();
        long[] found = {0};
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceOffice> slices = SliceOffice.open(connector, stream.find(connector));
            for (SliceOffice slice : slices) {
                slice.forEachDead(
                        letter -> {
                            if (selection.selects(letter) && ++found[0] <= most) {
                                shown.add(fields(slices.size() > 1 ? slice.stream() : "", letter));
                            }
                        });
            }
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("found", found[0]);
        report.put("dead_letters", shown);
        Report.print(System.out, form.output, report);
        return ExitCode.FINE;
    }

    private Map<String, Object> fields(String slice, DeadLetter letter) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", letter.id());
        if (!slice.isEmpty()) {
            fields.put("stream", slice);
        }
        for (String name :
                List.of(
                        "reason",
                        "error",
                        "message_id",
                        "attempts",
                        "crashes",
                        "position",
                        "channel",
                        "worker")) {
            if (!letter.field(name).isEmpty()) {
                fields.put(name, letter.field(name));
            }
        }
        fields.put("bytes", (long) letter.payload().length);
        if (payloads) {
            fields.put("payload", new String(letter.payload(), StandardCharsets.UTF_8));
        }
        return fields;
    }
}
