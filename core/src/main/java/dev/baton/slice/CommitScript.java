package dev.baton.slice;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The script by which a worker finishes entries and takes others: the order of its keys and arguments, and what its answers mean.
///
/// A little that is passed on the script itself copies from the lane to the stream. For much it runs before and after plain additions, in one
/// transaction: of what enters a script the server hashes every byte. For the same reason large packs
/// are read past the script, which says where they are.
final class CommitScript {

    private static final Logger log = LoggerFactory.getLogger(CommitScript.class);

    private static final Reply.Fenced FENCED = new Reply.Fenced();
    private static final int ID_LENGTH_BYTES = Short.BYTES;

    /// About how long an addition is without payload and id.
    private static final long OVERHEAD_BYTES = 200;

    // Where in the answer is what a worker takes, and where the elements are.
    private static final int READING_AT = 4;
    private static final int ELEMENTS_AT = 8;

    private final SliceKeys keys;
    private final boolean group;
    private final ScriptRunner runner;
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;
    private final int minAddedBytes;
    private final Additions additions;
    private volatile boolean denied;

    /// @param minAddedBytes from how many bytes passed on the stream is added to past the script
    CommitScript(
            SliceKeys keys,
            Transport transport,
            ScriptRunner runner,
            RedisClusterAsyncCommands<byte[], byte[]> commands,
            int minAddedBytes) {
        this.keys = keys;
        this.group = transport == Transport.GROUP;
        this.runner = runner;
        this.commands = commands;
        this.minAddedBytes = minAddedBytes;
        this.additions = new Additions(keys.gate());
    }

    CompletableFuture<Reply.ToCommit> run(Membership by, Commit commit) {
        return answer(by, commit).thenCompose(fields -> committed(by, new Answer(fields)));
    }

    private CompletableFuture<List<Object>> answer(Membership by, Commit commit) {
        List<Finish> finishes = commit.finishes();
        long addedBytes = addedBytes(finishes);
        boolean isMuch = addedBytes > 0 && addedBytes >= minAddedBytes;
        if (denied || group || !runner.transacts() || !isMuch || !keepOrder(finishes)) {
            return alone(by, commit);
        }
        return ScriptRunner.orElse(
                around(by, commit, addedBytes),
                discarded -> {
                    if (String.valueOf(discarded.getMessage()).startsWith("NOPERM")) {
                        deny(discarded.getMessage());
                    }
                    return alone(by, commit);
                });
    }

    private CompletableFuture<List<Object>> around(Membership by, Commit commit, long addedBytes) {
        List<Finish> finishes = commit.finishes();
        Outcomes outcomes = new Outcomes(true);
        outcomes.addAll(finishes);
        List<byte[]> named = named(by, outcomes);
        named.add(keys.gate());
        long bytes = addedBytes + finishes.size() * OVERHEAD_BYTES;
        return runner.runAround(
                        Script.COMMIT,
                        named,
                        args(by, commit, "before", outcomes),
                        additions.of(finishes),
                        (int) Math.min(Integer.MAX_VALUE, bytes),
                        args(by, commit, "after", outcomes))
                .thenCompose(
                        answers -> {
                            if (new Answer(answers.before()).status().equals("denied")) {
                                deny(
                                        "renaming it to its gate is not allowed, or the gate is in use");
                            }
                            return new Answer(answers.after()).status().equals("script")
                                    ? alone(by, commit)
                                    : CompletableFuture.completedFuture(answers.after());
                        });
    }

    /// Says once why transactions are not tried any more.
    private void deny(@Nullable String why) {
        if (!denied) {
            denied = true;
            log.warn(
                    "{} is not added to in transactions ({}); what is passed on goes through scripts, which costs the server more",
                    keys.stream(),
                    why);
        }
    }

    private static long addedBytes(List<Finish> finishes) {
        long bytes = 0;
        for (Finish finish : finishes) {
            bytes += Additions.isOne(finish) ? finish.bytes() : 0;
        }
        return bytes;
    }

    /// Whether the stream keeps the lane's order: what the transaction adds comes before all that the script adds.
    private static boolean keepOrder(List<Finish> finishes) {
        return finishes.stream()
                .allMatch(finish -> Additions.isOne(finish) || !isAddedByScript(finish));
    }

    private static boolean isAddedByScript(Finish finish) {
        return finish instanceof Finish.Emit emit
                && emit.entries().stream().anyMatch(entry -> entry.stream() == null);
    }

    private CompletableFuture<List<Object>> alone(Membership by, Commit commit) {
        Outcomes outcomes = new Outcomes(false);
        outcomes.addAll(commit.finishes());
        return runner.run(
                group ? Script.GROUP_COMMIT : Script.COMMIT,
                named(by, outcomes),
                args(by, commit, "", outcomes));
    }

    private List<byte[]> named(Membership by, Outcomes outcomes) {
        List<byte[]> named = new ArrayList<>(8);
        named.add(keys.worker(by.id()));
        named.add(group ? keys.ingest() : keys.lane(by.id()));
        named.add(keys.output());
        named.add(keys.dead());
        named.add(keys.ledger());
        named.add(keys.retry());
        named.addAll(outcomes.others);
        return named;
    }

    private static List<byte[]> args(Membership by, Commit commit, String turn, Outcomes outcomes) {
        List<byte[]> args =
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
                        .add(turn)
                        .toList();
        args.addAll(outcomes.args.toList());
        return args;
    }

    private CompletableFuture<Reply.ToCommit> committed(Membership by, Answer answer) {
        return switch (answer.status()) {
            case "ok", "already" ->
                    read(by, answer).thenApply(entries -> committed(answer, entries));
            case "conflict" ->
                    CompletableFuture.completedFuture(new Reply.Misplaced(answer.number(1)));
            case "fenced" -> CompletableFuture.completedFuture(FENCED);
            default -> throw answer.unexpected(Script.COMMIT);
        };
    }

    private static Reply.ToCommit committed(Answer answer, List<Entry> entries) {
        return new Reply.Committed(answer.number(1), answer.number(2), answer.number(3), entries);
    }

    /// The entries that the worker takes: out of the answer, or read from where the answer says.
    private CompletableFuture<List<Entry>> read(Membership by, Answer answer) {
        if (answer.size() <= READING_AT) {
            return CompletableFuture.completedFuture(List.of());
        }
        if (group) {
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
        List<Entry> entries = new ArrayList<>(count);
        int at = -skipped;
        for (Element element : Element.all(parts)) {
            int size = element.size();
            int from = Math.clamp(-at, 0, size);
            entries.addAll(element.entries(from, Math.clamp(count - at, from, size)));
            at += size;
        }
        return entries.size() < count ? List.of() : entries;
    }

    /// What becomes of each entry, as arguments.
    private final class Outcomes {

        private final boolean added;
        private final Args args = new Args(32);
        private final List<byte[]> others = new ArrayList<>(0);
        private final Map<String, Integer> ordinals = new HashMap<>();

        /// @param added whether the transaction adds what is passed on
        Outcomes(boolean added) {
            this.added = added;
        }

        void addAll(List<Finish> finishes) {
            for (int at = 0; at < finishes.size(); ) {
                int end = endOfRun(finishes, at);
                add(finishes.subList(at, end));
                at = end;
            }
        }

        private void add(List<Finish> run) {
            switch (run.getFirst()) {
                case Finish one when added && Additions.isOne(one) -> args.add("w").add(run.size());
                case Finish.PassOn passed -> addRun(run, passed.fields());
                case Finish.Emit emit -> add(emit);
                case Finish.Retry retry -> args.add("r").add(retry.delayMillis());
                case Finish.Expire expire -> args.add("x");
                case Finish.Bury bury ->
                        args.add("d").add(bury.reason()).add(bury.error()).add(bury.messageId());
            }
        }

        private int endOfRun(List<Finish> finishes, int from) {
            Finish first = finishes.get(from);
            int end = from + 1;
            while (end < finishes.size() && goesWith(first, finishes.get(end))) {
                end++;
            }
            return end;
        }

        private boolean goesWith(Finish first, Finish next) {
            if (added) {
                return Additions.isOne(first) && Additions.isOne(next);
            }
            return first instanceof Finish.PassOn one
                    && next instanceof Finish.PassOn other
                    && one.fields().equals(other.fields());
        }

        /// Ids in one argument: for the server each argument costs more than many bytes.
        private void addRun(List<Finish> run, PassedFields fields) {
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

        private void add(Finish.Emit emit) {
            args.add(emit.entries().size());
            for (Finish.StreamEntry entry : emit.entries()) {
                String other = entry.stream();
                if (other != null) {
                    args.add("t").add(ordinal(other));
                }
                args.add(entry.fields().size());
                entry.fields().forEach(args::add);
            }
        }

        /// Of another stream among the keys, from 1.
        private int ordinal(String other) {
            Integer known = ordinals.get(other);
            if (known == null) {
                others.add(keys.other(other));
                known = others.size();
                ordinals.put(other, known);
            }
            return known;
        }
    }
}
