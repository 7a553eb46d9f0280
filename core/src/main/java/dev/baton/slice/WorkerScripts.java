package dev.baton.slice;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A worker's scripts: the order of their keys and arguments, and what their answers mean.
final class WorkerScripts {

    private static final Reply.Fenced FENCED = new Reply.Fenced();
    private static final Reply.Applied APPLIED = new Reply.Applied();
    private static final int ID_LENGTH_BYTES = Short.BYTES;

    // Where in the answer of a commit is what it hands out, and where the elements are.
    private static final int READING_AT = 4;
    private static final int ELEMENTS_AT = 8;

    private final SliceKeys keys;
    private final Transport transport;
    private final ScriptRunner runner;
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;

    WorkerScripts(
            SliceKeys keys,
            Transport transport,
            ScriptRunner runner,
            RedisClusterAsyncCommands<byte[], byte[]> commands) {
        this.commands = commands;
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
        Args args =
                new Args(32)
                        .add(by.id())
                        .add(by.incarnation())
                        .add(by.epoch())
                        .add(commit.head())
                        .add(commit.finishes().size())
                        .add(commit.readFrom())
                        .add(commit.maxEntries())
                        .add(commit.maxBytes())
                        .add(PositionRuns.of(commit.positions()))
                        .add("");
        List<byte[]> named =
                new ArrayList<>(
                        List.of(
                                keys.worker(by.id()),
                                held(by.id()),
                                keys.output(),
                                keys.dead(),
                                keys.ledger(),
                                keys.retry()));
        Map<String, Integer> others = new HashMap<>();
        List<Finish> finishes = commit.finishes();
        for (int at = 0; at < finishes.size(); ) {
            if (finishes.get(at) instanceof Finish.PassOn first) {
                int end = endOfRun(finishes, at, first.fields());
                addRun(args, finishes.subList(at, end), first.fields());
                at = end;
            } else {
                add(args, finishes.get(at++), others, named);
            }
        }
        return runner.run(
                        group() ? Script.GROUP_COMMIT : Script.COMMIT,
                        named,
                        args,
                        answer -> answer)
                .thenCompose(answer -> committed(by, answer));
    }

    private CompletableFuture<Reply.ToCommit> committed(Membership by, Answer answer) {
        return switch (answer.status()) {
            case "ok", "already" -> read(by, answer).thenApply(entries -> committed(answer, entries));
            case "conflict" ->
                    CompletableFuture.completedFuture(new Reply.Misplaced(answer.number(1)));
            case "fenced" -> CompletableFuture.completedFuture(FENCED);
            default -> throw answer.unexpected(Script.COMMIT);
        };
    }

    private static Reply.ToCommit committed(Answer answer, List<Entry> entries) {
        return new Reply.Committed(
                answer.number(1), answer.number(2), answer.number(3), entries);
    }

    /// The entries that a commit hands out, which are in its answer, or where that says.
    private CompletableFuture<List<Entry>> read(Membership by, Answer answer) {
        if (answer.size() <= READING_AT) {
            return CompletableFuture.completedFuture(List.of());
        }
        if (group()) {
            return CompletableFuture.completedFuture(
                    answer.rest(READING_AT).stream().map(Entry::new).toList());
        }
        if (answer.size() > ELEMENTS_AT) {
            return CompletableFuture.completedFuture(handedOut(answer, answer.rest(ELEMENTS_AT)));
        }
        long place = answer.number(READING_AT + 2);
        long last = place + answer.number(READING_AT + 3) - 1;
        return commands.lrange(keys.lane(by.id()), place, last)
                .thenApply(parts -> handedOut(answer, parts))
                .toCompletableFuture();
    }

    /// Somebody who took the lane since may have left fewer there; they are not ours then, as the next commit will say.
    private static List<Entry> handedOut(Answer answer, List<byte[]> parts) {
        int skipped = (int) answer.number(READING_AT);
        int count = (int) answer.number(READING_AT + 1);
        List<Entry> entries = new ArrayList<>(skipped + count);
        Element.all(parts).forEach(element -> entries.addAll(element.entries()));
        return entries.size() < skipped + count
                ? List.of()
                : entries.subList(skipped, skipped + count);
    }

    CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return runner.run(
                Script.TRIM,
                List.of(keys.output(), keys.ledger()),
                new Args(2).add(maxEntries).add(maxAge.toMillis()),
                answer -> answer.number(1));
    }

    private static int endOfRun(List<Finish> finishes, int from, PassedFields fields) {
        int end = from + 1;
        while (end < finishes.size()
                && finishes.get(end) instanceof Finish.PassOn next
                && next.fields().equals(fields)) {
            end++;
        }
        return end;
    }

    /// Ids in one argument: for the server each argument costs more than many bytes.
    private static void addRun(Args args, List<Finish> run, PassedFields fields) {
        int bytes = 0;
        for (Finish finish : run) {
            bytes += ID_LENGTH_BYTES + ((Finish.PassOn) finish).messageId().length;
        }
        byte[] ids = new byte[bytes];
        int at = 0;
        for (Finish finish : run) {
            byte[] id = ((Finish.PassOn) finish).messageId();
            ids[at] = (byte) (id.length >>> Byte.SIZE);
            ids[at + 1] = (byte) id.length;
            System.arraycopy(id, 0, ids, at + ID_LENGTH_BYTES, id.length);
            at += ID_LENGTH_BYTES + id.length;
        }
        args.add("p")
                .add(run.size())
                .add(ids)
                .add(fields.id())
                .add(fields.payload())
                .add(fields.worker())
                .add(fields.workerId())
                .add(fields.position())
                .add(fields.channel())
                .add(fields.constants().size());
        fields.constants().forEach(args::add);
    }

    /// @param others ordinals of the other streams among the keys, from 1
    private void add(Args args, Finish finish, Map<String, Integer> others, List<byte[]> named) {
        switch (finish) {
            case Finish.Emit emit -> {
                args.add(emit.entries().size());
                for (Finish.StreamEntry entry : emit.entries()) {
                    String other = entry.stream();
                    if (other != null) {
                        args.add("t").add(ordinal(other, others, named));
                    }
                    args.add(entry.fields().size());
                    entry.fields().forEach(args::add);
                }
            }
            case Finish.PassOn passed -> addRun(args, List.of(passed), passed.fields());
            case Finish.Retry retry -> args.add("r").add(retry.delayMillis());
            case Finish.Expire expire -> args.add("x");
            case Finish.Bury bury ->
                    args.add("d").add(bury.reason()).add(bury.error()).add(bury.messageId());
        }
    }

    private int ordinal(String other, Map<String, Integer> others, List<byte[]> named) {
        Integer known = others.get(other);
        if (known == null) {
            named.add(keys.other(other));
            known = others.size() + 1;
            others.put(other, known);
        }
        return known;
    }
}
