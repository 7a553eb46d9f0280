package dev.baton.server.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Child processes end when they must. `sleep` stands for a role.
class ChildIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> SLEEP = List.of("sleep", "60");

    @TempDir Path folder;

    @Test
    void aKilledChildIsGoneAndMayStartAgain() {
        Child child = Child.start("c", Child.Role.WORKER, SLEEP, Map.of(), folder);
        long first = child.pid();

        child.kill();

        assertThat(child.alive()).isFalse();
        assertThat(running(first)).isFalse();
        child.restart();
        assertThat(child.alive()).isTrue();
        assertThat(child.pid()).isNotEqualTo(first);
        child.kill();
    }

    @Test
    void theExitCodeIsTheProcess() {
        Child child =
                Child.start(
                        "c",
                        Child.Role.WORKER,
                        List.of(
                                "sh",
                                "-c",
                                "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"),
                        Map.of(),
                        folder);
        await().atMost(PATIENCE)
                .until(() -> Files.readString(folder.resolve("WORKER-c.log")).contains("ready"));

        assertThat(child.stop(PATIENCE)).isEqualTo(7);
    }

    @Test
    void theEpochThatALeaderSpeaksOfIsRead() {
        Child child =
                dispatcher(
                        "echo 'x INFO dispatcher d1 leads s in epoch 3';"
                                + "echo 'x INFO dispatcher d1 leads s in epoch 12';"
                                + "echo 'x INFO dispatcher d1 leads s:1 in epoch 40'");

        await().atMost(PATIENCE).until(() -> child.ledEpoch("s:1") == 40);
        assertThat(child.ledEpoch("s")).isEqualTo(12);
        child.kill();
    }

    @Test
    void whoSubscribesAnewIsNotInSync() throws Exception {
        Child child =
                dispatcher(
                        "echo 'x INFO dispatcher d1: in sync from 1';"
                                + "while [ ! -e \"$0/seen\" ]; do sleep 0.05; done;"
                                + "echo 'x WARN dispatcher d1: subscription ended (cut);"
                                + " handing over what was heard, then subscribing anew'");

        await().atMost(PATIENCE).until(child::inSync);
        assertThat(child.subscribedAnew()).isZero();
        Files.createFile(folder.resolve("seen"));
        await().atMost(PATIENCE).until(() -> !child.inSync());
        assertThat(child.subscribedAnew()).isEqualTo(1);
        child.kill();
    }

    /// A shell in the place of a dispatcher; `$0` is the folder.
    private Child dispatcher(String script) {
        return Child.start(
                "d1",
                Child.Role.DISPATCHER,
                List.of("sh", "-c", script, folder.toString()),
                Map.of(),
                folder);
    }

    @Test
    void aKilledRunnerTakesItsChildrenAlongEvenWhenTheyStandStill() throws Exception {
        Process runner =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Runner.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        var said = runner.inputReader();
        long running = Long.parseLong(said.readLine());
        long paused = Long.parseLong(said.readLine());
        assertThat(running(running)).isTrue();

        runner.destroyForcibly();

        await().atMost(PATIENCE).until(() -> !running(running) && !running(paused));
    }

    @Test
    void aSignalToTheRunnersWholeGroupLeavesNoOrphan() throws Exception {
        Process runner =
                new ProcessBuilder(
                                "setsid",
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Runner.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        var said = runner.inputReader();
        long running = Long.parseLong(said.readLine());
        long paused = Long.parseLong(said.readLine());

        new ProcessBuilder("kill", "-KILL", "--", "-" + runner.pid()).start().waitFor();

        await().atMost(PATIENCE).until(() -> !running(running) && !running(paused));
    }

    private static boolean running(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    /// A process that owns children until it is killed.
    static final class Runner {
        private Runner() {}

        public static void main(String[] args) throws InterruptedException {
            Path folder = Path.of(args[0]);
            Child one = Child.start("one", Child.Role.WORKER, SLEEP, Map.of(), folder);
            Child other = Child.start("other", Child.Role.WORKER, SLEEP, Map.of(), folder);
            other.pause();
            System.out.println(one.pid());
            System.out.println(other.pid());
            Thread.currentThread().join();
        }
    }
}
