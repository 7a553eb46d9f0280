package dev.baton.slice;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One slice in memory, with just what the scripts do. Every future is complete when it is returned.
///
/// Not thread-safe; open only to the bugs that tests plant. `SliceContract` holds it and the real server to the same behaviour.
public class SliceModel implements Slice, Handover {

    private static final long HIGHEST_EPOCH = 4_294_967_295L;
    private static final Position BEGINNING = Position.atMark(0, 0);
    private static final int MAX_FIELDS = 1_000;
    private static final long MAX_TRIMMED = 1_000;

    private final LongSupplier clock;
    private Transport transport = Transport.LISTS;
    private final Map<String, String> lead = new TreeMap<>();
    private final Map<String, Long> ledger = new TreeMap<>();
    private final Map<String, Map<String, String>> workers = new TreeMap<>();
    private final Map<String, ArrayDeque<Entry>> lanes = new TreeMap<>();
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private final List<List<byte[]>> output = new ArrayList<>();
    private final Map<String, List<List<byte[]>>> others = new TreeMap<>();
    private long maxDeadLetters;
    private final PriorityQueue<Due> retries = new PriorityQueue<>();
    private final List<List<byte[]>> deadLetters = new ArrayList<>();
    private final List<List<byte[]>> gaps = new ArrayList<>();

    /// An entry that waits for another attempt. Equal times come in the order of the bytes, as in a sorted set.
    private record Due(long atMillis, Entry entry) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = Long.compare(atMillis, other.atMillis);
            return byTime != 0
                    ? byTime
                    : Arrays.compareUnsigned(entry.bytes(), other.entry.bytes());
        }
    }

    /// A slice that nobody ever led, on the system's clock.
    public SliceModel() {
        this(System::currentTimeMillis);
    }

    /// @param clock the store's clock in milliseconds
    public SliceModel(LongSupplier clock) {
        this.clock = clock;
    }

    /// With another transport, before anybody has come. In a group, what waits is what no worker was given yet, and a lane
    /// is what is pending for its worker's consumer.
    public SliceModel as(Transport other) {
        transport = other;
        return this;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    private boolean isGroup() {
        return transport == Transport.GROUP;
    }

    /// Everything at this moment.
    public Books books() {
        List<WorkerBooks> all = new ArrayList<>();
        workers.forEach(
                (id, fields) -> all.add(new WorkerBooks(id, Map.copyOf(fields), backlog(id))));
        gone().forEach(id -> all.add(new WorkerBooks(id, WorkerBooks.GONE, backlog(id))));
        return new Books(
                "",
                Map.copyOf(lead),
                Map.copyOf(ledger),
                waiting.size(),
                retries.size(),
                output.size(),
                deadLetters.size(),
                gaps.size(),
                clock.getAsLong(),
                List.copyOf(all));
    }

    /// Consumers that were given something after their workers had left.
    private List<String> gone() {
        return lanes.keySet().stream()
                .filter(id -> !workers.containsKey(id) && backlog(id) > 0)
                .toList();
    }

    /// Entries of the output stream, oldest first: names and values in turn.
    public List<List<byte[]>> output() {
        return List.copyOf(output);
    }

    /// Entries of another stream, oldest first: names and values in turn.
    public List<List<byte[]>> other(String name) {
        return List.copyOf(others.getOrDefault(name, List.of()));
    }

    /// Dead letters, oldest first: names and values in turn.
    public List<List<byte[]>> deadLetters() {
        return List.copyOf(deadLetters);
    }

    /// Declared losses, oldest first: names and values in turn.
    public List<List<byte[]>> gaps() {
        return List.copyOf(gaps);
    }

    /// What a worker's lane holds, oldest first.
    public List<Entry> lane(String worker) {
        return List.copyOf(laneOf(worker));
    }

    /// What waits for a worker, oldest first.
    public List<Entry> waiting() {
        return List.copyOf(waiting);
    }

    /// Pauses or resumes, as an operator would.
    public void pause(boolean paused) {
        if (paused) {
            lead.put("paused", "1");
        } else {
            lead.remove("paused");
        }
    }

    /// Has a worker take nothing new, or entries again, as an operator would.
    public SliceOffice.Wished quiet(String id, boolean quiet) {
        Map<String, String> worker = workers.get(id);
        if (worker == null || text(worker, "state").equals("lost")) {
            return SliceOffice.Wished.NOBODY;
        }
        if (worker.containsKey("wish") == quiet) {
            return SliceOffice.Wished.ALREADY;
        }
        if (quiet) {
            worker.put("wish", "quiet");
        } else {
            worker.remove("wish");
        }
        rosterChanged();
        return SliceOffice.Wished.DONE;
    }

    @Override
    public CompletableFuture<Lead> lead() {
        if (!lead.containsKey("epoch")) {
            return done(Lead.NONE);
        }
        return done(
                new Lead(
                        number(lead, "epoch"),
                        text(lead, "owner"),
                        number(lead, "beat"),
                        watermark(),
                        text(lead, "generation"),
                        (int) number(lead, "slices"),
                        ends()));
    }

    @Override
    public CompletableFuture<Reply.ToClaim> claim(Claim claim) {
        boolean never = claim.seen().equals(Lead.NONE);
        String owner = text(lead, "owner");
        String generation = lead.getOrDefault("generation", claim.generation());
        long now = clock.getAsLong();
        if (owner.equals(claim.owner())) {
            return done(
                    new Reply.Granted(
                            new Leadership(number(lead, "epoch"), owner),
                            watermark(),
                            generation,
                            now,
                            null,
                            ending()));
        }
        if (lead.containsKey("slices") && number(lead, "slices") != claim.slices()) {
            return done(new Reply.OtherSlices((int) number(lead, "slices")));
        }
        String other = lead.get("transport");
        if (other != null && !other.equals(transport.text())) {
            return CompletableFuture.failedFuture(
                    Transport.refused(new SliceKeys("model"), other, transport));
        }
        String epochSeen = never ? "" : Long.toString(claim.seen().epoch());
        String beatSeen = never ? "" : Long.toString(claim.seen().beat());
        if (!text(lead, "epoch").equals(epochSeen)
                || !owner.equals(claim.seen().owner())
                || !text(lead, "beat").equals(beatSeen)) {
            return done(new Reply.Lost());
        }
        Position watermark = lead.containsKey("watermark") ? watermark() : null;
        boolean covered =
                watermark != null
                        && claim.coveredFrom() != null
                        && claim.coveredFrom().compareTo(watermark) <= 0;
        if (!covered && !claim.force()) {
            return done(new Reply.Uncovered());
        }
        boolean namesTerms = claim.number() == 0;
        long term = watermark == null || !namesTerms ? 0 : Integer.toUnsignedLong(watermark.term());
        long heard = claim.highestEpoch();
        long highest = HIGHEST_EPOCH;
        Position ends = ends();
        if (namesTerms && ends != null) {
            highest = Integer.toUnsignedLong(ends.term()) - 1;
            term = term <= highest ? term : 0;
            heard = heard <= highest ? heard : 0;
        }
        long epoch = Math.max(Math.max(number(lead, "epoch"), heard), term) + 1;
        if (epoch > highest) {
            return refused("epochs are used up; start a new stream");
        }
        Position start = watermark;
        Position gapFrom = null;
        if (!covered || start == null) {
            start = claim.start() == null ? Position.atMark((int) epoch, 0) : claim.start();
            start = ends != null && start.compareTo(ends) > 0 ? ends : start;
            if (watermark != null && start.compareTo(watermark) <= 0) {
                start = watermark;
            } else if (watermark != null || claim.heardBefore()) {
                gapFrom = watermark == null ? BEGINNING : watermark;
                declare(
                        fields(
                                "from",
                                gapFrom.toString(),
                                "to",
                                start.toString(),
                                "cause",
                                claim.cause(),
                                "epoch",
                                Long.toString(epoch)));
                count("gaps", 1);
            }
        }
        lead.put("epoch", Long.toString(epoch));
        lead.put("owner", claim.owner());
        lead.put("beat", "0");
        if (!start.equals(watermark)) {
            moveWatermark(start);
        }
        lead.put("generation", generation);
        lead.put("slices", Integer.toString(claim.slices()));
        maxDeadLetters = claim.maxDeadLetters();
        lead.put("transport", transport.text());
        return done(
                new Reply.Granted(
                        new Leadership(epoch, claim.owner()),
                        start,
                        generation,
                        now,
                        gapFrom,
                        ending()));
    }

    @Override
    public CompletableFuture<Reply.ToRenew> renew(Leadership by, long beat) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        if (beat > number(lead, "beat")) {
            lead.put("beat", Long.toString(beat));
        }
        return done(
                new Reply.Renewed(
                        watermark(),
                        text(lead, "generation"),
                        number(lead, "roster"),
                        text(lead, "paused").equals("1"),
                        clock.getAsLong(),
                        ending()));
    }

    /// As if it had as many replicas as anyone wants, all up to date.
    @Override
    public CompletableFuture<Reply.ToConfirm> confirm(
            Leadership by, int replicas, Duration timeout) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        lead.merge("confirms", "1", (before, one) -> Long.toString(Long.parseLong(before) + 1));
        return done(new Reply.Confirmed(watermark(), replicas));
    }

    @Override
    public CompletableFuture<Reply.ToResign> resign(Leadership by) {
        if (number(lead, "epoch") == by.epoch() && "".equals(lead.get("owner"))) {
            return done(new Reply.Applied());
        }
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        lead.put("owner", "");
        return done(new Reply.Applied());
    }

    @Override
    public CompletableFuture<Reply.ToDispatch> dispatch(Leadership by, Batch batch) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        if (watermark().compareTo(batch.next()) >= 0) {
            return done(appended(batch));
        }
        if (!watermark().equals(batch.expected())) {
            return done(new Reply.Regressed(watermark()));
        }
        Position ends = ends();
        if (ends != null && batch.next().compareTo(ends) > 0) {
            return done(new Reply.Bounded(ends));
        }
        List<String> closed = closed(named(batch));
        if (!closed.isEmpty()) {
            return done(new Reply.LanesClosed(closed));
        }
        if (batch.size() > MAX_ENTRIES) {
            return refused("the counts do not fit the entries");
        }
        if (isGroup() && !named(batch).isEmpty()) {
            throw new IllegalArgumentException("a group has no lanes");
        }
        for (Delivery delivery : batch.deliveries()) {
            target(delivery.worker()).addAll(delivery.entries());
        }
        moveWatermark(batch.next());
        if (batch.size() > 0) {
            count("dispatched", batch.size());
        }
        return done(appended(batch));
    }

    private Reply.Appended appended(Batch batch) {
        return new Reply.Appended(
                watermark(),
                number(lead, "roster"),
                clock.getAsLong(),
                isGroup() ? books().backlog() : waiting.size(),
                named(batch).stream().map(this::backlog).toList());
    }

    private static List<String> named(Batch batch) {
        return batch.deliveries().stream()
                .map(Delivery::worker)
                .filter(worker -> !worker.equals(Delivery.WAITING))
                .toList();
    }

    @Override
    public CompletableFuture<Reply.ToSkip> skip(
            Leadership by, Position from, Position to, @Nullable Long count, String cause) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        if (watermark().compareTo(to) >= 0) {
            return done(new Reply.Applied());
        }
        if (!watermark().equals(from)) {
            return done(new Reply.Regressed(watermark()));
        }
        Position ends = ends();
        if (ends != null && to.compareTo(ends) > 0) {
            return done(new Reply.Bounded(ends));
        }
        List<byte[]> gap =
                fields(
                        "from",
                        from.toString(),
                        "to",
                        to.toString(),
                        "cause",
                        cause,
                        "epoch",
                        Long.toString(by.epoch()));
        if (count != null) {
            gap.addAll(fields("count", count.toString()));
            count("lost", count);
        }
        declare(gap);
        count("gaps", 1);
        moveWatermark(to);
        return done(new Reply.Applied());
    }

    @Override
    public CompletableFuture<Reply.ToHandover> announce(
            int slices, int becomes, Position at, @Nullable Position seen) {
        if (number(lead, "slices") != slices) {
            return done(new Reply.OtherSlices((int) number(lead, "slices")));
        }
        Position ends = ends();
        if (at.equals(ends) && number(lead, "becomes") == becomes) {
            return done(new Reply.HandedOn(ends));
        }
        if (!Objects.equals(ends, seen)
                || lead.containsKey("ready")
                || watermark().compareTo(at) >= 0) {
            return done(new Reply.NotNow());
        }
        lead.put("ends", at.toString());
        lead.put("becomes", Integer.toString(becomes));
        return done(new Reply.HandedOn(at));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> retract(int becomes) {
        if (number(lead, "becomes") != becomes) {
            return done(new Reply.HandedOn(ends()));
        }
        if (lead.containsKey("ready")) {
            return done(new Reply.NotNow());
        }
        lead.remove("ends");
        lead.remove("becomes");
        return done(new Reply.HandedOn(null));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> ready(int becomes, boolean inSync) {
        if (number(lead, "becomes") != becomes) {
            return done(new Reply.NotNow());
        }
        if (inSync) {
            lead.put("ready", "1");
        }
        return done(new Reply.HandedOn(ends()));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> take(int becomes, Position at) {
        Position ends = ends();
        if (number(lead, "slices") == becomes && ends == null) {
            return done(new Reply.HandedOn(null));
        }
        if (!at.equals(ends) || number(lead, "becomes") != becomes || !watermark().equals(at)) {
            return done(new Reply.NotNow());
        }
        lead.put("slices", Integer.toString(becomes));
        lead.put("owner", "");
        List.of("ends", "becomes", "ready").forEach(lead::remove);
        return done(new Reply.HandedOn(null));
    }

    @Override
    public CompletableFuture<Reply.ToHandover> open(int becomes, Position at) {
        if (ends() != null) {
            return done(new Reply.NotNow());
        }
        if (!lead.containsKey("watermark") || watermark().compareTo(at) < 0) {
            lead.put("slices", Integer.toString(becomes));
            lead.put("owner", "");
            lead.putIfAbsent("epoch", "0");
            lead.putIfAbsent("beat", "0");
            lead.put("transport", transport.text());
            moveWatermark(at);
        }
        return done(new Reply.HandedOn(null));
    }

    private @Nullable Position ends() {
        return lead.containsKey("ends") ? Position.parse(text(lead, "ends")) : null;
    }

    private Ending ending() {
        return new Ending(ends(), lead.containsKey("ready"));
    }

    @Override
    public CompletableFuture<Roster> roster() {
        List<Roster.Seat> seats = new ArrayList<>();
        workers.forEach(
                (id, fields) ->
                        seats.add(
                                new Roster.Seat(
                                        id,
                                        text(fields, "incarnation"),
                                        number(fields, "beat"),
                                        stateOf(fields),
                                        (int) number(fields, "capacity"),
                                        backlog(id),
                                        number(fields, "head"))));
        gone().forEach(
                        id ->
                                seats.add(
                                        new Roster.Seat(
                                                id, "", 0, WorkerState.LOST, 1, backlog(id), 0)));
        seats.sort(Comparator.comparing(Roster.Seat::id));
        return done(
                new Roster(
                        waiting.size(),
                        List.copyOf(seats),
                        ledger.getOrDefault("dead_trimmed", 0L)));
    }

    private static WorkerState stateOf(Map<String, String> worker) {
        WorkerState state = WorkerState.of(text(worker, "state"));
        return worker.containsKey("wish") && state == WorkerState.LIVE ? WorkerState.QUIET : state;
    }

    @Override
    public CompletableFuture<Usage> usage(boolean bytes) {
        long held =
                bytes(waiting)
                        + retries.stream().mapToLong(due -> due.entry().bytes().length).sum();
        for (ArrayDeque<Entry> lane : lanes.values()) {
            held += bytes(lane);
        }
        return done(new Usage(retries.size(), bytes ? held : -1, 0, 0));
    }

    private static long bytes(ArrayDeque<Entry> entries) {
        return entries.stream().mapToLong(entry -> entry.bytes().length).sum();
    }

    @Override
    public CompletableFuture<Reply.ToReassign> reassign(
            Leadership by, Roster.Seat lost, int maxCrashes, List<String> to) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        Map<String, String> worker = workers.get(lost.id());
        if (worker == null) {
            return done(new Reply.Moved(takeBack(laneOf(lost.id()), 0, maxCrashes, lost.id())));
        }
        boolean lostBefore = text(worker, "state").equals("lost");
        if (!text(worker, "incarnation").equals(lost.incarnation())
                || (!lostBefore && number(worker, "beat") != lost.beat())) {
            return done(new Reply.Alive());
        }
        List<String> closed = isGroup() ? List.of() : closed(to);
        if (!closed.isEmpty()) {
            return done(new Reply.LanesClosed(closed));
        }
        if (!isGroup() && to.contains(lost.id())) {
            return done(new Reply.LanesClosed(List.of(lost.id())));
        }
        if (!lostBefore) {
            worker.put("state", "lost");
            worker.put("epoch", Long.toString(number(worker, "epoch") + 1));
            rosterChanged();
        }
        long head = number(worker, "head");
        long fetched = number(worker, "fetched");
        ArrayDeque<Entry> lane = laneOf(lost.id());
        if (isGroup()) {
            int before = lane.size();
            int left = takeBack(lane, fetched - head, maxCrashes, lost.id());
            leaveBehind(worker, lost.id(), head + before - left, left);
            return done(new Reply.Moved(left));
        }
        int moved = 0;
        int bytes = 0;
        while (!lane.isEmpty() && moved < MAX_ENTRIES && bytes < MAX_MOVED_BYTES) {
            Entry entry = lane.remove();
            ArrayDeque<Entry> target = to.isEmpty() ? waiting : target(to.get(moved % to.size()));
            Entry kept = head + moved < fetched ? markCrash(entry, maxCrashes, lost.id()) : entry;
            if (kept != null) {
                target.add(kept);
            }
            bytes += entry.bytes().length;
            moved++;
        }
        int left = lane.size();
        leaveBehind(worker, lost.id(), head + moved, left);
        return done(new Reply.Moved(left));
    }

    private void leaveBehind(Map<String, String> worker, String id, long head, int left) {
        trimDead();
        if (left > 0) {
            worker.put("head", Long.toString(head));
        } else {
            workers.remove(id);
            rosterChanged();
        }
    }

    /// Appends a piece of what a consumer was given anew, the first so many with a crash mark.
    ///
    /// @return how many it still has
    private int takeBack(ArrayDeque<Entry> lane, long inHand, int maxCrashes, String id) {
        int moved = 0;
        int bytes = 0;
        while (!lane.isEmpty() && moved < MAX_ENTRIES && bytes < MAX_MOVED_BYTES) {
            Entry entry = lane.remove();
            Entry kept = moved < inHand ? markCrash(entry, maxCrashes, id) : entry;
            if (kept != null) {
                waiting.add(kept);
            }
            bytes += entry.bytes().length;
            moved++;
        }
        return lane.size();
    }

    @Override
    public CompletableFuture<Reply.ToDeal> deal(Leadership by, List<String> to) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        List<String> closed = closed(to);
        if (!closed.isEmpty()) {
            return done(new Reply.LanesClosed(closed));
        }
        int moved = 0;
        int bytes = 0;
        while (!waiting.isEmpty() && moved < MAX_ENTRIES && bytes < MAX_MOVED_BYTES) {
            Entry entry = waiting.remove();
            target(to.get(moved % to.size())).add(entry);
            bytes += entry.bytes().length;
            moved++;
        }
        return done(new Reply.Moved(waiting.size()));
    }

    @Override
    public CompletableFuture<Reply.ToRetry> retry(Leadership by, List<String> lanesGiven) {
        if (fenced(by)) {
            return done(new Reply.Fenced());
        }
        List<String> to = isGroup() ? List.of() : lanesGiven;
        List<String> closed = closed(to);
        if (!closed.isEmpty()) {
            return done(new Reply.LanesClosed(closed));
        }
        long now = clock.getAsLong();
        int moved = 0;
        int bytes = 0;
        while (!retries.isEmpty()
                && retries.peek().atMillis() <= now
                && moved < MAX_ENTRIES
                && bytes < MAX_MOVED_BYTES) {
            Entry entry = retries.remove().entry();
            target(to.isEmpty() ? Delivery.WAITING : to.get(moved % to.size())).add(entry);
            bytes += entry.bytes().length;
            moved++;
        }
        Due next = retries.peek();
        return done(
                new Reply.Retried(moved, next == null ? -1 : Math.max(0, next.atMillis() - now)));
    }

    @Override
    public CompletableFuture<Reply.Joined> join(
            String id,
            String incarnation,
            int capacity,
            int maxCrashes,
            Map<String, String> about) {
        if (about.size() > MAX_ABOUT || !Collections.disjoint(about.keySet(), OWN_FIELDS)) {
            throw new IllegalArgumentException("about");
        }
        String other = lead.get("transport");
        if (other != null && !other.equals(transport.text())) {
            return CompletableFuture.failedFuture(
                    Transport.refused(new SliceKeys("model"), other, transport));
        }
        Map<String, String> known = workers.getOrDefault(id, Map.of());
        long epoch = number(known, "epoch");
        long head = number(known, "head");
        long now = clock.getAsLong();
        if (incarnation.equals(known.get("incarnation"))) {
            return done(
                    new Reply.Joined(
                            new Membership(id, incarnation, epoch), head, within(id), now));
        }
        ArrayDeque<Entry> lane = laneOf(id);
        long inHand = Math.min(number(known, "fetched") - head, lane.size());
        for (; isGroup() && inHand > 0; inHand--) {
            Entry kept = markCrash(lane.remove(), maxCrashes, id);
            if (kept != null) {
                waiting.add(kept);
            }
            head++;
        }
        List<Entry> suspects = new ArrayList<>();
        for (long i = 0; i < inHand; i++) {
            suspects.add(lane.remove());
        }
        for (Entry entry : suspects.reversed()) {
            Entry kept = markCrash(entry, maxCrashes, id);
            if (kept != null) {
                lane.addFirst(kept);
            } else {
                head++;
            }
        }
        trimDead();
        Map<String, String> worker = new TreeMap<>();
        worker.put("incarnation", incarnation);
        worker.put("epoch", Long.toString(epoch + 1));
        worker.put("beat", "0");
        worker.put("state", "live");
        worker.put("capacity", Integer.toString(capacity));
        worker.put("head", Long.toString(head));
        worker.put("fetched", Long.toString(head));
        worker.put("joined", Long.toString(now));
        worker.putAll(about);
        if (known.containsKey("wish")) {
            worker.put("wish", "quiet");
        }
        workers.put(id, worker);
        lead.put("transport", transport.text());
        rosterChanged();
        return done(
                new Reply.Joined(
                        new Membership(id, incarnation, epoch + 1), head, within(id), now));
    }

    /// What a live worker may still read.
    private long within(String id) {
        return backlog(id) + (isGroup() ? waiting.size() : 0);
    }

    @Override
    public CompletableFuture<Reply.ToBeat> beat(Membership by, long beat, WorkerState state) {
        Map<String, String> worker = own(by);
        if (worker == null) {
            return done(new Reply.Fenced());
        }
        if (beat <= number(worker, "beat")) {
            return done(new Reply.Applied());
        }
        worker.put("beat", Long.toString(beat));
        if (!state.text().equals(worker.put("state", state.text()))) {
            rosterChanged();
        }
        return done(new Reply.Applied());
    }

    @Override
    public CompletableFuture<Reply.ToLeave> leave(Membership by) {
        if (!workers.containsKey(by.id())) {
            return done(new Reply.Moved(0));
        }
        Map<String, String> worker = own(by);
        if (worker == null) {
            return done(new Reply.Fenced());
        }
        ArrayDeque<Entry> lane = laneOf(by.id());
        int moved = 0;
        int bytes = 0;
        while (!lane.isEmpty() && moved < MAX_ENTRIES && bytes < MAX_MOVED_BYTES) {
            Entry entry = lane.remove();
            waiting.add(entry);
            bytes += entry.bytes().length;
            moved++;
        }
        int left = lane.size();
        if (left > 0) {
            String head = Long.toString(number(worker, "head") + moved);
            worker.put("state", "quiet");
            worker.put("head", head);
            worker.put("fetched", head);
        } else {
            workers.remove(by.id());
        }
        rosterChanged();
        return done(new Reply.Moved(left));
    }

    private static boolean sameEntries(ArrayDeque<Entry> lane, Commit commit) {
        byte[] found = new byte[commit.positions().length];
        int at = 0;
        for (Iterator<Entry> first = lane.iterator(); at < found.length; ) {
            first.next().copyPosition(found, at);
            at += Entry.POSITION_BYTES;
        }
        return Arrays.equals(found, commit.positions());
    }

    @Override
    public CompletableFuture<Reply.ToCommit> commit(Membership by, Commit commit) {
        Map<String, String> worker = own(by);
        if (worker == null || number(worker, "epoch") != by.epoch()) {
            return done(new Reply.Fenced());
        }
        int finished = commit.finishes().size();
        if (finished > MAX_ENTRIES || commit.readFrom() < commit.head() + finished) {
            return refused("reads what it finishes, or finishes too much");
        }
        ArrayDeque<Entry> lane = laneOf(by.id());
        long head = number(worker, "head");
        if (head != commit.head()) {
            if (head < commit.head() + finished || head > commit.readFrom()) {
                return done(new Reply.Misplaced(head));
            }
        } else if (finished > 0) {
            if (commit.positions().length != finished * Entry.POSITION_BYTES) {
                return refused("the positions do not fit their number");
            }
            if (finished > lane.size() || !sameEntries(lane, commit)) {
                return done(new Reply.Misplaced(head));
            }
            if (!commit.finishes().stream().allMatch(SliceModel::valid)) {
                return refused("a stream entry without fields, or with too many");
            }
            for (Finish finish : commit.finishes()) {
                apply(finish, removeFinished(lane), by.id());
            }
            trimDead();
            head += finished;
            worker.put("head", Long.toString(head));
        }
        List<Entry> entries =
                isGroup()
                        ? readFromGroup(worker, lane, head, commit)
                        : read(worker, lane, head, commit);
        long backlog = stateOf(worker) == WorkerState.LIVE ? within(by.id()) : lane.size();
        return done(new Reply.Committed(head, backlog, clock.getAsLong(), entries));
    }

    private static boolean valid(Finish finish) {
        return !(finish instanceof Finish.Emit emit)
                || emit.entries().stream()
                        .map(made -> made.fields().size())
                        .allMatch(size -> size >= 2 && size % 2 == 0 && size <= MAX_FIELDS);
    }

    private void apply(Finish finish, Entry entry, String worker) {
        switch (finish) {
            case Finish.Emit emit -> {
                for (Finish.StreamEntry made : emit.entries()) {
                    List<byte[]> fields = made.fields().stream().map(byte[]::clone).toList();
                    String other = made.stream();
                    if (other == null) {
                        output.add(fields);
                        count("emitted", 1);
                    } else {
                        others.computeIfAbsent(other, name -> new ArrayList<>()).add(fields);
                        count("emitted_elsewhere", 1);
                    }
                }
                count(emit.entries().isEmpty() ? "dropped" : "committed", 1);
            }
            case Finish.PassOn passed -> {
                output.add(
                        passed.fields()
                                .of(
                                        passed.messageId(),
                                        entry.payload(),
                                        bytes(entry.position().toString()),
                                        bytes(Objects.requireNonNullElse(entry.channel(), ""))));
                count("emitted", 1);
                count("committed", 1);
            }
            case Finish.Retry retry -> {
                if (entry.bytes().length < Entry.HEADER_BYTES) {
                    bury(entry, "bad-entry", "no entry that could be tried again", worker, "");
                    count("dead", 1);
                } else {
                    retries.add(
                            new Due(
                                    clock.getAsLong() + retry.delayMillis(),
                                    entry.withOneMoreAttempt()));
                    count("retried", 1);
                }
            }
            case Finish.Expire expire -> {
                count("dropped", 1);
                count("expired", 1);
            }
            case Finish.Bury bury -> {
                bury(entry, bury.reason(), bury.error(), worker, bury.messageId());
                count("dead", 1);
            }
        }
    }

    /// Reads like the script does: in steps, suspects alone.
    private static List<Entry> read(
            Map<String, String> worker, ArrayDeque<Entry> lane, long head, Commit commit) {
        int offset = (int) (commit.readFrom() - head);
        int wanted = Math.min(commit.maxEntries(), MAX_ENTRIES - offset);
        if (wanted <= 0 || offset >= lane.size()) {
            return List.of();
        }
        if (offset > 0 && lane.getFirst().crashes() > 0) {
            return List.of();
        }
        Iterator<Entry> rest = lane.iterator();
        for (int i = 0; i < offset; i++) {
            rest.next();
        }
        List<Entry> got = new ArrayList<>();
        int room = commit.maxBytes();
        int largest = 1;
        int step = 1;
        boolean alone = false;
        while (got.size() < wanted && room > 0 && !alone && rest.hasNext()) {
            int most = got.size() + Math.min(step, wanted - got.size());
            while (got.size() < most && rest.hasNext() && !alone) {
                Entry entry = rest.next();
                alone = entry.crashes() > 0;
                if (alone && offset + got.size() > 0) {
                    break;
                }
                got.add(entry);
                room -= entry.bytes().length;
                largest = Math.max(largest, entry.bytes().length);
                if (room <= 0) {
                    break;
                }
            }
            step = Math.max(1, Math.min(Math.min(128, 2 * step), Math.floorDiv(room, largest)));
        }
        handedOut(worker, commit.readFrom() + got.size());
        return List.copyOf(got);
    }

    private static void handedOut(Map<String, String> worker, long fetched) {
        if (fetched > number(worker, "fetched")) {
            worker.put("fetched", Long.toString(fetched));
        }
    }

    /// The same from a group: what the consumer was given before, then new ones, up to its share.
    private List<Entry> readFromGroup(
            Map<String, String> worker, ArrayDeque<Entry> lane, long head, Commit commit) {
        int offset = (int) (commit.readFrom() - head);
        int wanted = Math.min(commit.maxEntries(), MAX_ENTRIES - offset);
        if (wanted <= 0 || offset > lane.size()) {
            return List.of();
        }
        if (offset > 0 && lane.getFirst().crashes() > 0) {
            return List.of();
        }
        boolean live = stateOf(worker) == WorkerState.LIVE;
        int consumers = Math.max(1, workers.size() + gone().size());
        int share = live ? Math.ceilDiv(waiting.size(), consumers) : 0;
        List<Entry> got = new ArrayList<>();
        int room = commit.maxBytes();
        int largest = 1;
        int step = 1;
        boolean alone = false;
        boolean own = true;
        while (got.size() < wanted && room > 0 && !alone) {
            int most = Math.min(step, wanted - got.size());
            int from = offset + got.size();
            int there = Math.min(most, own ? lane.size() - from : share);
            if (own) {
                own = there == most;
            } else if (there == 0) {
                break;
            } else {
                share -= there;
                for (int i = 0; i < there; i++) {
                    lane.add(waiting.remove());
                }
            }
            for (Entry entry : lane.stream().skip(from).limit(there).toList()) {
                alone = entry.crashes() > 0;
                if (alone && offset + got.size() > 0) {
                    break;
                }
                got.add(entry);
                room -= entry.bytes().length;
                largest = Math.max(largest, entry.bytes().length);
                if (alone || room <= 0) {
                    break;
                }
            }
            if (there > 0) {
                step = Math.max(1, Math.min(Math.min(128, 2 * step), Math.floorDiv(room, largest)));
            }
        }
        if (!got.isEmpty()) {
            handedOut(worker, commit.readFrom() + got.size());
        }
        return List.copyOf(got);
    }

    /// The store trims whole nodes only; here entries have no age.
    @Override
    public CompletableFuture<Long> trim(long maxEntries, Duration maxAge) {
        int went = maxEntries == 0 ? 0 : (int) Math.max(0, output.size() - maxEntries);
        output.subList(0, went).clear();
        if (went > 0) {
            count("trimmed", went);
        }
        return done((long) went);
    }

    /// Does not wait: a model has nobody who could append meanwhile.
    @Override
    public CompletableFuture<Boolean> awaitEntry(String worker, Duration timeout) {
        Map<String, String> known = workers.get(worker);
        boolean takes = known == null || !known.containsKey("wish");
        if (isGroup() && takes && backlog(worker) == 0 && !waiting.isEmpty()) {
            laneOf(worker).add(waiting.remove());
        }
        return done(backlog(worker) > 0);
    }

    /// Gives a consumer some of what waits, as if it had asked.
    public void give(String worker, int entries) {
        for (int i = 0; i < entries && !waiting.isEmpty(); i++) {
            laneOf(worker).add(waiting.remove());
        }
    }

    /// Whether a wait would end now.
    public boolean holds(String worker) {
        return backlog(worker) > 0 || (isGroup() && !waiting.isEmpty());
    }

    /// The entry marked, or null if it was buried.
    private @Nullable Entry markCrash(Entry entry, int maxCrashes, String worker) {
        Entry marked = entry.withOneMoreCrash();
        if (marked.crashes() < maxCrashes) {
            return marked;
        }
        String error =
                "the worker was lost " + marked.crashes() + " times while it held this message";
        bury(marked, "crashed", error, worker, "");
        count("dead", 1);
        return null;
    }

    private void bury(Entry entry, String reason, String error, String worker, String messageId) {
        boolean header = entry.bytes().length >= Entry.HEADER_BYTES;
        List<byte[]> letter =
                fields(
                        "reason",
                        reason,
                        "error",
                        error,
                        "attempts",
                        Integer.toString(header ? entry.attempts() : 0),
                        "crashes",
                        Integer.toString(entry.crashes()),
                        "position",
                        header ? entry.position().toString() : "",
                        "worker",
                        worker);
        letter.add(bytes("payload"));
        letter.add(header ? entry.payload() : entry.bytes());
        String channel = header ? entry.channel() : null;
        if (channel != null) {
            letter.addAll(fields("channel", channel));
        }
        if (!messageId.isEmpty()) {
            letter.addAll(fields("message_id", messageId));
        }
        deadLetters.add(letter);
    }

    /// Once a call, as the scripts do.
    private void trimDead() {
        long over = maxDeadLetters == 0 ? 0 : deadLetters.size() - maxDeadLetters;
        if (over > 0) {
            int trimmed = (int) Math.min(over, MAX_TRIMMED);
            deadLetters.subList(0, trimmed).clear();
            count("dead_trimmed", trimmed);
        }
    }

    boolean fenced(Leadership by) {
        return number(lead, "epoch") != by.epoch() || !by.owner().equals(lead.get("owner"));
    }

    /// The worker's fields if the lane is still this incarnation's.
    @Nullable Map<String, String> own(Membership by) {
        Map<String, String> worker = workers.get(by.id());
        return worker != null
                        && text(worker, "incarnation").equals(by.incarnation())
                        && !text(worker, "state").equals("lost")
                ? worker
                : null;
    }

    private List<String> closed(List<String> to) {
        return to.stream().filter(id -> !takesEntries(workers.getOrDefault(id, Map.of()))).toList();
    }

    private static boolean takesEntries(Map<String, String> worker) {
        return text(worker, "state").equals("live") && !worker.containsKey("wish");
    }

    private ArrayDeque<Entry> target(String worker) {
        return worker.equals(Delivery.WAITING) ? waiting : laneOf(worker);
    }

    private ArrayDeque<Entry> laneOf(String worker) {
        return lanes.computeIfAbsent(worker, id -> new ArrayDeque<>());
    }

    private long backlog(String worker) {
        return laneOf(worker).size();
    }

    private Position watermark() {
        return Position.parse(text(lead, "watermark"));
    }

    Entry removeFinished(ArrayDeque<Entry> lane) {
        return lane.remove();
    }

    void moveWatermark(Position to) {
        lead.put("watermark", to.toString());
        lead.put("moved", Long.toString(clock.getAsLong()));
    }

    @Nullable Map<String, String> worker(String id) {
        return workers.get(id);
    }

    void declare(List<byte[]> gap) {
        gaps.add(gap);
    }

    private void rosterChanged() {
        lead.put("roster", Long.toString(number(lead, "roster") + 1));
    }

    void count(String name, long by) {
        ledger.merge(name, by, Long::sum);
    }

    private static String text(Map<String, String> hash, String name) {
        return hash.getOrDefault(name, "");
    }

    private static long number(Map<String, String> hash, String name) {
        return Long.parseLong(hash.getOrDefault(name, "0"));
    }

    private static List<byte[]> fields(String... namesAndValues) {
        List<byte[]> all = new ArrayList<>();
        for (String text : namesAndValues) {
            all.add(bytes(text));
        }
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> CompletableFuture<T> done(T reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static <T> CompletableFuture<T> refused(String why) {
        return CompletableFuture.failedFuture(new IllegalArgumentException(why));
    }
}
