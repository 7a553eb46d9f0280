package dev.baton.simulation;

import static dev.baton.simulation.Violation.Promise.BALANCED;
import static dev.baton.simulation.Violation.Promise.DISTINCT;
import static dev.baton.simulation.Violation.Promise.FENCED;
import static dev.baton.simulation.Violation.Promise.MONOTONE;

import dev.baton.Position;
import dev.baton.slice.Batch;
import dev.baton.slice.Books;
import dev.baton.slice.Claim;
import dev.baton.slice.Commit;
import dev.baton.slice.Entry;
import dev.baton.slice.Finish;
import dev.baton.slice.Lead;
import dev.baton.slice.Leadership;
import dev.baton.slice.Membership;
import dev.baton.slice.Reply;
import dev.baton.slice.Roster;
import dev.baton.slice.Slice;
import dev.baton.slice.SliceModel;
import dev.baton.slice.Transport;
import dev.baton.slice.Usage;
import dev.baton.slice.WorkerBooks;
import dev.baton.slice.WorkerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Stands before a slice and sees every call take effect. It keeps its own account of who may write, and after each
/// call holds the slice to what it promises.
final class Witness implements Slice {

    /// All positions are compared after this many calls; in between only those that left a lane.
    private static final int THOROUGH_EVERY = 16;

    private final SliceModel slice;
    private final Map<String, Membership> members = new HashMap<>();
    private final Map<Position, String> finished = new HashMap<>();
    private final List<Entry> dropped = new ArrayList<>();
    private final Set<Position> toBeCopied = new HashSet<>();
    private final Map<String, Long> heads = new HashMap<>();
    private @Nullable Leadership rightful;
    private @Nullable Position watermark;
    private Books before;
    private long calls;
    private int copies;
    private int output;
    private int deadLetters;
    private int takeovers;
    private int refused;

    Witness(SliceModel slice) {
        this.slice = slice;
        this.before = slice.books();
    }

    SliceModel model() {
        return slice;
    }

    /// Messages that were dropped.
    List<Entry> dropped() {
        return dropped;
    }

    /// Where the watermark stands; null before the first claim.
    @Nullable Position watermark() {
        return watermark;
    }

    /// Who may dispatch; null when nobody.
    @Nullable Leadership rightful() {
        return rightful;
    }

    int takeovers() {
        return takeovers;
    }

    /// Writes that came from somebody who might not write any more.
    int refused() {
        return refused;
    }

    /// Whether a lane holds something.
    boolean holds(String worker) {
        return slice.holds(worker);
    }

    @Override
    public Transport transport() {
        return slice.transport();
    }

    @Override
    public CompletableFuture<Lead> lead() {
        return slice.lead();
    }

    @Override
    public CompletableFuture<Roster> roster() {
        return slice.roster();
    }

    @Override
    public CompletableFuture<Usage> usage(boolean bytes) {
        return slice.usage(bytes);
    }

    @Override
    public CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        return slice.trim(maxEntries, maxAge);
    }

    @Override
    public CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout) {
        CompletableFuture<Boolean> reply = slice.awaitEntry(worker, timeout);
        judge("await", reply);
        return reply;
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        CompletableFuture<Reply.ToClaim> reply = slice.claim(claim);
        if (now(reply) instanceof Reply.Granted granted && !granted.leadership().equals(rightful)) {
            rightful = granted.leadership();
            takeovers++;
        }
        judge("claim", reply);
        return reply;
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return byLeader("renew", by, slice.renew(by, beat));
    }

    @Override
    public CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, int replicas, Duration timeout) {
        return byLeader("confirm", by, slice.confirm(by, replicas, timeout));
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        CompletableFuture<Reply.ToResign> reply = slice.resign(by);
        if (by.equals(rightful)) {
            rightful = null;
        } else {
            mustNotHaveChanged("resign", by);
        }
        judge("resign", reply);
        return reply;
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        return byLeader("dispatch", by, slice.dispatch(by, batch));
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        return byLeader("skip", by, slice.skip(by, from, to, count, cause));
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        CompletableFuture<Reply.ToReassign> reply = slice.reassign(by, lost, maxCrashes, to);
        Membership member = members.get(lost.id());
        if (now(reply) instanceof Reply.Moved
                && member != null
                && member.incarnation().equals(lost.incarnation())) {
            members.remove(lost.id());
        }
        return byLeader("reassign", by, reply);
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        return byLeader("deal", by, slice.deal(by, to));
    }

    @Override
    public CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to) {
        return byLeader("retry", by, slice.retry(by, to));
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        CompletableFuture<Reply.Joined> reply =
                slice.join(id, incarnation, capacity, maxCrashes, about);
        members.put(id, reply.join().membership());
        judge("join", reply);
        return reply;
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        // A late copy of its join gives an incarnation another lane epoch; a beat does not name
        // that.
        Membership now = members.get(by.id());
        Membership as = now != null && now.incarnation().equals(by.incarnation()) ? now : by;
        return byWorker("beat", as, slice.beat(by, beat, state));
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        CompletableFuture<Reply.ToLeave> reply = slice.leave(by);
        if (!by.equals(members.get(by.id()))) {
            mustNotHaveChanged("leave", by);
        } else if (now(reply) instanceof Reply.Moved moved && moved.left() == 0) {
            members.remove(by.id());
        }
        judge("leave", reply);
        return reply;
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        List<Entry> lane = slice.lane(by.id());
        CompletableFuture<Reply.ToCommit> reply = slice.commit(by, commit);
        long finishedNow = slice.books().count("dropped") - before.count("dropped");
        for (int i = 0; finishedNow > 0 && i < commit.finishes().size(); i++) {
            if (drops(commit.finishes().get(i))) {
                dropped.add(lane.get(i));
                once(lane.get(i).position(), "dropped");
            }
        }
        return byWorker("commit", by, reply);
    }

    private static boolean drops(Finish finish) {
        return switch (finish) {
            case Finish.Emit emit -> emit.entries().isEmpty();
            case Finish.Expire expire -> true;
            case Finish.Bury bury -> false;
            case Finish.Retry retry -> false;
            case Finish.PassOn passed -> false;
        };
    }

    private <T extends Reply> CompletableFuture<T> byLeader(
            String what, Leadership by, CompletableFuture<T> reply) {
        if (!by.equals(rightful)) {
            mustBeFenced(what, by, reply);
        }
        judge(what, reply);
        return reply;
    }

    private <T extends Reply> CompletableFuture<T> byWorker(
            String what, Membership by, CompletableFuture<T> reply) {
        if (!by.equals(members.get(by.id()))) {
            mustBeFenced(what, by, reply);
        }
        judge(what, reply);
        return reply;
    }

    private void mustBeFenced(String what, Object by, CompletableFuture<? extends Reply> reply) {
        if (!(now(reply) instanceof Reply.Fenced)) {
            throw new Violation(
                    FENCED, what + " by " + by + ", who may not, was answered " + now(reply));
        }
        refused++;
        mustNotHaveChanged(what, by);
    }

    private void mustNotHaveChanged(String what, Object by) {
        Books after = slice.books();
        if (!sameBut(before, after)) {
            throw new Violation(
                    FENCED, what + " by " + by + " changed\n" + before + "\nto\n" + after);
        }
    }

    /// Whether two looks differ in nothing but the time.
    private static boolean sameBut(Books one, Books other) {
        return one.lead().equals(other.lead())
                && one.ledger().equals(other.ledger())
                && one.workers().equals(other.workers())
                && one.waiting() == other.waiting()
                && one.retry() == other.retry()
                && one.stream() == other.stream()
                && one.dead() == other.dead()
                && one.gaps() == other.gaps();
    }

    private static @Nullable Object now(CompletableFuture<?> reply) {
        return reply.isCompletedExceptionally() ? null : reply.join();
    }

    private void judge(String what, CompletableFuture<?> reply) {
        Books after = slice.books();
        if (now(reply) instanceof Reply.Fenced && !sameBut(before, after)) {
            throw new Violation(FENCED, what + " was fenced and yet changed something");
        }
        if (!after.balanced()) {
            throw new Violation(
                    BALANCED,
                    "after "
                            + what
                            + " accepted "
                            + after.accepted()
                            + " but accounted for "
                            + after.accountedFor()
                            + ": "
                            + after);
        }
        watermarkOnlyRises(what, after);
        headsOnlyRise(what, after);
        finishedOnce(after);
        if (++calls % THOROUGH_EVERY == 0) {
            everythingOnce();
        }
        before = after;
    }

    private void watermarkOnlyRises(String what, Books after) {
        String text = after.lead().get("watermark");
        Position now = text == null ? null : Position.parse(text);
        if (watermark != null && (now == null || now.compareTo(watermark) < 0)) {
            throw new Violation(
                    MONOTONE, what + " moved the watermark back from " + watermark + " to " + now);
        }
        watermark = now;
    }

    private void headsOnlyRise(String what, Books after) {
        Map<String, Long> now = new HashMap<>();
        for (WorkerBooks worker : after.workers()) {
            if (!worker.fields().containsKey("head")) {
                continue;
            }
            long head = Long.parseLong(worker.fields().getOrDefault("head", "0"));
            if (head < heads.getOrDefault(worker.id(), 0L)) {
                throw new Violation(
                        MONOTONE, what + " moved the head of " + worker.id() + " back to " + head);
            }
            now.put(worker.id(), head);
        }
        heads.clear();
        heads.putAll(now);
    }

    private void finishedOnce(Books after) {
        if (after.stream() > output) {
            List<List<byte[]>> all = slice.output();
            for (; output < all.size(); output++) {
                Position position = Fields.position(all.get(output));
                once(position, "in the output");
                byte[] payload = Fields.value(all.get(output), "payload");
                if (payload != null && Payloads.asksForACopy(payload)) {
                    toBeCopied.add(position);
                }
            }
        }
        copiedInTheSameStep();
        if (after.dead() > deadLetters) {
            List<List<byte[]>> all = slice.deadLetters();
            for (; deadLetters < all.size(); deadLetters++) {
                once(Fields.position(all.get(deadLetters)), "a dead letter");
            }
        }
    }

    /// What one message becomes is in all its streams, once, or in none.
    private void copiedInTheSameStep() {
        List<List<byte[]>> all = slice.other(Payloads.COPIES);
        for (; copies < all.size(); copies++) {
            Position position = Fields.position(all.get(copies));
            if (!toBeCopied.remove(position)) {
                throw new Violation(DISTINCT, position + " is copied again, or for nothing");
            }
        }
        if (!toBeCopied.isEmpty()) {
            throw new Violation(DISTINCT, toBeCopied + " is in one stream and not in the other");
        }
    }

    private void once(Position position, String where) {
        String already = finished.put(position, where);
        if (already != null) {
            throw new Violation(DISTINCT, position + " is " + already + " and again " + where);
        }
    }

    /// No position is held twice, or held though it is finished.
    void everythingOnce() {
        Set<Position> held = new HashSet<>();
        List<Entry> entries = new ArrayList<>(slice.waiting());
        slice.books().workers().forEach(worker -> entries.addAll(slice.lane(worker.id())));
        for (Entry entry : entries) {
            Position position = entry.position();
            if (!held.add(position) || finished.containsKey(position)) {
                throw new Violation(
                        DISTINCT,
                        position + " is held, and also " + finished.getOrDefault(position, "held"));
            }
        }
    }
}
