package dev.baton.bench;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedRedis;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What one needs to know to repeat a measurement.
final class Setup {

    private static final String UNKNOWN = "unknown";
    private static final int PATIENCE_SECONDS = 10;

    private Setup() {}

    /// Everything by its name, in order.
    ///
    /// @param args as the shell gave them
    static Map<String, String> of(String[] args, List<Subject> subjects) {
        Map<String, String> setup = machine(args);
        setup.put("JVM flags", String.join(" ", Processes.FLAGS));
        setup.put("Redis", redis(System.getenv("REDIS_SERVER")));
        setup.put(
                "transport",
                subjects.stream()
                        .filter(one -> one == Subject.BATON || one == Subject.GROUP)
                        .map(one -> one + " " + one.transport())
                        .collect(
                                Collectors.collectingAndThen(
                                        Collectors.joining(", "),
                                        text -> text.isEmpty() ? "none" : text)));
        return setup;
    }

    /// What does not depend on what is measured.
    static Map<String, String> machine(String[] args) {
        Map<String, String> setup = new LinkedHashMap<>();
        setup.put("command", command(args));
        setup.put("commit", commit());
        setup.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        setup.put(
                "OS",
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version")
                        + " "
                        + System.getProperty("os.arch"));
        setup.put("CPU", cpuModel());
        setup.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        setup.put("Java", Runtime.version() + ", " + System.getProperty("java.vm.name"));
        return setup;
    }

    /// As one would type it.
    static String command(String... args) {
        return Stream.concat(Stream.of("./baton", "bench"), Stream.of(args).map(Setup::quoted))
                .collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[\\w,.:/=+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /// Of the folder this was built in, if it is one of Git's.
    private static String commit() {
        Path folder = repository();
        if (folder == null) {
            return UNKNOWN;
        }
        try {
            Process git =
                    new ProcessBuilder(
                                    "git",
                                    "-C",
                                    folder.toString(),
                                    "describe",
                                    "--always",
                                    "--dirty",
                                    "--abbrev=12")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean fine = git.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && git.exitValue() == 0;
            return fine ? said.strip() : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }

    private static @Nullable Path repository() {
        try {
            Path folder =
                    Path.of(
                            Setup.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            while (folder != null && !Files.exists(folder.resolve(".git"))) {
                folder = folder.getParent();
            }
            return folder;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String cpuModel() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            TreeSet<String> models =
                    lines.filter(line -> line.startsWith("model name"))
                            .map(line -> line.substring(line.indexOf(':') + 1).strip())
                            .collect(Collectors.toCollection(TreeSet::new));
            return models.isEmpty() ? UNKNOWN : String.join(", ", models);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /// What the servers of the measurement are, as one of them says.
    private static String redis(@Nullable String other) {
        String origin =
                other == null || other.isEmpty() ? "the packed binary" : "REDIS_SERVER=" + other;
        try (EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());
                RedisConnector connector = new RedisConnector(RedisAddress.parse(redis.uri()));
                StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            Map<String, String> info =
                    connection
                            .sync()
                            .info("server")
                            .lines()
                            .filter(line -> line.contains(":"))
                            .collect(
                                    Collectors.toMap(
                                            line -> line.substring(0, line.indexOf(':')),
                                            line -> line.substring(line.indexOf(':') + 1),
                                            (first, _) -> first));
            String version = info.getOrDefault("redis_version", UNKNOWN);
            String valkey = info.get("valkey_version");
            return (valkey == null ? version : "Valkey " + valkey) + ", " + origin;
        }
    }
}
