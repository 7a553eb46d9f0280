package dev.baton.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a copy of the repository's outline, with JDKs and a Maven that only say that they were called.
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {

    private static final int PATIENCE_SECONDS = 20;

    /// All that the launcher may call; `flock` and `java` are missing on purpose.
    private static final List<String> TOOLS =
            List.of(
                    "bash",
                    "cat",
                    "dirname",
                    "find",
                    "head",
                    "ln",
                    "mkdir",
                    "mv",
                    "readlink",
                    "rm",
                    "sed",
                    "sleep",
                    "tail");

    @TempDir Path folder;

    private final List<Process> started = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path home = Path.of("");

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void copy() throws IOException {
        home = folder.resolve("a clone");
        for (String part : List.of("core/src/main", "server/src/main")) {
            Files.createDirectories(home.resolve(part));
            Files.createFile(home.resolve(part).getParent().resolveSibling("pom.xml"));
        }
        Files.createFile(home.resolve("pom.xml"));
        String launcher = Files.readString(repository().resolve("baton"));
        assertThat(launcher).contains(" /usr/lib/jvm/*", " /Library/Java/");
        script(
                home.resolve("baton"),
                launcher.replace(" /usr/lib/jvm/*", " \"" + folder + "\"/jvm/*")
                        .replace(" /Library/Java/", " /nowhere/Library/Java/"));
        maven("echo built >>builds; : >server/target/baton.jar");
        environment.put("HOME", Files.createDirectory(folder.resolve("me")).toString());
        environment.put("PATH", tools().toString());
    }

    @AfterEach
    void endWhatWasStarted() throws InterruptedException {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aJdkOfOnesChoiceIsTaken() throws Exception {
        environment.put("BATON_JAVA_HOME", jdk("my jdk", "25.0.1").toString());
        jdk("jvm/other", "26");

        Run run = baton("status", "--stream", "two words");

        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .startsWith("my jdk:")
                .contains("-jar " + home + "/server/target/baton.jar status --stream two words");
    }

    @Test
    void whatAShortRunLeftBehindIsUsed() throws Exception {
        jdk("jvm/jdk", "25");
        Path cache = home.resolve("server/target/baton.aot");

        String without = baton("status").out();
        Files.writeString(cache, "learned");
        String with = baton("status").out();
        Files.setLastModifiedTime(
                home.resolve("server/target/baton.jar"),
                FileTime.from(Files.getLastModifiedTime(cache).toInstant().plusSeconds(5)));
        String withAnother = baton("status").out();

        assertThat(withAnother).doesNotContain("AOTCache");
        assertThat(without).doesNotContain("AOTCache");
        assertThat(with).contains("-XX:AOTCache=" + cache + " ");
        assertThat(Files.readString(home.resolve("server/target/build.log")))
                .contains("-XX:AOTCacheOutput=" + cache + " ")
                .contains(" run --duration 2s");
    }

    @Test
    void aJdkOfOnesChoiceThatDoesNotFitIsRefused() throws Exception {
        environment.put("BATON_JAVA_HOME", jdk("old", "21.0.2").toString());
        jdk("jvm/fits", "25");
        Run tooOld = baton();
        environment.put("BATON_JAVA_HOME", folder.resolve("nowhere").toString());
        Run missing = baton();

        assertThat(tooOld.exit()).isEqualTo(78);
        assertThat(tooOld.err()).contains("BATON_JAVA_HOME is no JDK 25").contains("/old");
        assertThat(missing.exit()).isEqualTo(78);
        assertThat(missing.err()).contains("/nowhere");
    }

    @Test
    void javaHomeThatIsTooOldFallsThroughToTheOthers() throws Exception {
        environment.put("JAVA_HOME", jdk("old", "17.0.9").toString());
        jdk("jvm/eight", "1.8.0_392");
        jdk("me/.sdkman/candidates/java/25-tem", "25");

        assertThat(baton().out()).startsWith("25-tem:");
    }

    @Test
    void aRuntimeWithoutCompilerIsNoJdk() throws Exception {
        Files.delete(jdk("jvm/a-runtime", "25").resolve("bin/javac"));
        jdk("me/.jdks/whole", "25");

        assertThat(baton().out()).startsWith("whole:");
    }

    @Test
    void theJavaOnThePathIsFoundBehindItsLinks() throws Exception {
        Path jdk = jdk("opt/jdk", "27-ea");
        Files.createSymbolicLink(tools().resolve("java"), jdk.resolve("bin/java"));

        assertThat(baton().out()).startsWith("jdk:");
    }

    @Test
    void withoutAnyJdkItSaysHowToInstallOne() throws Exception {
        jdk("jvm/old", "21");

        Run run = baton();

        assertThat(run.exit()).isEqualTo(78);
        assertThat(run.err()).contains("apt install").contains("brew").contains("BATON_JAVA_HOME");
    }

    @Test
    void itIsFoundThroughLinksAndFromAnotherFolder() throws Exception {
        jdk("jvm/fits", "25");
        Path direct = Files.createSymbolicLink(folder.resolve("direct"), home.resolve("baton"));
        Path relative = Files.createSymbolicLink(folder.resolve("baton"), Path.of("direct"));

        for (Path called : List.of(direct, relative)) {
            Run run = finish(start(folder, called.toString()));
            assertThat(run.exit()).isZero();
            assertThat(run.out()).contains("-jar " + home + "/server/target/baton.jar");
        }
    }

    @Test
    void itBuildsOnceAndAgainAfterAChange() throws Exception {
        jdk("jvm/fits", "25");

        assertThat(baton().err()).contains("Building Baton");
        assertThat(baton().err()).isEmpty();
        Path source = Files.createFile(home.resolve("core/src/main/New.java"));
        Files.setLastModifiedTime(source, FileTime.fromMillis(future()));
        baton();

        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void aFailedBuildSaysWhyAndIsTriedAgain() throws Exception {
        jdk("jvm/fits", "25");
        maven("echo 'no route to the repository'; exit 1");

        for (int attempt = 0; attempt < 2; attempt++) {
            Run run = baton();
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .contains("no route to the repository")
                    .contains("the build failed")
                    .contains("server/target/build.log");
        }
    }

    @Test
    void twoFirstUsesAtOnceBuildOnce() throws Exception {
        twoFirstUsesAtOnce();
    }

    @Test
    void twoFirstUsesAtOnceBuildOnceWithFlock() throws Exception {
        assumeTrue(link("flock"), "there is no flock");
        twoFirstUsesAtOnce();
    }

    private void twoFirstUsesAtOnce() throws Exception {
        jdk("jvm/fits", "25");
        mavenThatWaits();
        Process one = start(home, "./baton");
        awaitLine(one, "Building Baton");
        Process other = start(home, "./baton");
        awaitLine(other, "Another build is under way");

        Files.createFile(home.resolve("go"));

        assertThat(finish(one).exit()).isZero();
        assertThat(finish(other).exit()).isZero();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void aBuildThatWasKilledKeepsNobodyWaiting() throws Exception {
        aBuildThatWasKilled();
    }

    @Test
    void aBuildThatWasKilledKeepsNobodyWaitingWithFlock() throws Exception {
        assumeTrue(link("flock"), "there is no flock");
        aBuildThatWasKilled();
    }

    private void aBuildThatWasKilled() throws Exception {
        jdk("jvm/fits", "25");
        mavenThatWaits();
        Process killed = start(home, "./baton");
        awaitLine(killed, "Building Baton");
        List<ProcessHandle> family = killed.descendants().toList();
        killed.destroyForcibly().waitFor();
        family.forEach(ProcessHandle::destroyForcibly);
        Files.createFile(home.resolve("go"));

        Run next = baton();

        assertThat(next.exit()).isZero();
        assertThat(builds()).isPositive();
        assertThat(home.resolve("server/target/build.held")).doesNotExist();
    }

    /// The module's folder is where the tests run.
    private static Path repository() {
        return Path.of("").toAbsolutePath().getParent();
    }

    private Path tools() throws IOException {
        Path tools = folder.resolve("tools");
        if (Files.notExists(tools)) {
            Files.createDirectory(tools);
            for (String tool : TOOLS) {
                assertThat(link(tool)).as(tool).isTrue();
            }
        }
        return tools;
    }

    private boolean link(String tool) throws IOException {
        for (String place : System.getenv("PATH").split(":", -1)) {
            Path found = Path.of(place, tool);
            if (Files.isExecutable(found)) {
                Files.createSymbolicLink(folder.resolve("tools").resolve(tool), found);
                return true;
            }
        }
        return false;
    }

    private Path jdk(String name, String version) throws IOException {
        Path jdk = folder.resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(
                jdk.resolve("release"),
                "IMPLEMENTOR=\"Somebody\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(jdk.resolve("bin/java"), "#!/bin/sh\necho \"" + jdk.getFileName() + ": $*\"\n");
        script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        return jdk;
    }

    private void maven(String body) throws IOException {
        script(home.resolve("mvnw"), "#!/usr/bin/env bash\nmkdir -p server/target\n" + body + "\n");
    }

    /// Until a file named `go` is there, at most as long as the test has patience.
    private void mavenThatWaits() throws IOException {
        maven(
                "for i in {1..%d}; do [ -e go ] && break; sleep 0.05; done\n"
                                .formatted(PATIENCE_SECONDS * 20)
                        + "echo built >>builds; : >server/target/baton.jar");
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private long builds() throws IOException {
        return Files.readAllLines(home.resolve("builds")).size();
    }

    private static long future() {
        return System.currentTimeMillis() + TimeUnit.MINUTES.toMillis(1);
    }

    private Run baton(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of("./baton"));
        command.addAll(List.of(args));
        return finish(start(home, command.toArray(String[]::new)));
    }

    private Process start(Path workingFolder, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private static void awaitLine(Process process, String begin) throws IOException {
        assertThat(process.errorReader().readLine()).startsWith(begin);
    }

    private static Run finish(Process process) throws Exception {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new Run(
                process.exitValue(),
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                String.join("\n", process.errorReader().readAllLines()));
    }
}
