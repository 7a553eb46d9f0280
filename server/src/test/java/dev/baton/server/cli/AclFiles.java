package dev.baton.server.cli;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/// The users of `deploy/acl`, as the repository has them, with passwords of this test.
///
/// @param folder where files with users and passwords are written
record AclFiles(Path folder) {

    static final List<String> ROLES = AclRules.ROLES;

    /// The repository's root, whether the tests run there or in the module.
    static Path repository() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("deploy"))
                ? here
                : Objects.requireNonNull(here.getParent(), "a module has a parent");
    }

    /// Loads every file into a server as its comments say: one ACL SETUSER for its line, then a password.
    void load(String uri) throws IOException {
        for (String role : ROLES) {
            load(uri, role, rules(role));
        }
    }

    /// The same for rules made from a file.
    void load(String uri, String role, List<String> userAndRules) throws IOException {
        List<String> rules = new ArrayList<>(userAndRules);
        rules.add(">" + secret(role));
        setUser(uri, rules);
        Files.writeString(userFile(role), "baton-" + role + "\n");
        Files.writeString(passwordFile(role), secret(role) + "\n");
    }

    /// What the role's file says behind the word `user`: the name, then the rules.
    static List<String> rules(String role) throws IOException {
        Path file = repository().resolve("deploy/acl/" + role + ".acl");
        List<String> users =
                Files.readAllLines(file).stream().filter(line -> line.startsWith("user ")).toList();
        if (users.size() != 1) {
            throw new IllegalStateException(file + " has " + users.size() + " users");
        }
        return Stream.of(users.getFirst().split(" ")).skip(1).toList();
    }

    static void setUser(String uri, List<String> userAndRules) {
        byte[][] rules =
                userAndRules.stream()
                        .map(rule -> rule.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new);
        asAdmin(
                uri,
                admin ->
                        admin.dispatch(
                                CommandType.ACL,
                                new StatusOutput<>(ByteArrayCodec.INSTANCE),
                                new CommandArgs<>(ByteArrayCodec.INSTANCE)
                                        .add("SETUSER")
                                        .addValues(rules)));
    }

    static void deleteUser(String uri, String user) {
        asAdmin(uri, admin -> admin.aclDeluser(user));
    }

    /// The lines of CLIENT LIST.
    static List<String> connections(String uri) {
        return asAdmin(uri, admin -> admin.clientList().lines().toList());
    }

    private static <R> R asAdmin(String uri, Function<RedisCommands<byte[], byte[]>, R> work) {
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(uri));
                StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            return work.apply(connection.sync());
        }
    }

    static String secret(String role) {
        return "hush-" + role;
    }

    Path userFile(String role) {
        return folder.resolve(role + ".user");
    }

    Path passwordFile(String role) {
        return folder.resolve(role + ".password");
    }

    /// The options that log a command in.
    ///
    /// @param option `--`, `--source-` or `--store-`
    List<String> login(String option, String role) {
        return List.of(
                option + "user-file",
                userFile(role).toString(),
                option + "password-file",
                passwordFile(role).toString());
    }
}
