package dev.baton.redis;

import io.lettuce.core.RedisCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Files that hold user and password, such as an orchestrator mounts. They are read for every connection that is opened.
/// A line break at the end of a file does not belong to what it holds.
///
/// @param user the user's name is in there; null for the server's default user
/// @param password the password is in there
public record LoginFiles(@Nullable Path user, Path password) {

    private static final int MAX_BYTES = 64 << 10;

    /// Reads the files once, so that what is wrong with them is said before anything is connected.
    ///
    /// @throws IllegalArgumentException if one is missing, empty or cannot be read; the message says which
    public void check() {
        var _ = read();
    }

    /// What they hold now. A file that cannot be read, or is empty because somebody is just writing it, is an
    /// [IllegalArgumentException].
    RedisCredentials read() {
        String name = user == null ? null : read(user);
        return RedisCredentials.just(name, read(password));
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + " is too large for a user or password");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8).stripTrailing();
            if (text.isEmpty()) {
                throw new IllegalArgumentException(file + " is empty; a secret stands in it");
            }
            return text;
        } catch (IOException e) {
            // Without the cause: what says it best is this.
            boolean gone = e instanceof NoSuchFileException;
            throw new IllegalArgumentException(
                    "cannot read " + file + (gone ? ": no such file" : "; check its permissions"));
        }
    }
}
