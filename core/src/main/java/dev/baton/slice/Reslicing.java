package dev.baton.slice;

import dev.baton.Position;
import dev.baton.redis.RedisConnector;
import dev.baton.redis.StoreConnection;
import dev.baton.redis.UnfitStoreException;
import io.lettuce.core.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Changes the number of slices of a pipeline that runs. All slices of the old number end at one mark that nobody has
/// published yet, those of the new number begin there. Dispatchers of both numbers run side by side meanwhile: the old ones
/// bring in what lies before the mark, the new ones keep what follows.
///
/// Nothing is kept here: every call looks first and may be repeated, also by another process. Blocks; not thread-safe.
public final class Reslicing implements AutoCloseable {

    /// Terms that are left to fail-overs until the switch; each change of the number uses up so many of 2^32.
    static final int TERMS_AHEAD = 4_096;

    private static final long MAX_TERM = 4_294_967_295L;

    private static final int MAX_ATTEMPTS = 20;

    private final String stream;
    private final int from;
    private final int to;
    private final RedisConnector connector;
    private final StoreConnection connection;
    private final List<SliceKeys> old;
    private final List<SliceKeys> next;
    private final List<SliceKeys> added;
    private final List<SliceKeys> kept;
    private final List<SliceKeys> gone;
    private List<SliceBooks> goneBooks = List.of();

    /// How far it is.
    public sealed interface State {

        /// Nobody with the new number is in sync yet. Nothing has changed, and it can be taken back.
        record Waiting(Position end) implements State {}

        /// Slices still have to bring in what lies before the mark.
        record Ending(Position end, int slices) implements State {}

        /// The new number is in force. Slices that it does not have still hold messages for the workers of the old one.
        record Draining(int slices, long entries) implements State {}

        /// All is done.
        record Done() implements State {}
    }

    /// What the lead of a slice says.
    private record Look(
            int slices,
            @Nullable Position ends,
            int becomes,
            boolean ready,
            @Nullable Position watermark,
            long epoch) {

        boolean endsHere() {
            return ends != null && watermark != null && watermark.compareTo(ends) >= 0;
        }
    }

    /// @param connector stays the caller's to close
    /// @param from the number of slices the stream has
    /// @param to the number it shall have
    /// @throws dev.baton.redis.RedisUnreachableException if the server does not answer
    /// @throws IllegalArgumentException if the numbers are out of range or the same
    public Reslicing(RedisConnector connector, String stream, int from, int to) {
        if (from == to) {
            throw new IllegalArgumentException("the stream has " + from + " slices already");
        }
        this.stream = stream;
        this.from = from;
        this.to = to;
        this.connector = connector;
        old = SliceKeys.of(stream, from);
        next = SliceKeys.of(stream, to);
        added = without(next, old);
        kept = without(next, added);
        gone = without(old, next);
        connection = connector.store();
    }

    private static List<SliceKeys> without(List<SliceKeys> all, List<SliceKeys> others) {
        Set<SliceKeys> left = new HashSet<>(others);
        return all.stream().filter(keys -> !left.contains(keys)).toList();
    }

    /// Ends every slice at one mark, unless that was done already. Slice 0 comes last: nobody begins with the new number
    /// before it ends.
    ///
    /// @throws UnfitStoreException if the stream has another number of slices, or is being changed to another one
    public void announce() {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            if (switched()) {
                mustHaveBeenChanged();
                return;
            }
            if (announced()) {
                return;
            }
        }
        throw new UnfitStoreException(
                "stream '%s': somebody else changes the number of slices at the same time"
                        .formatted(stream));
    }

    /// Whoever gives numbers the stream never had is not to read that all is done.
    private void mustHaveBeenChanged() {
        if (!gone.isEmpty() && gone.stream().allMatch(keys -> look(keys).slices() == 0)) {
            throw new UnfitStoreException(
                    "stream '%s' has %d slices, not %d".formatted(stream, to, from));
        }
    }

    private boolean announced() {
        List<Look> looks = old.stream().map(this::look).toList();
        Position known = endOf(looks);
        if (looks.getFirst().becomes() == to && known != null) {
            announceAgain(looks, known);
            return true;
        }
        looks.forEach(this::check);
        added.forEach(this::mustBeDrained);
        Position end = newEnd(looks);
        for (int number = from - 1; number >= 0; number--) {
            Reply.ToHandover reply =
                    step(old.get(number)).announce(from, to, end, looks.get(number).ends()).join();
            if (!(reply instanceof Reply.HandedOn)) {
                return false;
            }
        }
        return true;
    }

    /// Where the slices end, or null if nothing is announced.
    private @Nullable Position endOf(List<Look> looks) {
        for (Look look : looks) {
            if (look.becomes() == to && look.ends() != null) {
                return look.ends();
            }
        }
        return null;
    }

    /// A node of a cluster that failed over may have lost what it was told.
    private void announceAgain(List<Look> looks, Position end) {
        for (int number = 0; number < from; number++) {
            Look look = looks.get(number);
            if (look.slices() != from || end.equals(look.ends())) {
                continue;
            }
            if (!isBefore(look, end)) {
                throw new UnfitStoreException(
                        "slice %s lost the announcement, and has come past %s with the old number: give every slice the end it has and start over, or keep the old number"
                                .formatted(old.get(number).stream(), end));
            }
            step(old.get(number)).announce(from, to, end, look.ends()).join();
        }
    }

    private void mustBeDrained(SliceKeys keys) {
        Look look = look(keys);
        if (look.ends() != null) {
            throw new UnfitStoreException(
                    "stream '%s' still drains from an earlier change: run 'baton reslice --slices %d --to %d' to its end first"
                            .formatted(keys.stream(), look.slices(), look.becomes()));
        }
    }

    private void check(Look look) {
        if (look.slices() == 0) {
            throw new UnfitStoreException(
                    "stream '%s' is not led in all of its %d slices: start dispatchers with --slices %d first, or give the number it has"
                            .formatted(stream, from, from));
        }
        if (look.slices() != from) {
            throw new UnfitStoreException(
                    "stream '%s' has %d slices, not %d".formatted(stream, look.slices(), from));
        }
        if (look.becomes() != 0 && look.becomes() != to) {
            throw new UnfitStoreException(
                    "stream '%s' is being changed to %d slices; take that back with --cancel, or let it end"
                            .formatted(stream, look.becomes()));
        }
    }

    /// Above whatever was led or dispatched in a slice of either number, by so much that fail-overs do not reach it.
    private Position newEnd(List<Look> looks) {
        long term = Math.max(looks.getFirst().epoch(), look(next.getFirst()).epoch());
        List<Look> all = new ArrayList<>(looks);
        added.forEach(keys -> all.add(look(keys)));
        for (Look look : all) {
            if (look.watermark() != null) {
                term = Math.max(term, Integer.toUnsignedLong(look.watermark().term()));
            }
        }
        if (term + TERMS_AHEAD > MAX_TERM) {
            throw new UnfitStoreException(
                    "stream '%s': its terms are used up; begin a new stream".formatted(stream));
        }
        return Position.atMark((int) (term + TERMS_AHEAD), 1);
    }

    /// Looks, and does what can be done: to be called until it answers [State.Done].
    ///
    /// @throws UnfitStoreException if nothing was announced, or it was taken back
    public State advance() {
        if (!switched()) {
            List<Look> looks = old.stream().map(this::look).toList();
            Look first = looks.getFirst();
            Position end = endOf(looks);
            if (end == null) {
                throw new UnfitStoreException(
                        "stream '%s' is not being changed to %d slices; perhaps somebody took it back"
                                .formatted(stream, to));
            }
            announceAgain(looks, end);
            // Those that were handed over by whoever was interrupted have come to their end too.
            int left = (int) looks.stream().filter(look -> isBefore(look, end)).count();
            if (left > 0) {
                return first.ready() || first.slices() == to
                        ? new State.Ending(end, left)
                        : new State.Waiting(end);
            }
            switchOver(end);
        }
        return drain();
    }

    private boolean isBefore(Look look, Position end) {
        return look.slices() == from
                && (look.watermark() == null || look.watermark().compareTo(end) < 0);
    }

    /// Slice 0 of the new number comes last: it says whether all is done.
    private void switchOver(Position end) {
        for (int number = to - 1; number >= 0; number--) {
            SliceKeys keys = next.get(number);
            Reply.ToHandover reply =
                    kept.contains(keys)
                            ? step(keys).take(to, end).join()
                            : step(keys).open(to, end).join();
            if (!(reply instanceof Reply.HandedOn)) {
                throw new IllegalStateException(
                        "slice %s is not where it was a moment ago; run it again"
                                .formatted(keys.stream()));
            }
        }
    }

    private boolean switched() {
        return next.stream().allMatch(this::isSwitched);
    }

    private boolean isSwitched(SliceKeys keys) {
        Look look = look(keys);
        return look.slices() == to && look.ends() == null;
    }

    private State drain() {
        int left = 0;
        long entries = 0;
        for (SliceKeys keys : gone) {
            Look look = look(keys);
            Position end = look.ends();
            if (look.slices() != from || look.becomes() != to || end == null) {
                continue;
            }
            long held = held(keys);
            if (look.endsHere() && held == 0) {
                step(keys).take(to, end).join();
            } else {
                left++;
                entries += held;
            }
        }
        return left == 0 ? new State.Done() : new State.Draining(left, entries);
    }

    private long held(SliceKeys keys) {
        if (goneBooks.isEmpty()) {
            goneBooks = SliceBooks.open(connector, gone);
        }
        Books found = goneBooks.get(gone.indexOf(keys)).read();
        return found.backlog() + found.retry();
    }

    /// Takes the announcement back.
    ///
    /// @return false if it is too late: one with the new number is in sync, and the mark may be published
    public boolean retract() {
        if (switched()) {
            return false;
        }
        if (endOf(old.stream().map(this::look).toList()) == null) {
            throw new UnfitStoreException(
                    "stream '%s' is not being changed from %d to %d slices: nothing to take back"
                            .formatted(stream, from, to));
        }
        for (SliceKeys keys : old) {
            if (!(step(keys).retract(to).join() instanceof Reply.HandedOn)) {
                return false;
            }
        }
        return true;
    }

    private Handover step(SliceKeys keys) {
        Transport found = TransportCheck.find(connection, old.getFirst());
        return new RedisHandover(
                connection.reach(keys.lead()), keys, found == null ? Transport.LISTS : found);
    }

    private Look look(SliceKeys keys) {
        List<KeyValue<byte[], byte[]>> fields =
                connection
                        .reach(keys.lead())
                        .sync()
                        .hmget(
                                keys.lead(),
                                bytes("slices"),
                                bytes("ends"),
                                bytes("becomes"),
                                bytes("ready"),
                                bytes("watermark"),
                                bytes("epoch"));
        return new Look(
                (int) number(fields.get(0)),
                position(fields.get(1)),
                (int) number(fields.get(2)),
                !text(fields.get(3)).isEmpty(),
                position(fields.get(4)),
                number(fields.get(5)));
    }

    private static long number(KeyValue<byte[], byte[]> field) {
        String text = text(field);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static @Nullable Position position(KeyValue<byte[], byte[]> field) {
        String text = text(field);
        return text.isEmpty() ? null : Position.parse(text);
    }

    private static String text(KeyValue<byte[], byte[]> field) {
        return field.isEmpty() ? "" : new String(field.getValue(), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        goneBooks.forEach(SliceBooks::close);
        connection.close();
    }
}
