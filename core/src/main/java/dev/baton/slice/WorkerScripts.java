package dev.baton.slice;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A worker's scripts: the order of their keys and arguments, and what their answers mean.
final class WorkerScripts {

    private static final Reply.Fenced FENCED = new Reply.Fenced();
    private static final Reply.Applied APPLIED = new Reply.Applied();

    private final SliceKeys keys;
    private final Transport transport;
    private final ScriptRunner runner;
    private final CommitScript committing;

    /// @param minAddedBytes as [CommitScript] takes it
    WorkerScripts(
            SliceKeys keys,
            Transport transport,
            ScriptRunner runner,
            RedisClusterAsyncCommands<byte[], byte[]> commands,
            int minAddedBytes) {
        this.committing = new CommitScript(keys, transport, runner, commands, minAddedBytes);
        this.keys = keys;
        this.transport = transport;
        this.runner = runner;
    }

    private boolean group() {
        return transport == Transport.GROUP;
    }

    /// Where a worker's entries are.
    private byte[] held(String id) {
        return group() ? keys.ingest() : keys.lane(id);
    }

    CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        if (about.size() > Slice.MAX_ABOUT
                || !Collections.disjoint(about.keySet(), Slice.OWN_FIELDS)) {
            throw new IllegalArgumentException(
                    "a worker tells at most "
                            + Slice.MAX_ABOUT
                            + " things, and none of "
                            + Slice.OWN_FIELDS);
        }
        Args args =
                new Args(4 + 2 * about.size())
                        .add(id)
                        .add(incarnation)
                        .add(capacity)
                        .add(maxCrashes);
        about.forEach((name, value) -> args.add(name).add(value));
        List<byte[]> named =
                List.of(
                        keys.workers(),
                        keys.worker(id),
                        held(id),
                        keys.lead(),
                        keys.dead(),
                        keys.ledger());
        return runner.run(
                group() ? Script.GROUP_JOIN : Script.JOIN,
                named,
                args,
                answer -> {
                    if (answer.status().equals("transport")) {
                        throw Transport.refused(keys, answer.text(1), transport);
                    }
                    return new Reply.Joined(
                            new Membership(id, incarnation, answer.number(1)),
                            answer.number(2),
                            answer.number(3),
                            answer.number(4));
                });
    }

    CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        Args args = new Args(3).add(by.incarnation()).add(beat).add(state.text());
        return runner.run(
                Script.BEAT,
                List.of(keys.worker(by.id()), keys.lead()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.BEAT);
                        });
    }

    CompletableFuture<Reply.ToLeave> leave(Membership by) {
        Args args =
                new Args(4)
                        .add(by.id())
                        .add(by.incarnation())
                        .add(Slice.MAX_ENTRIES)
                        .add(Slice.MAX_MOVED_BYTES);
        List<byte[]> named =
                group()
                        ? List.of(keys.workers(), keys.worker(by.id()), keys.ingest(), keys.lead())
                        : List.of(
                                keys.workers(),
                                keys.worker(by.id()),
                                keys.lane(by.id()),
                                keys.waiting(),
                                keys.lead());
        return runner.run(
                group() ? Script.GROUP_LEAVE : Script.LEAVE,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> new Reply.Moved(answer.number(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.LEAVE);
                        });
    }

    CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        return committing.run(by, commit);
    }

    CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return runner.run(
                Script.TRIM,
                List.of(keys.output(), keys.ledger()),
                new Args(2).add(maxEntries).add(maxAge.toMillis()),
                answer -> answer.number(1));
    }
}
