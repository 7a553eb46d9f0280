package dev.baton.server.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The child processes of a run, each with proxies of its own where faults need them.
final class Fleet implements AutoCloseable {

    /// The two proxies of one child.
    record Proxies(Proxy source, Proxy store) {}

    private static final long MIN_HEAP_MEGABYTES = 256;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

    private final ChaosSettings settings;
    private final Endpoint source;
    private final Endpoint store;
    private final String channel;
    private final String stream;
    private final Path folder;
    private final List<Child> children = new CopyOnWriteArrayList<>();
    private final Map<String, Proxies> proxies = new HashMap<>();
    private final String clockAgent;
    private int workersStarted;

    Fleet(ChaosSettings settings, Site site, Path folder) {
        this.settings = settings;
        this.source = site.sourceEndpoint();
        this.store = site.storeEndpoint();
        this.channel = site.channel();
        this.stream = site.stream();
        this.folder = folder;
        // Once: a child that starts must not find it half written.
        this.clockAgent = settings.needed(Fault.Need.CLOCK) ? ClockShim.agentIn(folder) : "";
    }

    /// Starts everybody.
    void start() {
        for (int i = 1; i <= settings.workers(); i++) {
            startWorker();
        }
        for (int i = 1; i <= settings.dispatchers(); i++) {
            startDispatcher("d" + i);
        }
    }

    private List<String> dispatcher() {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "dispatcher",
                                "--channel",
                                channel,
                                "--lease",
                                millis(settings.lease()),
                                "--worker-timeout",
                                millis(settings.workerTimeout()),
                                "--max-buffer-bytes",
                                Long.toString(settings.bufferBytes()),
                                "--retention",
                                millis(settings.retention())));
        if (settings.layout().sharded()) {
            arguments.add("--sharded");
        }
        return arguments;
    }

    /// A worker under a name that was never used before.
    Child startWorker() {
        String id = "w" + ++workersStarted;
        List<String> command = java(id, TouchyWorker.class.getName());
        command.addAll(
                List.of(
                        id,
                        stream,
                        Integer.toString(settings.layout().slices()),
                        Long.toString(settings.beat().toMillis()),
                        Long.toString(MessageFaults.PROCESS_TIMEOUT.toMillis()),
                        Long.toString(MessageFaults.SLOW_SPELL.toMillis()),
                        settings.layout().transport().name()));
        return launch(id, Child.Role.WORKER, command);
    }

    private void startDispatcher(String id) {
        List<String> command = java(id, "dev.baton.server.cli.Main");
        command.addAll(dispatcher());
        command.addAll(
                List.of(
                        "--id",
                        id,
                        "--stream",
                        stream,
                        "--slices",
                        Integer.toString(settings.layout().slices()),
                        "--transport",
                        settings.layout().transport().text(),
                        "--beat",
                        millis(settings.beat()),
                        "--report",
                        "1h"));
        var _ = launch(id, Child.Role.DISPATCHER, command);
    }

    private Child launch(String id, Child.Role role, List<String> command) {
        // Addresses may hold a password, so they do not go where `ps` shows them.
        Child child = Child.start(id, role, command, addresses(id), folder);
        children.add(child);
        return child;
    }

    private Map<String, String> addresses(String id) {
        Endpoint toSource = source;
        Endpoint toStore = store;
        if (settings.needed(Fault.Need.PROXY)) {
            Proxies mine =
                    new Proxies(
                            Proxy.to(source.host(), source.port()),
                            Proxy.to(store.host(), store.port()));
            proxies.put(id, mine);
            toSource = source.through(mine.source());
            toStore = store.through(mine.store());
        }
        return Map.of("BATON_SOURCE", toSource.uri(), "BATON_STORE", toStore.uri());
    }

    /// The JVM and the class path of this very process, with a small heap.
    private List<String> java(String id, String mainClass) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-Xms24m",
                                "-Xmx" + heapMegabytes() + "m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "--enable-native-access=ALL-UNNAMED"));
        if (settings.needed(Fault.Need.CLOCK)) {
            command.add(clockAgent + clock(id));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return command;
    }

    /// Room for what is kept, for what is on its way, and for what lies about.
    private long heapMegabytes() {
        return Math.max(MIN_HEAP_MEGABYTES, 128 + (settings.bufferBytes() >> 20) * 2);
    }

    private Path clock(String id) {
        return folder.resolve(id + ".clock");
    }

    /// Moves a child's wall clock.
    ///
    /// @param off how far it is from the machine's from now on
    void setClock(Child child, Duration off) {
        try {
            Files.writeString(clock(child.id()), Long.toString(off.toMillis()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot move the clock of " + child.id(), e);
        }
    }

    private static String millis(Duration duration) {
        return duration.toMillis() + "ms";
    }

    /// The proxies of a child.
    ///
    /// @throws IllegalStateException if this run has none
    Proxies proxies(Child child) {
        Proxies mine = proxies.get(child.id());
        if (mine == null) {
            throw new IllegalStateException("no proxy stands before " + child.id());
        }
        return mine;
    }

    List<Child> dispatchers() {
        return with(Child.Role.DISPATCHER);
    }

    List<Child> workers() {
        return with(Child.Role.WORKER);
    }

    private List<Child> with(Child.Role role) {
        return children.stream().filter(child -> child.role() == role).toList();
    }

    /// Takes a child that has ended out of the fleet.
    void forget(Child child) {
        children.remove(child);
    }

    /// Who says that it leads a slice in this epoch, or null.
    @Nullable Child leaderIn(String stream, long epoch) {
        return dispatchers().stream()
                .filter(child -> child.alive() && child.ledEpoch(stream) == epoch)
                .findFirst()
                .orElse(null);
    }

    /// Everybody stands still, so that what is read piece by piece fits together.
    void pause() {
        children.forEach(Child::pause);
    }

    /// Whoever stood still goes on.
    void resume() {
        children.forEach(Child::resume);
    }

    /// Everybody runs again, also who was stopped or killed.
    void restore() {
        for (Child child : children) {
            if (child.alive()) {
                child.resume();
            } else {
                child.restart();
            }
        }
        for (Proxies mine : proxies.values()) {
            for (Proxy.Direction direction : Proxy.Direction.values()) {
                mine.source().resume(direction);
                mine.store().resume(direction);
            }
        }
    }

    /// SIGTERM to everybody.
    ///
    /// @return those that did not end with 0, with their exit codes
    Map<String, Integer> stop() {
        children.forEach(Child::askToStop);
        Map<String, Integer> failed = new HashMap<>();
        for (Child child : children) {
            int code = child.stop(STOP_TIMEOUT);
            if (code != 0) {
                failed.put(child.id(), code);
            }
        }
        return failed;
    }

    /// Kills whoever is left.
    @Override
    public void close() {
        children.forEach(Child::kill);
        proxies.values()
                .forEach(
                        mine -> {
                            mine.source().close();
                            mine.store().close();
                        });
    }
}
