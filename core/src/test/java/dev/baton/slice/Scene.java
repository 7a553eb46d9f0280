package dev.baton.slice;

import dev.baton.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// A slice with something under nearly every key, and one call of each kind that would change it.
record Scene(
        Leadership leader,
        Membership worker,
        Lead seen,
        Roster.Seat seat,
        Position at,
        List<Entry> entries) {

    static Scene set(Slice slice) {
        Leadership leader =
                SliceContract.answer(Reply.Granted.class, slice.claim(claim("a", Lead.NONE)))
                        .leadership();
        Membership worker =
                SliceContract.get(slice.join("w", "w 1", 1, SliceContract.MAX_CRASHES, Map.of()))
                        .membership();
        SliceContract.get(slice.join("x", "x 1", 1, SliceContract.MAX_CRASHES, Map.of()));
        List<Entry> entries = new ArrayList<>();
        Position from = SliceContract.FIRST_MARK;
        for (int i = 0; i < 6; i++) {
            entries.add(SliceContract.entry(from.plus(i), "", new byte[] {(byte) i}));
        }
        Batch batch =
                new Batch(
                        from,
                        from.plus(6),
                        List.of(
                                new Delivery("w", entries.subList(0, 4)),
                                new Delivery(Delivery.WAITING, entries.subList(4, 6))));
        SliceContract.answer(Reply.Appended.class, slice.dispatch(leader, batch));
        SliceContract.get(
                slice.commit(worker, SliceContract.committing(0, List.of(), 0, 3, 1_000)));
        Roster.Seat seat = SliceContract.get(slice.roster()).workers().getFirst();
        return new Scene(
                leader, worker, SliceContract.get(slice.lead()), seat, from.plus(6), entries);
    }

    static Claim claim(String owner, Lead seen) {
        return new Claim(owner, seen, 0, 0, null, true, null, false, 1, "generation", "cause", 0);
    }

    Batch batch() {
        Entry one = SliceContract.entry(at, "", new byte[] {1});
        Entry two = SliceContract.entry(at.plus(1), "", new byte[] {2});
        return new Batch(
                at,
                at.plus(2),
                List.of(
                        new Delivery("x", List.of(one)),
                        new Delivery(Delivery.WAITING, List.of(two))));
    }

    Commit commit() {
        return SliceContract.committing(
                0,
                List.of(
                        SliceContract.emit(),
                        SliceContract.emit("one", "two"),
                        SliceContract.bury("buried")),
                3,
                10,
                1_000);
    }

    /// One call; which slice to send it on is the test's affair.
    interface Sent extends Function<Slice, CompletableFuture<? extends Object>> {}

    static Map<String, Function<Scene, Sent>> calls() {
        Map<String, Function<Scene, Sent>> calls = new LinkedHashMap<>();
        calls.put("claim", scene -> to -> to.claim(Scene.claim("b", scene.seen)));
        calls.put("renew", scene -> to -> to.renew(scene.leader, 7));
        calls.put("confirm", scene -> to -> to.confirm(scene.leader, 0, Duration.ofMillis(10)));
        calls.put("resign", scene -> to -> to.resign(scene.leader));
        calls.put("dispatch", scene -> to -> to.dispatch(scene.leader, scene.batch()));
        calls.put(
                "dispatch by transaction",
                scene -> to -> pushing(to).dispatch(scene.leader, scene.batch()));
        calls.put(
                "skip", scene -> to -> to.skip(scene.leader, scene.at, scene.at.plus(3), 3L, "x"));
        calls.put(
                "reassign", scene -> to -> to.reassign(scene.leader, scene.seat, 1, List.of("x")));
        calls.put(
                "reassign to waiting",
                scene -> to -> to.reassign(scene.leader, scene.seat, 2, List.of()));
        calls.put("deal", scene -> to -> to.deal(scene.leader, List.of("x")));
        calls.put("retry", scene -> to -> to.retry(scene.leader, List.of("x")));
        calls.put(
                "join",
                scene -> to -> to.join("w", "w 2", 1, SliceContract.MAX_CRASHES, Map.of("a", "b")));
        calls.put("join and bury", scene -> to -> to.join("w", "w 2", 1, 1, Map.of()));
        calls.put(
                "join anew",
                scene -> to -> to.join("n", "n 1", 1, SliceContract.MAX_CRASHES, Map.of()));
        calls.put("beat", scene -> to -> to.beat(scene.worker, 7, WorkerState.QUIET));
        calls.put("leave", scene -> to -> to.leave(scene.worker));
        calls.put("commit", scene -> to -> to.commit(scene.worker, scene.commit()));
        calls.put(
                "read",
                scene ->
                        to ->
                                to.commit(
                                        scene.worker,
                                        SliceContract.committing(0, List.of(), 3, 5, 1_000)));
        return calls;
    }

    /// Batches go by transaction, the first on each connection excepted.
    static Slice pushing(Slice slice) {
        return ((RedisSlice) slice).transactingFrom(0);
    }

    /// One of [#calls] on this scene.
    Sent call(String name) {
        Function<Scene, Sent> call = calls().get(name);
        if (call == null) {
            throw new IllegalArgumentException(name);
        }
        return call.apply(this);
    }

    /// What does not depend on the time of the look or on how often a call was sent.
    static Map<String, Long> comparable(Books books) {
        Map<String, Long> all = new LinkedHashMap<>(books.ledger());
        all.put("length of waiting", books.waiting());
        all.put("length of stream", books.stream());
        all.put("length of dead", books.dead());
        all.put("length of gaps", books.gaps());
        all.put("roster", Long.parseLong(books.lead().getOrDefault("roster", "0")));
        all.put("epoch", Long.parseLong(books.lead().getOrDefault("epoch", "0")));
        for (WorkerBooks worker : books.workers()) {
            all.put("lane of " + worker.id(), worker.backlog());
            for (String name : List.of("head", "fetched", "epoch", "beat")) {
                all.put(
                        name + " of " + worker.id(),
                        Long.parseLong(worker.fields().getOrDefault(name, "-1")));
            }
        }
        return all;
    }
}
