package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.redis.RedisAddress;
import dev.baton.redis.RedisConnector;
import dev.baton.server.embedded.EmbeddedCluster;
import dev.baton.server.embedded.EmbeddedRedis;
import dev.baton.source.Listening;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every role as the user that `deploy/acl` gives it, and what each of these users is refused.
class AclIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String T = "messages:processed";

    private final EmbeddedRedis redis = EmbeddedRedis.start(EmbeddedRedis.Options.temporary());

    private static final int SLICES = 3;

    private String address = redis.uri();
    private List<String> names = List.of();
    private List<String> listening = List.of();
    private List<String> transport = List.of();
    @TempDir Path folder = Path.of("");
    private AclFiles acl = new AclFiles(folder);

    /// Something one may try to do.
    ///
    /// @param what for people
    /// @param command its words
    private record Act(String what, String... command) {

        static Act script(String what, String... keys) {
            List<String> words =
                    new ArrayList<>(List.of("EVAL", "return 1", Integer.toString(keys.length)));
            words.addAll(List.of(keys));
            return new Act(what, words.toArray(String[]::new));
        }
    }

    private static final List<Act> ACTS =
            List.of(
                    new Act("publish a message", "PUBLISH", "messages:published", "x"),
                    new Act("publish on the control channel", "PUBLISH", "baton:control:" + T, "x"),
                    new Act("publish anywhere else", "PUBLISH", "else", "x"),
                    new Act("hear messages", "SUBSCRIBE", "messages:published"),
                    new Act("hear the control channel", "SUBSCRIBE", "baton:control:" + T),
                    new Act("hear everything", "PSUBSCRIBE", "*"),
                    Act.script("run Lua of its own"),
                    Act.script(
                            "run a script on the keys of `claim` and `skip`",
                            key("lead"),
                            key("gaps"),
                            key("ledger")),
                    Act.script(
                            "run a script on the keys of `commit`",
                            key("worker:w"),
                            key("lane:w"),
                            T,
                            key("dead"),
                            key("ledger")),
                    new Act("change the lead", "HSET", key("lead"), "x", "1"),
                    new Act("read the lead", "HMGET", key("lead"), "epoch"),
                    new Act("take entries out of a lane", "LPOP", key("lane:w")),
                    new Act("put entries into a lane", "RPUSH", key("lane:w"), "x"),
                    new Act("take back what was put there last", "LTRIM", key("lane:w"), "0", "-2"),
                    new Act("declare a gap", "XADD", key("gaps"), "*", "a", "b"),
                    new Act("bury a message", "XADD", key("dead"), "*", "a", "b"),
                    new Act("read dead letters", "XRANGE", key("dead"), "-", "+"),
                    new Act("replay or discard dead letters", "XDEL", key("dead"), "0-1"),
                    new Act("trim dead letters", "XTRIM", key("dead"), "MAXLEN", "100"),
                    new Act("have a worker fall quiet", "HSET", key("worker:w"), "wish", "quiet"),
                    new Act("put off a message", "ZADD", key("retry"), "0", "x"),
                    new Act(
                            "add to another stream of the slice",
                            "XADD",
                            key("to:x"),
                            "*",
                            "a",
                            "b"),
                    new Act("add to the output stream", "XADD", T, "*", "a", "b"),
                    new Act("have the output stream stand aside", "RENAME", T, key("gate")),
                    new Act("read the output stream", "XRANGE", T, "-", "+"),
                    new Act("make a consumer group", "XGROUP", "CREATE", T, "g", "0"),
                    new Act("read in a group", "XREADGROUP", "GROUP", "g", "c", "STREAMS", T, ">"),
                    new Act("acknowledge in a group", "XACK", T, "g", "0-1"),
                    new Act("destroy a group", "XGROUP", "DESTROY", T, "g"),
                    new Act("trim the output stream", "XTRIM", T, "MAXLEN", "0"),
                    new Act("delete from the output stream", "XDEL", T, "0-1"),
                    new Act("delete the output stream", "DEL", T),
                    new Act("rename the output stream", "RENAME", T, key("dead")),
                    new Act("delete the lead", "DEL", key("lead")),
                    new Act("delete the books", "DEL", key("ledger")),
                    new Act("read another key", "GET", "else"),
                    new Act("write another key", "SET", "else", "x"),
                    new Act("list keys", "KEYS", "*"),
                    new Act("read the configuration", "CONFIG", "GET", "*"),
                    new Act("change the configuration", "CONFIG", "SET", "maxmemory", "0"),
                    new Act("change users", "ACL", "SETUSER", "evil", "on"),
                    new Act("list connections", "CLIENT", "LIST"),
                    new Act("end connections", "CLIENT", "KILL", "TYPE", "pubsub"),
                    new Act("see all commands", "MONITOR"),
                    new Act("open a transaction", "MULTI"),
                    new Act("forget all scripts", "SCRIPT", "FLUSH"),
                    new Act("load a library", "FUNCTION", "LOAD", "x"),
                    new Act("make it a replica", "REPLICAOF", "NO", "ONE"),
                    new Act("shut it down", "SHUTDOWN", "ABORT"),
                    new Act("delete everything", "FLUSHALL"));

    /// Whose scripts are whose.
    private static final Map<String, List<String>> SCRIPTS =
            Map.of(
                    "dispatcher-store",
                    List.of(
                            "claim",
                            "renew",
                            "confirm",
                            "resign",
                            "dispatch",
                            "skip",
                            "retry",
                            "deal",
                            "reassign",
                            "group/dispatch",
                            "group/retry",
                            "group/reassign"),
                    "worker",
                    List.of(
                            "join",
                            "beat",
                            "commit",
                            "leave",
                            "trim",
                            "group/join",
                            "group/commit",
                            "group/leave"),
                    "operator",
                    List.of(
                            "books",
                            "replay",
                            "discard",
                            "pause",
                            "reslice",
                            "quiet",
                            "oldest",
                            "group/replay"));

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
    void theRolesDoTheirWorkAndAreRefusedNothing() throws Exception {
        theyDoTheirWork(T);
        assertThat(refusals(redis.uri())).isEmpty();
    }

    @Test
    void soTheyDoWithAConsumerGroup() throws Exception {
        transport = List.of("--transport", "group");
        theyDoTheirWork(T);
        assertThat(refusals(redis.uri())).isEmpty();
    }

    /// On a cluster the users have to be in every node.
    @Test
    void soTheyDoOnAClusterWithOtherNamesAndSlices() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(0)) {
            AclRules rules =
                    new AclRules("out", SLICES, new Listening.Sharded(List.of("in")), true);
            for (EmbeddedRedis node : cluster.nodes()) {
                for (String role : AclFiles.ROLES) {
                    acl.load(node.uri(), role, rules.of(role));
                }
            }
            address = cluster.uri();
            names = List.of("--stream", "out", "--slices", Integer.toString(SLICES));
            listening = List.of("--channel", "in", "--sharded");
            theyDoTheirWork("out:0");
            for (EmbeddedRedis node : cluster.nodes()) {
                assertThat(refusals(node.uri())).isEmpty();
            }
        }
    }

    /// @param first the stream of slice 0
    private void theyDoTheirWork(String first) throws Exception {
        Path ids = folder.resolve("ids");
        Files.write(ids, IntStream.range(0, 2_000).mapToObj(i -> "t-" + i).toList());
        try (BatonProcess leader = dispatcher("d1");
                BatonProcess lost = worker("w1");
                BatonProcess staying = worker("w2")) {
            leader.awaitSaid("leads " + first);
            lost.awaitSaid("joined");
            staying.awaitSaid("joined");
            publish(1_000, 0);
            lost.signal("KILL");
            try (BatonProcess second = dispatcher("d2")) {
                second.awaitSaid("in sync from");
                publish(1_000, 1_000);
                leader.signal("TERM");
                assertThat(leader.end()).as(leader.said()).isZero();
                second.awaitSaid("leads " + first);
                Awaitility.await()
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofSeconds(1))
                        .untilAsserted(() -> assertAudited(ids));
                assertLooked();
                staying.signal("TERM");
                assertThat(staying.end()).as(staying.said()).isZero();
                for (BatonProcess role : List.of(leader, second, staying)) {
                    assertThat(role.said())
                            .doesNotContain("may not")
                            .doesNotContain("refused")
                            .doesNotContain("NOPERM")
                            .doesNotContain("hush");
                }
            }
        }
    }

    @Test
    void everyCommandThatItsScriptsCallIsAllowed() throws IOException {
        for (Map.Entry<String, List<String>> role : SCRIPTS.entrySet()) {
            String rules = String.join(" ", AclFiles.rules(role.getKey()));
            for (String script : role.getValue()) {
                for (String command : calledBy(script + ".lua")) {
                    assertThat(rules.split("[ (]"))
                            .as("%s, %s", role.getKey(), script)
                            .contains("+" + command);
                }
            }
        }
    }

    @Test
    void theTableInTheManualIsWhatTheServerRefuses() throws IOException {
        String manual = Files.readString(AclFiles.repository().resolve("docs/security.md"));

        assertThat(manual).contains(table());
    }

    @Test
    void aUserThatMayNotBeCheckedIsSaidInOneLineAndRuns() throws Exception {
        AclFiles.setUser(redis.uri(), List.of("baton-worker", "-info", "-type"));
        try (BatonProcess worker = worker("w1")) {
            worker.awaitSaid("joined");
            worker.signal("TERM");

            assertThat(worker.end()).as(worker.said()).isZero();
            assertThat(worker.timesSaid("this user may not check " + redis.uri() + " (INFO, TYPE "))
                    .isEqualTo(1);
            assertThat(worker.timesSaid("WARN")).as(worker.said()).isEqualTo(1);
        }
    }

    @Test
    void anotherRolesUserIsRefusedInWords() throws Exception {
        try (BatonProcess status = baton("status", acl.login("--", "reader"));
                BatonProcess publish =
                        baton("publish", acl.login("--", "operator"), "--count", "1")) {
            assertThat(status.end()).isEqualTo(78);
            assertThat(status.said()).contains("does not let this user do it: NOPERM");
            assertThat(publish.end()).isEqualTo(78);
            assertThat(publish.said()).contains("does not let this user do it: NOPERM");
        }
    }

    private BatonProcess dispatcher(String id) throws IOException {
        return baton(
                "dispatcher",
                Stream.concat(
                                acl.login("--source-", "dispatcher-source").stream(),
                                acl.login("--store-", "dispatcher-store").stream())
                        .toList(),
                "--id",
                id,
                "--worker-timeout",
                "2s");
    }

    private BatonProcess worker(String id) throws IOException {
        return baton("worker", acl.login("--store-", "worker"), "--id", id);
    }

    private void publish(int count, int from) throws Exception {
        try (BatonProcess publish = baton("publish", acl.login("--source-", "publisher"))) {
            StringBuilder lines = new StringBuilder();
            IntStream.range(from, from + count)
                    .forEach(i -> lines.append("{\"message_id\":\"t-" + i + "\"}\n"));
            publish.type(lines.toString());
            publish.endInput();
            assertThat(publish.end()).as(publish.said()).isZero();
        }
    }

    private void assertAudited(Path ids) throws Exception {
        try (BatonProcess audit =
                        baton(
                                "audit",
                                acl.login("--store-", "operator"),
                                "--published",
                                ids.toString());
                BatonProcess status =
                        baton("status", acl.login("--store-", "operator"), "--exit-code")) {
            assertThat(audit.end()).as(audit.said() + audit.printed()).isZero();
            assertThat(status.end()).as(status.said() + status.printed()).isZero();
        }
    }

    private void assertLooked() throws Exception {
        String[][] looks = {
            {"lanes"}, {"workers"}, {"gaps"}, {"tail", "--from", "-5m", "--num", "1"}
        };
        for (String[] look : looks) {
            String[] options = Arrays.copyOfRange(look, 1, look.length);
            try (BatonProcess one = baton(look[0], acl.login("--store-", "operator"), options)) {
                assertThat(one.end()).as(one.said() + one.printed()).isZero();
            }
        }
    }

    private BatonProcess baton(String command, List<String> login, String... options)
            throws IOException {
        List<String> args = new ArrayList<>(List.of(command, "--redis", address));
        args.addAll(command.equals("publish") ? List.of() : names);
        args.addAll(List.of("dispatcher", "worker").contains(command) ? transport : List.of());
        args.addAll(
                command.equals("publish") || command.equals("dispatcher") ? listening : List.of());
        args.addAll(login);
        args.addAll(List.of(options));
        return BatonProcess.start(args.toArray(String[]::new));
    }

    /// What the server refused so far, newest first, but for what newer servers are told of the client and it can do without.
    private static List<Object> refusals(String uri) {
        try (RedisConnector connector = new RedisConnector(RedisAddress.parse(uri));
                StatefulRedisConnection<byte[], byte[]> connection = connector.connect()) {
            return connection.sync().aclLog().stream()
                    .filter(refusal -> !"client|setinfo".equals(refusal.get("object")))
                    .<Object>map(refusal -> refusal)
                    .toList();
        }
    }

    private static Set<String> calledBy(String script) throws IOException {
        String text = resource(script);
        Set<String> called =
                Pattern.compile("redis\\.p?call\\('(\\w+)'(?:, '(\\w+)')?")
                        .matcher(text)
                        .results()
                        .map(AclIT::command)
                        .collect(Collectors.toCollection(TreeSet::new));
        for (MatchResult include :
                Pattern.compile("(?m)^--@include (\\w+)$").matcher(text).results().toList()) {
            called.addAll(calledBy("include/" + include.group(1) + ".lua"));
        }
        return called;
    }

    /// A command, or one of those that stand under one name.
    private static String command(MatchResult call) {
        String name = call.group(1);
        boolean container = name.equals("XINFO") || name.equals("XGROUP");
        return (container ? name + "|" + call.group(2) : name).toLowerCase(Locale.ROOT);
    }

    private static String resource(String script) throws IOException {
        String path = "/dev/baton/slice/lua/" + script;
        try (InputStream in = AclIT.class.getResourceAsStream(path)) {
            assertThat(in).as(path).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// Tries everything as everybody.
    private String table() throws IOException {
        StringBuilder table =
                new StringBuilder("| may | " + String.join(" | ", AclFiles.ROLES) + " |\n");
        table.append("| --- |").append(" --- |".repeat(AclFiles.ROLES.size())).append('\n');
        List<String> refusedToAll = new ArrayList<>();
        for (Act act : ACTS) {
            List<String> cells = new ArrayList<>();
            for (String role : AclFiles.ROLES) {
                cells.add(may(role, act) ? "yes" : "–");
            }
            if (cells.contains("yes")) {
                table.append("| " + act.what() + " | " + String.join(" | ", cells) + " |\n");
            } else {
                refusedToAll.add(act.what());
            }
        }
        table.append("\nRefused to all six:\n\n");
        refusedToAll.forEach(what -> table.append("- " + what + "\n"));
        return table.toString();
    }

    private boolean may(String role, Act act) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            OutputStream out = socket.getOutputStream();
            send(out, "AUTH", "baton-" + role, AclFiles.secret(role));
            assertThat(line(socket.getInputStream())).isEqualTo("+OK");
            send(out, act.command());
            return !line(socket.getInputStream()).startsWith("-NOPERM");
        }
    }

    private static void send(OutputStream out, String... words) throws IOException {
        StringBuilder sent = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            sent.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        out.write(sent.toString().getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int next = in.read();
        while (next >= 0 && next != '\r') {
            if (next != '\n') {
                line.append((char) next);
            }
            next = in.read();
        }
        return line.toString();
    }

    private static String key(String name) {
        return "{" + T + "}:" + name;
    }
}
