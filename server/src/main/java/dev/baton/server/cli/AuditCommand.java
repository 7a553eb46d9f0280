package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.server.config.BadConfigurationException;
import dev.baton.slice.Books;
import dev.baton.slice.PipelineBooks;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisException;
import io.lettuce.core.StreamMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
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
    @Mixin FoundStreamOptions stream = new FoundStreamOptions();
    @Mixin CommonOptions common = new CommonOptions();

    @Mixin OutputOptions form = new OutputOptions();

    @Option(names = "--published", paramLabel = "FILE", description = "published ids, one a line")
    @Nullable Path published;

    @Override
    public Integer call() {
        if (published != null && !Files.isReadable(published)) {
            throw new BadConfigurationException(
                    "--published: cannot read " + published + "; check its name and permissions");
        }
        RedisAddress store = redis.storeAddress();
        try (RedisConnector connector = new RedisConnector(store);
                PipelineBooks slices = PipelineBooks.open(connector, stream.find(connector))) {
            PipelineBooks.Look books = slices.read();
            if (books.slices().values().stream().allMatch(AuditCommand::neverWas)) {
                System.err.printf(
                        "baton: there is nothing to audit: nobody ever led '%s' on %s, and its books are empty; is that the right --stream?%n",
                        stream.stream, store);
                return ExitCode.UNHEALTHY;
            }
            Map<String, Object> fields = new LinkedHashMap<>();
            books.ledger().forEach(fields::put);
            fields.put("backlog", books.sum(Books::backlog));
            fields.put("retry", books.sum(Books::retry));
            fields.put("accepted", books.sum(Books::accepted));
            fields.put("accounted_for", books.sum(Books::accountedFor));
            fields.put("dead_letters", books.sum(Books::dead));
            fields.put("dead_expected", books.sum(Books::deadExpected));
            fields.put("balanced", books.balanced());
            if (books.slices().size() > 1) {
                fields.put("slices", slices(books));
            }
            boolean fine = books.balanced() && deadAreThere(books);
            if (published != null) {
                fine &= reconcile(connector, books, published, fields);
            }
            Report.print(System.out, form.output, fields);
            return fine ? ExitCode.FINE : ExitCode.FAILURE;
        } catch (RedisException | CompletionException e) {
            throw RedisTrouble.of(store, e);
        }
    }

    private static boolean neverWas(Books books) {
        return books.lead().isEmpty() && books.ledger().isEmpty() && books.stream() == 0;
    }

    private static boolean deadAreThere(PipelineBooks.Look look) {
        return look.slices().values().stream()
                .allMatch(books -> books.dead() == books.deadExpected());
    }

    private static List<Map<String, Object>> slices(PipelineBooks.Look look) {
        List<Map<String, Object>> all = new ArrayList<>();
        look.slices()
                .forEach(
                        (name, books) -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("stream", name);
                            one.put("accepted", books.accepted());
                            one.put("accounted_for", books.accountedFor());
                            one.put("balanced", books.balanced());
                            all.add(one);
                        });
        return all;
    }

    /// Where messages come out: each slice's stream and dead letters.
    private static List<String> streams(PipelineBooks.Look look) {
        List<String> names = new ArrayList<>();
        for (String slice : look.slices().keySet()) {
            names.add(slice);
            names.add("{" + slice + "}:dead");
        }
        return names;
    }

    /// A message may have become several entries, all with its position, so entries are not counted: a published id may
    /// stand at as many positions as it was published times, and there are as many positions as messages in the books.
    private boolean reconcile(
            RedisConnector connector,
            PipelineBooks.Look books,
            Path file,
            Map<String, Object> fields) {
        Map<String, Set<String>> positionsOfId = new HashMap<>();
        Set<String> positions = new HashSet<>();
        boolean complete =
                books.sum(Books::stream) + books.count("trimmed") == books.count("emitted")
                        && books.sum(Books::dead) == books.sum(Books::deadExpected)
                        && books.count("dead_trimmed") == 0;
        try (StoreConnection connection = connector.store()) {
            for (String name : streams(books)) {
                String from = "-";
                List<StreamMessage<byte[], byte[]>> page;
                do {
                    page =
                            connection
                                    .reach(bytes(name))
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
                        if (books.slices().containsKey(name)) {
                            checkNames(name, entry.getId(), body);
                        }
                        String position = body.getOrDefault("position", entry.getId());
                        positions.add(position);
                        positionsOfId
                                .computeIfAbsent(
                                        body.getOrDefault("message_id", ""), id -> new HashSet<>())
                                .add(position);
                        from = entry.getId();
                    }
                } while (page.size() == PAGE);
            }
        }
        Map<String, Integer> timesPublished = new HashMap<>();
        try (Stream<String> ids = Files.lines(file)) {
            ids.filter(id -> !id.isBlank())
                    .forEach(id -> timesPublished.merge(id.strip(), 1, Integer::sum));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        long publishedCount = 0;
        long twice = 0;
        Set<String> missing = new HashSet<>();
        for (Map.Entry<String, Integer> id : timesPublished.entrySet()) {
            int found = positionsOfId.getOrDefault(id.getKey(), Set.of()).size();
            publishedCount += id.getValue();
            twice += Math.max(0, found - id.getValue());
            if (found < id.getValue()) {
                missing.add(id.getKey());
            }
        }
        long twiceByPosition =
                complete
                        ? Math.max(
                                0,
                                books.count("committed") + books.count("dead") - positions.size())
                        : 0;
        fields.put("published", publishedCount);
        fields.put("missing", (long) missing.size());
        fields.put("twice", twice);
        fields.put("twice_by_position", twiceByPosition);
        if (!missing.isEmpty()) {
            fields.put(
                    "first_missing",
                    String.join(" ", missing.stream().sorted().limit(MAX_SHOWN).toList()));
        }
        return missing.isEmpty() && twice == 0 && twiceByPosition == 0;
    }

    /// Entries are known by their ids and positions, and only by these names.
    private static void checkNames(String stream, String entry, Map<String, String> body) {
        for (String field : List.of("message_id", "position")) {
            if (!body.containsKey(field)) {
                throw new BadConfigurationException(
                        "--published: entry %s of '%s' has no field '%s', so nothing can be said about what is missing: workers write it under another name (--field-name), or somebody else writes to the stream; audit without --published"
                                .formatted(entry, stream, field));
            }
        }
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
