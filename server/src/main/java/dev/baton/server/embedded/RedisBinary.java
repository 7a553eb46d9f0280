package dev.baton.server.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import redis.embedded.RedisServer;

/// The server's binary for this machine, as `org.signal:embedded-redis` packs it.
final class RedisBinary {

    /// The unpacked binary's name.
    static final String FILE_NAME = "redis-server";

    private static final String VERSION = "7.0.15";

    private RedisBinary() {}

    /// Names another server to start in place of the packed one, such as Valkey's.
    private static final String OTHER = "REDIS_SERVER";

    /// Unpacks the binary into a folder.
    ///
    /// @param folder belongs to one server, so no two unpack into it at once
    /// @throws IOException if there is none for this machine, or the disk refuses
    static Path unpackInto(Path folder) throws IOException {
        String name = "redis-server-" + VERSION + "-" + system() + "-" + architecture();
        Path target = folder.resolve(FILE_NAME);
        String other = System.getenv(OTHER);
        if (other != null && !other.isEmpty()) {
            Files.copy(Path.of(other), target, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
            return target;
        }
        try (InputStream packed = RedisServer.class.getResourceAsStream("/" + name)) {
            if (packed == null) {
                throw new IOException(
                        "no embedded Redis for this machine ("
                                + name
                                + "); start a Redis yourself and give it with --redis");
            }
            Files.copy(packed, target, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        return target;
    }

    private static String system() {
        String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        return name.contains("mac") ? "darwin" : name;
    }

    private static String architecture() {
        String name = System.getProperty("os.arch", "");
        return name.equals("aarch64") ? "arm64" : name.equals("x86_64") ? "amd64" : name;
    }
}
