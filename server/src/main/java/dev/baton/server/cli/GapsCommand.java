package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.slice.SliceKeys;
import dev.baton.slice.SliceOffice;
import dev.baton.slice.StreamEntry;
import io.lettuce.core.RedisException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows what was lost and declared.
@Command(name = "gaps", description = "List declared losses, newest first.")
final class GapsCommand implements Callable<Integer> {

    /// An answer of Redis holds them all at once.
    private static final int MOST = 100_000;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin OutputOptions form = new OutputOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--num",
            paramLabel = "N",
            defaultValue = "100",
            description = "show at most so many (default: ${DEFAULT-VALUE})")
    int most;

    /// One, and where it stands.
    private record Gap(EntryId id, Map<String, Object> fields) {}

    @Override
    public Integer call() {
        new Bounds("--num", 1, MOST).check(most);
        RedisAddress store = redis.storeAddress();
        List<Gap> gaps = new ArrayList<>();
        long all = 0;
        try (RedisConnector connector = new RedisConnector(store)) {
            List<SliceKeys> slices = stream.find(connector);
            List<SliceOffice> offices = SliceOffice.open(connector, slices);
            for (SliceOffice office : offices) {
                all += office.gaps();
                for (StreamEntry entry : office.newestGaps(most)) {
                    gaps.add(gap(slices.size() > 1 ? office.stream() : "", entry));
                }
            }
            offices.forEach(SliceOffice::close);
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
        List<Map<String, Object>> shown =
                gaps.stream()
                        .sorted((one, other) -> other.id().compareTo(one.id()))
                        .limit(most)
                        .map(Gap::fields)
                        .toList();
        Rows.print(System.out, form.output, "gaps", shown);
        if (all == 0) {
            System.err.println("no losses are declared in '" + stream.stream + "'");
        } else if (all > shown.size()) {
            System.err.printf("the newest %d of %d; --num shows more%n", shown.size(), all);
        }
        return ExitCode.FINE;
    }

    private static Gap gap(String slice, StreamEntry entry) {
        EntryId id = EntryId.parse(entry.id());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("time", id.time());
        if (!slice.isEmpty()) {
            fields.put("stream", slice);
        }
        fields.put("from", entry.text("from"));
        fields.put("to", entry.text("to"));
        if (!entry.text("count").isEmpty()) {
            fields.put("count", Long.parseLong(entry.text("count")));
        }
        fields.put("epoch", Long.parseLong(entry.text("epoch")));
        fields.put("cause", entry.text("cause"));
        return new Gap(id, fields);
    }
}
