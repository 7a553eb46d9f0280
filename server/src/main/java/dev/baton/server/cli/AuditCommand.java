package dev.baton.server.cli;

import dev.baton.redis.RedisConnector;
import dev.baton.slice.Books;
import dev.baton.slice.SliceBooks;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Checks the books, and reconciles published ids with what came out.
@Command(
        name = "audit",
        description = "Check that the books balance; with --published, look for every id.")
final class AuditCommand implements Callable<Integer> {

    private static final int PAGE = 1_000;
    private static final int MAX_SHOWN = 10;

    @Mixin RedisOptions redis = new RedisOptions();
    @Mixin StreamOptions stream = new StreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml (default: ${DEFAULT-VALUE})")
    Report.Format output = Report.Format.table;

    @Option(names = "--published", paramLabel = "FILE", description = "published ids, one a line")
    @Nullable Path published;

    @Override
    public Integer call() {
        try (RedisConnector connector = new RedisConnector(redis.storeAddress());
                SliceBooks slice = SliceBooks.open(connector, stream.checked())) {
            Books books = slice.read();
            Map<String, Object> fields = new LinkedHashMap<>();
            books.ledger().forEach(fields::put);
            fields.put("backlog", books.backlog());
            fields.put("retry", books.retry());
            fields.put("accepted", books.accepted());
            fields.put("accounted_for", books.accountedFor());
            fields.put("balanced", books.balanced());
            boolean fine = books.balanced();
            if (published != null) {
                fine &= reconcile(connector, published, fields);
            }
            Report.print(System.out, output, fields);
            return fine ? ExitCode.FINE : ExitCode.FAILURE;
        }
    }

    private boolean reconcile(RedisConnector connector, Path file, Map<String, Object> fields) {
        Map<String, Integer> found = new HashMap<>();
        Set<String> positions = new HashSet<>();
        long twiceByPosition = 0;
        try (StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            for (String name : List.of(stream.checked(), "{" + stream.checked() + "}:dead")) {
                String from = "-";
                List<StreamMessage<byte[], byte[]>> page;
                do {
                    page =
                            connection
                                    .sync()
                                    .xrange(
                                            bytes(name),
                                            from.equals("-")
                                                    ? Range.unbounded()
                                                    : Range.from(
                                                            Range.Boundary.excluding(from),
                                                            Range.Boundary.unbounded()),
                                            Limit.from(PAGE));
                    for (StreamMessage<byte[], byte[]> entry : page) {
                        Map<String, String> body = body(entry);
                        found.merge(body.getOrDefault("message_id", ""), 1, Integer::sum);
                        if (!positions.add(body.getOrDefault("position", entry.getId()))) {
                            twiceByPosition++;
                        }
                        from = entry.getId();
                    }
                } while (page.size() == PAGE);
            }
        }
        Set<String> missing = new HashSet<>();
        long[] count = new long[2];
        try (Stream<String> ids = Files.lines(file)) {
            ids.filter(id -> !id.isBlank())
                    .forEach(
                            id -> {
                                count[0]++;
                                int times = found.getOrDefault(id.strip(), 0);
                                if (times == 0) {
                                    missing.add(id.strip());
                                } else if (times > 1) {
                                    count[1]++;
                                }
                            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        fields.put("published", count[0]);
        fields.put("missing", (long) missing.size());
        fields.put("twice", count[1]);
        fields.put("twice_by_position", twiceByPosition);
        if (!missing.isEmpty()) {
            fields.put(
                    "first_missing",
                    String.join(" ", missing.stream().sorted().limit(MAX_SHOWN).toList()));
        }
        return missing.isEmpty() && count[1] == 0 && twiceByPosition == 0;
    }

    private static Map<String, String> body(StreamMessage<byte[], byte[]> entry) {
        Map<String, String> body = new HashMap<>();
        entry.getBody()
                .forEach(
                        (name, value) -> {
                            String key = new String(name, StandardCharsets.UTF_8);
                            if (!key.equals("payload")) {
                                body.put(key, new String(value, StandardCharsets.UTF_8));
                            }
                        });
        return body;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
