package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.server.embedded.EmbeddedRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Secrets that stand in files: none is ever said, and they are changed while messages flow.
class SecretsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());

    @TempDir Path folder = Path.of("");
    private AclFiles acl = new AclFiles(folder);

    @BeforeEach
    void loadUsers() throws IOException {
        acl = new AclFiles(folder);
        acl.load(redis.uri());
    }

    @AfterEach
    void stop() {
        redis.close();
    }

    @Test
    void noSecretIsEverSaid() throws Exception {
        Files.writeString(folder.resolve("wrong"), "hush-wrong\n");
        List<String> wrong =
                List.of(
                        "--user-file",
                        acl.userFile("worker").toString(),
                        "--password-file",
                        folder.resolve("wrong").toString());
        String inAddress = redis.uri().replace("//", "//baton-worker:hush-wrong@");
        List<String> known = acl.login("--", "operator");
        List<List<String>> all =
                List.of(
                        command("config", known, "print"),
                        command("config", known, "validate", "--verbose"),
                        command("status", known, "--verbose"),
                        command("publish", known, "--count", "1", "--verbose"),
                        command("worker", wrong, "--verbose"),
                        List.of("dispatcher", "--verbose", "--redis", inAddress),
                        List.of("config", "print", "--redis", inAddress),
                        command("status", wrong, "--redis", inAddress));
        for (List<String> one : all) {
            try (BatonProcess run = BatonProcess.start(one.toArray(String[]::new))) {
                int exit = run.end();

                assertThat(run.said() + run.printed())
                        .as(one + " exit " + exit)
                        .isNotBlank()
                        .doesNotContain("hush");
            }
        }
    }

    @Test
    void aLoginIsChangedWhileMessagesFlowAndNothingIsInterrupted() throws Exception {
        List<String> sourceAndStore =
                Stream.concat(
                                acl.login("--source-", "dispatcher-source").stream(),
                                acl.login("--store-", "dispatcher-store").stream())
                        .toList();
        Path ids = folder.resolve("ids");
        Files.write(ids, IntStream.range(0, 3_000).mapToObj(i -> "t-" + i).toList());
        try (BatonProcess dispatcher = baton("dispatcher", sourceAndStore);
                BatonProcess worker = baton("worker", acl.login("--", "worker"))) {
            dispatcher.awaitSaid("leads");
            worker.awaitSaid("joined");
            try (BatonProcess publish =
                    baton(
                            "publish",
                            acl.login("--", "publisher"),
                            "--count",
                            "3000",
                            "--rate",
                            "300",
                            "--prefix",
                            "t")) {
                replaceUsers("dispatcher-source", "dispatcher-store", "worker");
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> dispatcher.timesSaid("open connections log in again") == 2);
                worker.awaitSaid("open connections log in again");
                awaitNewUsers();
                for (String role : List.of("dispatcher-source", "dispatcher-store", "worker")) {
                    AclFiles.deleteUser(redis.uri(), "baton-" + role);
                }
                assertThat(publish.end()).as(publish.said()).isZero();
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertAudited(ids));
            for (BatonProcess role : List.of(dispatcher, worker)) {
                assertThat(role.said()).doesNotContain("WARN").doesNotContain("hush");
                role.signal("TERM");
                assertThat(role.end()).as(role.said()).isZero();
            }
        }
    }

    /// Makes a second user of the same rights for each role, and puts it into the role's files.
    private void replaceUsers(String... roles) throws IOException {
        for (String role : roles) {
            List<String> rules = new ArrayList<>(AclFiles.rules(role));
            rules.set(0, "baton-" + role + "-2");
            rules.add(">hush-2");
            AclFiles.setUser(redis.uri(), rules);
        }
        for (String role : roles) {
            Files.writeString(acl.passwordFile(role), "hush-2");
            Files.writeString(acl.userFile(role), "baton-" + role + "-2");
        }
    }

    private void awaitNewUsers() {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () ->
                                AclFiles.connections(redis.uri()).stream()
                                        .filter(line -> line.contains(" name=baton-"))
                                        .allMatch(line -> line.matches(".* user=\\S+-2 .*")));
    }

    private void assertAudited(Path ids) throws Exception {
        try (BatonProcess audit =
                baton("audit", acl.login("--", "operator"), "--published", ids.toString())) {
            assertThat(audit.end()).as(audit.said() + audit.printed()).isZero();
        }
    }

    private BatonProcess baton(String command, List<String> login, String... options)
            throws IOException {
        return BatonProcess.start(command(command, login, options).toArray(String[]::new));
    }

    /// On the server of this test unless the options name another; a subcommand comes first among them.
    private List<String> command(String command, List<String> login, String... options) {
        List<String> args = new ArrayList<>(List.of(command));
        args.addAll(List.of(options));
        args.addAll(login);
        if (!args.contains("--redis")) {
            args.addAll(List.of("--redis", redis.uri()));
        }
        return args;
    }
}
