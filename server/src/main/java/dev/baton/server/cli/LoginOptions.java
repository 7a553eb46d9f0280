package dev.baton.server.cli;

import dev.baton.redis.LoginFiles;
import dev.baton.server.config.BadConfigurationException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Files with user and password, so that no secret stands on a command line or in the environment.
final class LoginOptions {

    @Option(
            names = "--user-file",
            paramLabel = "FILE",
            description = "file that holds the Redis user's name, with --password-file")
    @Nullable Path user;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "file that holds the password; read anew when it changes")
    @Nullable Path password;

    @Option(
            names = "--source-user-file",
            paramLabel = "FILE",
            description = "the same for the source alone")
    @Nullable Path sourceUser;

    @Option(
            names = "--source-password-file",
            paramLabel = "FILE",
            description = "the same for the source alone")
    @Nullable Path sourcePassword;

    @Option(
            names = "--store-user-file",
            paramLabel = "FILE",
            description = "the same for the store alone")
    @Nullable Path storeUser;

    @Option(
            names = "--store-password-file",
            paramLabel = "FILE",
            description = "the same for the store alone")
    @Nullable Path storePassword;

    /// @throws BadConfigurationException if a file cannot be used
    @Nullable LoginFiles forSource() {
        return files(sourceUser, sourcePassword);
    }

    /// @throws BadConfigurationException if a file cannot be used
    @Nullable LoginFiles forStore() {
        return files(storeUser, storePassword);
    }

    private @Nullable LoginFiles files(@Nullable Path ownUser, @Nullable Path ownPassword) {
        Path name = ownUser == null ? user : ownUser;
        Path secret = ownPassword == null ? password : ownPassword;
        if (secret == null) {
            if (name != null) {
                throw new BadConfigurationException(
                        "a file with a user is given, but none with a password; give --password-file");
            }
            return null;
        }
        LoginFiles files = new LoginFiles(name, secret);
        try {
            files.check();
        } catch (IllegalArgumentException e) {
            throw new BadConfigurationException("login: " + e.getMessage(), e);
        }
        return files;
    }
}
