package dev.baton.slice;

import dev.baton.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A candidate's and a leader's scripts: the order of their keys and arguments, and what their answers mean.
final class LeaderScripts {

    private static final Reply.Fenced FENCED = new Reply.Fenced();
    private static final Reply.Applied APPLIED = new Reply.Applied();

    private final SliceKeys keys;
    private final Transport transport;
    private final ScriptRunner runner;
    private final DispatchScript dispatch;

    LeaderScripts(SliceKeys keys, Transport transport, ScriptRunner runner) {
        this(keys, transport, runner, RedisSlice.MIN_TRANSACTED_BYTES);
    }

    /// @param minPushedBytes as [DispatchScript] takes it
    LeaderScripts(SliceKeys keys, Transport transport, ScriptRunner runner, int minPushedBytes) {
        this.keys = keys;
        this.transport = transport;
        this.runner = runner;
        this.dispatch = new DispatchScript(keys, runner, minPushedBytes);
    }

    CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        boolean never = claim.seen().equals(Lead.NONE);
        Args args =
                new Args(15)
                        .add(claim.owner())
                        .add(never ? "" : Long.toString(claim.seen().epoch()))
                        .add(claim.seen().owner())
                        .add(never ? "" : Long.toString(claim.seen().beat()))
                        .add(claim.highestEpoch())
                        .add(claim.coveredFrom())
                        .add(claim.force() ? "1" : "0")
                        .add(claim.start())
                        .add(claim.slices())
                        .add(claim.generation())
                        .add(claim.cause())
                        .add(claim.number())
                        .add(claim.heardBefore() ? "1" : "0")
                        .add(claim.maxDeadLetters())
                        .add(transport.text());
        return runner.run(
                Script.CLAIM,
                List.of(keys.lead(), keys.gaps(), keys.ledger()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "granted", "already" ->
                                    new Reply.Granted(
                                            new Leadership(answer.number(1), claim.owner()),
                                            answer.position(2),
                                            answer.text(3),
                                            answer.number(4),
                                            answer.positionOrNull(5),
                                            ending(answer, 6));
                            case "lost" -> new Reply.Lost();
                            case "uncovered" -> new Reply.Uncovered();
                            case "slices" -> new Reply.OtherSlices((int) answer.number(1));
                            case "transport" ->
                                    throw Transport.refused(keys, answer.text(1), transport);
                            default -> throw answer.unexpected(Script.CLAIM);
                        });
    }

    private static Ending ending(Answer answer, int at) {
        return new Ending(answer.positionOrNull(at), answer.text(at + 1).equals("1"));
    }

    CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        return runner.run(
                Script.RENEW,
                List.of(keys.lead()),
                Args.of(by).add(beat),
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" ->
                                    new Reply.Renewed(
                                            answer.position(1),
                                            answer.text(2),
                                            answer.number(3),
                                            answer.text(4).equals("1"),
                                            answer.number(5),
                                            ending(answer, 6));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.RENEW);
                        });
    }

    /// @param replicasThatHaveIt asked as soon as the script has written, over the same connection to the same server
    CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, Supplier<CompletableFuture<Long>> replicasThatHaveIt) {
        return runner.run(Script.CONFIRM, List.of(keys.lead()), Args.of(by), answer -> answer)
                .thenCompose(
                        answer ->
                                switch (answer.status()) {
                                    case "ok" ->
                                            replicasThatHaveIt
                                                    .get()
                                                    .thenApply(
                                                            count ->
                                                                    new Reply.Confirmed(
                                                                            answer.position(1),
                                                                            count));
                                    case "fenced" -> CompletableFuture.completedFuture(FENCED);
                                    default -> throw answer.unexpected(Script.CONFIRM);
                                });
    }

    CompletableFuture<Reply.ToResign> resign(Leadership by) {
        return runner.run(
                Script.RESIGN,
                List.of(keys.lead()),
                Args.of(by),
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.RESIGN);
                        });
    }

    CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        if (transport == Transport.GROUP) {
            return dispatchToGroup(by, batch);
        }
        return dispatch.run(by, batch);
    }

    private CompletableFuture<Reply.ToDispatch> dispatchToGroup(Leadership by, Batch batch) {
        Args args =
                new Args(batch.size() + 4)
                        .add(by.epoch())
                        .add(by.owner())
                        .add(batch.expected())
                        .add(batch.next());
        for (Delivery delivery : batch.deliveries()) {
            if (!delivery.worker().equals(Delivery.WAITING)) {
                throw new IllegalArgumentException("a group has no lane of " + delivery.worker());
            }
            delivery.entries().forEach(entry -> args.add(entry.bytes()));
        }
        return runner.run(
                Script.GROUP_DISPATCH,
                List.of(keys.lead(), keys.ledger(), keys.ingest()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" ->
                                    new Reply.Appended(
                                            answer.position(1),
                                            answer.number(2),
                                            answer.number(3),
                                            answer.number(4),
                                            List.of());
                            case "conflict" -> new Reply.Regressed(answer.position(1));
                            case "ends" -> new Reply.Bounded(answer.position(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.GROUP_DISPATCH);
                        });
    }

    CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        Args args =
                Args.of(by).add(from).add(to).add(count == null ? "" : count.toString()).add(cause);
        return runner.run(
                Script.SKIP,
                List.of(keys.lead(), keys.gaps(), keys.ledger()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok", "already" -> APPLIED;
                            case "conflict" -> new Reply.Regressed(answer.position(1));
                            case "ends" -> new Reply.Bounded(answer.position(1));
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.SKIP);
                        });
    }

    CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        Args args =
                Args.of(by)
                        .add(lost.id())
                        .add(lost.incarnation())
                        .add(lost.beat())
                        .add(maxCrashes)
                        .add(Slice.MAX_ENTRIES)
                        .add(Slice.MAX_MOVED_BYTES);
        boolean group = transport == Transport.GROUP;
        List<byte[]> named =
                group
                        ? List.of(
                                keys.lead(),
                                keys.ledger(),
                                keys.dead(),
                                keys.workers(),
                                keys.ingest(),
                                keys.worker(lost.id()))
                        : keys.withLanes(
                                to,
                                keys.lead(),
                                keys.ledger(),
                                keys.dead(),
                                keys.workers(),
                                keys.waiting(),
                                keys.worker(lost.id()),
                                keys.lane(lost.id()));
        return runner.run(
                group ? Script.GROUP_REASSIGN : Script.REASSIGN,
                named,
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok" -> new Reply.Moved(answer.number(2));
                            case "already" -> new Reply.Moved(0);
                            case "alive" -> new Reply.Alive();
                            case "lane" -> closed(answer, to);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.REASSIGN);
                        });
    }

    CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        if (transport == Transport.GROUP) {
            throw new IllegalStateException("in a group nothing is dealt");
        }
        Args args = Args.of(by).add(Slice.MAX_ENTRIES).add(Slice.MAX_MOVED_BYTES);
        return runner.run(
                Script.DEAL,
                keys.withLanes(to, keys.lead(), keys.waiting()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok" -> new Reply.Moved(answer.number(2));
                            case "lane" -> closed(answer, to);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.DEAL);
                        });
    }

    CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> to) {
        Args args = Args.of(by).add(Slice.MAX_ENTRIES).add(Slice.MAX_MOVED_BYTES);
        boolean group = transport == Transport.GROUP;
        return runner.run(
                group ? Script.GROUP_RETRY : Script.RETRY,
                group
                        ? List.of(keys.lead(), keys.retry(), keys.ingest())
                        : keys.withLanes(to, keys.lead(), keys.retry(), keys.waiting()),
                args,
                answer ->
                        switch (answer.status()) {
                            case "ok" -> new Reply.Retried(answer.number(1), answer.number(2));
                            case "lane" -> closed(answer, to);
                            case "fenced" -> FENCED;
                            default -> throw answer.unexpected(Script.RETRY);
                        });
    }

    static Reply.LanesClosed closed(Answer answer, List<String> lanes) {
        List<String> workers = new ArrayList<>();
        for (int i = 1; i < answer.size(); i++) {
            workers.add(lanes.get((int) answer.number(i) - 1));
        }
        return new Reply.LanesClosed(workers);
    }
}
