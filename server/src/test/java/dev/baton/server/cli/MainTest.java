package dev.baton.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the command line does without any Redis.
class MainTest {

    private record Run(int exit, String out, String err) {}

    @Test
    void flagBeatsEnvironmentBeatsFileBeatsDefault(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("baton.yaml");
        Files.writeString(file, "lease: 4s\nworker-timeout: 6s\nbeat: 700ms\n");
        Map<String, String> environment =
                Map.of("BATON_WORKER_TIMEOUT", "7s", "BATON_BEAT", "800ms");

        Run run =
                baton(
                        environment,
                        "config",
                        "print",
                        "--config",
                        file.toString(),
                        "--beat",
                        "900ms");

        assertThat(run.exit()).isZero();
        assertThat(run.out().lines())
                .anyMatch(line -> line.matches("beat +900ms +\\(flag\\)"))
                .anyMatch(line -> line.matches("worker-timeout +7s +\\(BATON_WORKER_TIMEOUT\\)"))
                .anyMatch(line -> line.matches("lease +4s +\\(.*baton.yaml\\)"))
                .anyMatch(line -> line.matches("batch +500 +\\(default\\)"));
    }

    @Test
    void anUnknownKeyIsAnErrorThatSuggestsTheNearestName(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("baton.yaml");
        Files.writeString(file, "worker-timeuot: 6s\n");

        Run inFile = baton(Map.of(), "config", "validate", "--config", file.toString());
        Run inEnvironment = baton(Map.of("BATON_LEESE", "2s"), "config", "validate");

        assertThat(inFile.exit()).isEqualTo(78);
        assertThat(inFile.err())
                .contains("worker-timeuot")
                .contains("did you mean 'worker-timeout'?");
        assertThat(inEnvironment.exit()).isEqualTo(78);
        assertThat(inEnvironment.err()).contains("BATON_LEESE").contains("did you mean 'lease'?");
    }

    @Test
    void aFileThatIsMissingOrNoYamlIsBadConfiguration(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("broken.yaml");
        Files.writeString(file, "a: [1, 2\n");

        assertThat(baton(Map.of(), "config", "validate", "--config", file.toString()).exit())
                .isEqualTo(78);
        assertThat(baton(Map.of("BATON_CONFIG", "/nowhere.yaml"), "config", "validate").err())
                .contains("/nowhere.yaml");
    }

    @Test
    void secretsAreNeverPrinted() {
        Run printed = baton(Map.of(), "config", "print", "--redis", "redis://user:hush@h:1");
        Run failed = baton(Map.of(), "worker", "--redis", "redis://user:hush@127.0.0.1:1");
        Run malformed = baton(Map.of(), "worker", "--redis", "http://user:hush@h");

        assertThat(printed.out()).contains("redis://user:***@h:1");
        assertThat(printed.out() + failed.err() + malformed.err()).doesNotContain("hush");
    }

    @Test
    void whatDoesNotGoTogetherInLoginAndTlsIsRefusedBeforeAnythingIsConnected(@TempDir Path folder)
            throws Exception {
        String secret = Files.writeString(folder.resolve("secret"), "hush\n").toString();
        String empty = Files.writeString(folder.resolve("empty"), "\n").toString();
        String[][] wrong = {
            {"redis://h", "--password-file", "/nowhere", "cannot read /nowhere: no such file"},
            {"redis://h", "--password-file", empty, empty + " is empty"},
            {"redis://h", "--store-user-file", secret, "none with a password"},
            {"redis://u:hush@h", "--password-file", secret, "give one of them"},
            {"redis://h", "--tls-ca", secret, "for rediss:// addresses"},
            {"rediss://h", "--tls-ca", secret, "certificates are PEM"},
            {"rediss://h", "--tls-ca", "/nowhere", "cannot read /nowhere"},
            {"rediss://h", "--tls-cert", secret, "go together"},
            {"rediss://h?verifyPeer=NONE", "--tls-ca", "/nowhere", "always verified"}
        };
        for (String[] one : wrong) {
            Run run = baton(Map.of(), "config", "validate", "--redis", one[0], one[1], one[2]);

            assertThat(run.exit()).as(one[3]).isEqualTo(78);
            assertThat(run.err()).contains(one[3]).doesNotContain("hush");
        }
    }

    @Test
    void filesOfSecretsAreNamedByVariablesToo(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "hush\n");
        Map<String, String> environment = Map.of("BATON_STORE_PASSWORD_FILE", secret.toString());

        Run run = baton(environment, "config", "print", "--redis", "redis://h");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(secret + "  (BATON_STORE_PASSWORD_FILE)")
                .doesNotContain("hush");
    }

    @Test
    void anUnreachableRedisIsOneClearLineAndSixtyNine() {
        Run run = baton(Map.of(), "dispatcher", "--redis", "redis://127.0.0.1:1");

        assertThat(run.exit()).isEqualTo(69);
        assertThat(run.err().lines().filter(line -> line.startsWith("baton:")))
                .singleElement()
                .asString()
                .contains("redis://127.0.0.1:1");
    }

    @Test
    void whatThisVersionCannotDoIsRefused() {
        assertThat(baton(Map.of(), "config", "validate", "--slices", "65").err())
                .contains("--slices 65: give 1 to 64");
        assertThat(baton(Map.of(), "config", "validate", "--stream", "a{b}").exit()).isEqualTo(78);
        assertThat(baton(Map.of(), "config", "validate", "--lease", "1s").err())
                .contains("three beats");
        assertThat(baton(Map.of(), "config", "validate", "--channel", "a", "--pattern", "b*").err())
                .contains("exclude each other");
    }

    @Test
    void badUsageIsTwo() {
        assertThat(baton(Map.of(), "worker", "--nonsense").exit()).isEqualTo(2);
        assertThat(baton(Map.of(), "worker", "--beat", "fast").err()).contains("500ms");
    }

    @Test
    void withoutACommandTheHelpIsShown() {
        for (String[] nothing : new String[][] {{}, {"config"}}) {
            Run run = baton(Map.of(), nothing);

            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).startsWith("Usage: baton").contains("Commands:");
        }
    }

    @Test
    void whatIsMisspelledIsNamedWithTheNearestName() {
        assertThat(baton(Map.of(), "stauts").err())
                .startsWith("baton: unknown command 'stauts'; did you mean 'status'?");
        assertThat(baton(Map.of(), "worker", "--drain-timeuot=3s").err())
                .startsWith(
                        "baton: unknown option '--drain-timeuot'; did you mean '--drain-timeout'?");
        assertThat(baton(Map.of(), "worker", "--nothing-like-it", "3s").err())
                .startsWith("baton: unknown option '--nothing-like-it'\n");
    }

    @Test
    void aValueThatCannotBeReadIsNamedWithWhereItStands(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("baton.yaml");
        Files.writeString(file, "lease: soon\n");

        Run inFile = baton(Map.of("BATON_CONFIG", file.toString()), "dispatcher");
        Run inEnvironment = baton(Map.of("BATON_LEASE", "soon"), "dispatcher");
        Run onCommandLine = baton(Map.of("BATON_LEASE", "2s"), "dispatcher", "--lease=soon");

        assertThat(inFile.exit()).isEqualTo(78);
        assertThat(inFile.err()).contains("'lease' in " + file).contains("500ms");
        assertThat(inEnvironment.exit()).isEqualTo(78);
        assertThat(inEnvironment.err()).contains("BATON_LEASE").contains("500ms");
        assertThat(onCommandLine.exit()).isEqualTo(2);
        assertThat(onCommandLine.err()).contains("'--lease'").contains("500ms");
    }

    @Test
    void aListInTheFileIsTakenOnceAndInItsOrder(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("baton.yaml");
        Files.writeString(file, "channel: [b, a, c]\nrate: 7\n");

        Run run = baton(Map.of(), "config", "print", "--config", file.toString());

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .anyMatch(line -> line.matches("channel +b,a,c +\\(.*baton.yaml\\)"))
                .anyMatch(line -> line.matches("rate +7 +\\(.*baton.yaml\\)"));
    }

    @Test
    void aFileThatGivesNoValuesToNamesIsBadConfiguration(@TempDir Path folder) throws Exception {
        for (String text : List.of("- lease\n- beat\n", "lease 4s\n")) {
            Path file = folder.resolve("baton.yaml");
            Files.writeString(file, text);

            Run run = baton(Map.of(), "config", "validate", "--config", file.toString());

            assertThat(run.exit()).as(text).isEqualTo(78);
            assertThat(run.err()).contains("does not give values to names");
        }
        Path empty = folder.resolve("empty.yaml");
        Files.writeString(empty, "---\n# nothing yet\nlease:\n");
        assertThat(baton(Map.of(), "config", "validate", "--config", empty.toString()).exit())
                .isZero();
    }

    @Test
    void aNumberOutOfItsRangeIsRefusedBeforeAnythingStarts() {
        for (String[] wrong :
                new String[][] {
                    {"run", "--rate=-5"},
                    {"run", "--workers=-1"},
                    {"run", "--port=65536"},
                    {"publish", "--count=-1"},
                    {"publish", "--rate=-1"},
                    {"publish", "--size=-1"}
                }) {
            Run run = baton(Map.of(), wrong);

            assertThat(run.exit()).as(wrong[1]).isEqualTo(78);
            assertThat(run.err()).contains(wrong[1].replace('=', ' ') + ": give 0");
        }
    }

    @Test
    void aMadeUpMessageThatCannotBeSoSmallIsRefused() {
        Run publish = baton(Map.of(), "publish", "--count", "11", "--size", "5");

        assertThat(publish.exit()).isEqualTo(78);
        assertThat(publish.err()).contains("--size 5: give 31 to");
        assertThat(baton(Map.of(), "run", "--size", "5").err()).contains("--size 5: give 77 to");
    }

    @Test
    void aFolderThatCannotHoldDataIsBadConfiguration(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        for (Path wrong : List.of(file, file.resolve("under"), Path.of("/proc/nothing"))) {
            Run run = baton(Map.of(), "run", "--data", wrong.toString());

            assertThat(run.exit()).as(run.err()).isEqualTo(78);
            assertThat(run.err()).contains("--data").contains(wrong.toString());
        }
    }

    @Test
    void configPrintShowsValueAndOriginAlsoWhenTheyDoNotFit() {
        Run run =
                baton(
                        Map.of("BATON_LEASE", "1s"),
                        "config",
                        "print",
                        "-o",
                        "json",
                        "--redis",
                        "redis://hush@h:1");

        assertThat(run.exit()).isEqualTo(78);
        assertThat(run.out())
                .contains("\"lease\":{\"value\":\"1s\",\"origin\":\"BATON_LEASE\"}")
                .contains("\"redis\":{\"value\":\"redis://***@h:1\",\"origin\":\"flag\"}");
    }

    @Test
    void aStackTraceIsShownOnlyWhenAskedForAndHoldsNoSecret() {
        Run plain = baton(Map.of(), "worker", "--redis", "http://user:hush@h");
        Run verbose = baton(Map.of(), "worker", "--verbose", "--redis", "http://user:hush@h");

        assertThat(plain.err().lines()).hasSize(1);
        assertThat(verbose.err()).contains("\tat dev.baton").doesNotContain("hush");
    }

    @Test
    void numbersOfSlicesThatNobodyCanHaveAreRefusedByEveryRole() {
        for (String command : List.of("run", "dispatcher", "worker", "status", "audit")) {
            Run run = baton(Map.of(), command, "--slices", "0");

            assertThat(run.exit()).as(command).isEqualTo(78);
            assertThat(run.err()).contains("--slices 0: give 1 to 64");
        }
    }

    @Test
    void whatDoesNotGoTogetherInAProcessorIsRefusedBeforeAnythingIsConnected(@TempDir Path folder)
            throws Exception {
        Path headers = Files.writeString(folder.resolve("headers"), "Host: hush\n");
        String[][] wrong = {
            {"--processor=jsonata", "give --jsonata EXPR or --jsonata-file FILE"},
            {"--processor=jsonata", "--jsonata=a[", "the expression of --jsonata cannot be used"},
            {"--processor=jsonata", "--jsonata=a", "--jsonata-file=/f", "give --jsonata EXPR or"},
            {"--processor=jsonata", "--jsonata-file=/nowhere", "cannot read /nowhere"},
            {"--processor=jsonata", "--jsonata=a", "--jsonata-max-depth=0", "give 1 to"},
            {"--processor=jsonata", "--jsonata=a", "--jsonata-timeout=0s", "longer than 0"},
            {"--jsonata=a", "means nothing to the processor 'pass'"},
            {"--http-url=http://h", "give --processor http"},
            {"--http-timeout=10s", "--http-timeout means nothing to the processor 'pass'"},
            {"--http-emit=message", "--http-emit means nothing to the processor 'pass'"},
            {
                "--processor=jsonata",
                "--jsonata=a",
                "--http-header-file=/f",
                "--http-header-file means nothing to the processor 'jsonata'"
            },
            {
                "--processor=x",
                "--jsonata-timeout=2s",
                "--jsonata-timeout means nothing to the processor 'x'; give --processor jsonata"
            },
            {"--set=a=b", "give --processor NAME"},
            {"--processor=http", "give --http-url URL"},
            {"--processor=http", "--http-url=http://u:hush@h/", "--http-header-file"},
            {"--processor=http", "--http-url=http://h/", "--http-batch=2", "give --concurrency 2"},
            {"--processor=http", "--http-url=http://h/", "--http-timeout=30s", "--process-timeout"},
            {"--processor=http", "--http-url=http://h/", "--http-header-file=" + headers, "line 1"},
            {"--processor=jsonta", "did you mean 'jsonata'?"},
            {"--processor=x", "--plugins=/nowhere.jar", "cannot read /nowhere.jar"},
            {"--processor=x", "--set-file=/nowhere", "cannot read /nowhere"}
        };
        for (String[] one : wrong) {
            for (String command : List.of("worker", "run", "config")) {
                List<String> args = new ArrayList<>(List.of(command));
                if (command.equals("config")) {
                    args.add("validate");
                }
                args.addAll(List.of(one).subList(0, one.length - 1));

                Run run = baton(Map.of(), args.toArray(String[]::new));

                assertThat(run.exit()).as(args.toString()).isEqualTo(78);
                assertThat(run.err())
                        .as(args.toString())
                        .contains(one[one.length - 1])
                        .doesNotContain("hush");
            }
        }
    }

    @Test
    void processorsAreListedAndTheirSettingsAreNotPrinted() {
        Run listed = baton(Map.of(), "worker", "--processor", "help");
        Run printed = baton(Map.of(), "config", "print", "--processor=x", "--set", "key=hush");

        assertThat(listed.exit()).as(listed.err()).isZero();
        assertThat(listed.out().lines()).hasSize(3).anyMatch(line -> line.startsWith("jsonata "));
        assertThat(printed.out()).contains("values of [key]").doesNotContain("hush");
    }

    private static synchronized Run baton(Map<String, String> environment, String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try (PrintStream newOut = new PrintStream(outBytes, true, StandardCharsets.UTF_8);
                PrintStream newErr = new PrintStream(errBytes, true, StandardCharsets.UTF_8)) {
            System.setOut(newOut);
            System.setErr(newErr);
            int exit = Main.execute(args, environment, new Termination());
            return new Run(
                    exit,
                    outBytes.toString(StandardCharsets.UTF_8),
                    errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
