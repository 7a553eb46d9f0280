package dev.baton.source;

import dev.baton.Position;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Gives every message its position, alike in every dispatcher, without looking into it: a message's position is the
/// newest mark heard before it and the count of messages since.
///
/// Pure: bytes and marks go in, positions and what is known about agreement come out. A dispatcher *covers* the
/// positions from [#coveredFrom] on: it has heard everything since, and has seen that it numbers like whoever sends the
/// marks. Before the first mark messages are *unnumbered*, they carry term 0. Not thread-safe.
public final class Numbering {

    /// Complete segments remembered, and marks of ours: more than are ever under way. A mark speaks of the newest segment
    /// its sender had heard.
    static final int MAX_SEGMENTS = 64;

    /// How far a mark may be ahead in term or number: far more than are ever lost in a row, and far from where 32 bits
    /// end, so that a forged one cannot use the numbers up.
    static final int MAX_AHEAD = 1 << 20;

    private static final long SLICES_MASK = 0xFF;

    private final long pipeline;
    private final long node;
    private final ArrayDeque<Segment> complete = new ArrayDeque<>(MAX_SEGMENTS);
    private final ArrayDeque<Long> sentNonces = new ArrayDeque<>(MAX_SEGMENTS);
    private int term;
    private int mark;
    private int index;
    private long digest;
    private @Nullable Position countedFrom;
    private @Nullable Position coveredFrom;
    private @Nullable Position lastSent;
    private @Nullable Position ownFrom;

    /// @param pipeline the fingerprint that marks must carry, see [#fingerprint]
    /// @param node the server that the subscription is connected to
    public Numbering(long pipeline, long node) {
        this.pipeline = pipeline;
        this.node = node;
    }

    /// What became of a mark that was heard.
    public sealed interface Verdict {

        /// It opened a segment, and nothing spoke against it.
        record Opened() implements Verdict {}

        /// It opened a segment, but its sender may have numbered what lies before it otherwise: agreement begins here.
        record StartedOver() implements Verdict {}

        /// It opened a segment, but its sender heard something else than we did: agreement begins here.
        record Disagrees(Segment theirs, Segment ours) implements Verdict {}

        /// It has no effect.
        record Ignored(Reason reason) implements Verdict {}
    }

    /// Why a mark has no effect.
    public enum Reason {
        /// It belongs to a pipeline with other settings.
        OTHER_PIPELINE,
        /// It was published to another server, whose order is not ours.
        OTHER_SERVER,
        /// It is so far ahead that no leader can have sent it.
        FAR_AHEAD,
        /// It is not greater than the newest one: a copy, a late one, or one of a former leader.
        NOT_GREATER
    }

    private static final Verdict OPENED = new Verdict.Opened();
    private static final Verdict STARTED_OVER = new Verdict.StartedOver();

    /// A fingerprint of settings that must be the same in all dispatchers, or they would number differently. Its last byte is
    /// the number of slices, on which numbers do not depend: while it is being changed, dispatchers of both listen to the
    /// same marks.
    ///
    /// @param listening what they listen to
    /// @param stream the output stream
    /// @param slices how many slices there are
    public static long fingerprint(Listening listening, String stream, int slices) {
        String heard =
                switch (listening) {
                    case Listening.Channels exact ->
                            "channels " + exact.channels().stream().sorted().toList();
                    case Listening.Sharded exact ->
                            "sharded " + exact.channels().stream().sorted().toList();
                    case Listening.Pattern one -> "pattern " + one.pattern();
                };
        return (Digest.of(stream + " from " + heard) & ~SLICES_MASK) | (slices & SLICES_MASK);
    }

    /// Whether two fingerprints differ in nothing but the number of slices.
    public static boolean numberAlike(long one, long other) {
        return ((one ^ other) & ~SLICES_MASK) == 0;
    }

    /// Whether a mark was heard, or [#begin] stood in for it.
    public boolean numbered() {
        return term != 0;
    }

    /// The position the next message will have.
    public Position next() {
        return new Position(term, mark, index);
    }

    /// From where on everything was heard and is known to be numbered alike; null when not in sync.
    public @Nullable Position coveredFrom() {
        return coveredFrom;
    }

    /// From where on everything was heard and is believed to be numbered alike; null before the first mark.
    public @Nullable Position countedFrom() {
        return countedFrom;
    }

    /// Counts a message. Its position was [#next].
    ///
    /// @param channel the channel's name, or empty when there is one channel
    /// @param payload the published bytes
    public void count(byte[] channel, byte[] payload) {
        index++;
        digest = Digest.add(channel.length == 0 ? digest : Digest.add(digest, channel), payload);
    }

    /// Counts a message that lies in an array. Its position was [#next].
    ///
    /// @param bytes hold channel and payload, at any places
    /// @param channelFrom where the channel begins
    /// @param channelLength in bytes; 0 when there is one channel
    /// @param from where the payload begins
    /// @param length of the payload in bytes
    public void count(byte[] bytes, int channelFrom, int channelLength, int from, int length) {
        index++;
        digest =
                Digest.add(
                        channelLength == 0
                                ? digest
                                : Digest.add(digest, bytes, channelFrom, channelLength),
                        bytes,
                        from,
                        length);
    }

    /// Takes in a mark.
    public Verdict hear(Control.Mark heard) {
        if (!numberAlike(heard.pipeline(), pipeline)) {
            return new Verdict.Ignored(Reason.OTHER_PIPELINE);
        }
        if (heard.node() != node) {
            return new Verdict.Ignored(Reason.OTHER_SERVER);
        }
        if (heard.opens().compareTo(Position.atMark(term, mark)) <= 0) {
            return new Verdict.Ignored(Reason.NOT_GREATER);
        }
        if (numbered() && farAhead(heard)) {
            return new Verdict.Ignored(Reason.FAR_AHEAD);
        }
        if (numbered()) {
            remember(complete, new Segment(term, mark, index, digest));
        }
        Verdict verdict = judge(heard);
        open(heard);
        return verdict;
    }

    private boolean farAhead(Control.Mark heard) {
        int ahead = heard.term() == term ? heard.mark() - mark : heard.term() - term;
        return Integer.compareUnsigned(ahead, MAX_AHEAD) > 0;
    }

    private static <T> void remember(ArrayDeque<T> newest, T one) {
        if (newest.size() == MAX_SEGMENTS) {
            newest.removeFirst();
        }
        newest.addLast(one);
    }

    private Verdict judge(Control.Mark heard) {
        Segment theirs = heard.closed();
        Segment ours = theirs == null ? null : find(theirs.term(), theirs.mark());
        if (theirs != null && ours != null && !ours.equals(theirs)) {
            startOverAt(heard.opens());
            return new Verdict.Disagrees(theirs, ours);
        }
        boolean own = isOwn(heard);
        if (own && ownFrom == null) {
            ownFrom = heard.opens();
        }
        if (ours != null) {
            if (coveredFrom == null && (!own || isOwn(ours))) {
                coveredFrom = ours.start();
            }
            return OPENED;
        }
        if (own || (heard.term() == term && !contradicts(theirs))) {
            return OPENED;
        }
        // Another leader that says nothing we can check may have had nobody to agree with.
        startOverAt(heard.opens());
        return STARTED_OVER;
    }

    /// Whether a segment lies behind a mark of ours. Our own account of another one shows nothing.
    private boolean isOwn(Segment segment) {
        return ownFrom != null && segment.start().compareTo(ownFrom) >= 0;
    }

    /// Whether a segment that we do not know ought to be known: it lies neither before what we counted nor before what we
    /// remember. A leader that no longer hears itself goes on speaking of the last segment it knew.
    private boolean contradicts(@Nullable Segment unknown) {
        Segment oldest = complete.peekFirst();
        return unknown != null
                && countedFrom != null
                && oldest != null
                && unknown.start().compareTo(countedFrom) >= 0
                && unknown.start().compareTo(oldest.start()) > 0;
    }

    private @Nullable Segment find(int ofTerm, int ofMark) {
        for (Segment segment : complete) {
            if (segment.term() == ofTerm && segment.mark() == ofMark) {
                return segment;
            }
        }
        return null;
    }

    private void startOverAt(Position opens) {
        coveredFrom = null;
        countedFrom = opens;
    }

    /// The account of a segment begins with the nonce of its mark: two marks of one name, by a leader and one that does not
    /// know yet that it was deposed, open segments that differ, also when no message is in them.
    private void open(Control.Mark heard) {
        term = heard.term();
        mark = heard.mark();
        index = 0;
        digest = heard.nonce();
    }

    /// Numbers what was heard before any mark: it follows mark 0 of a term. For a leader that has nobody to agree with.
    ///
    /// @throws IllegalStateException if a mark was heard
    public void begin(int ofTerm) {
        if (numbered()) {
            throw new IllegalStateException("numbered by a mark already: " + next());
        }
        term = ofTerm;
        countedFrom = Position.atMark(ofTerm, 0);
        coveredFrom = countedFrom;
    }

    /// Forgets what was heard before any mark.
    ///
    /// @throws IllegalStateException if a mark was heard
    public void forgetUnnumbered() {
        if (numbered()) {
            throw new IllegalStateException("numbered by a mark already: " + next());
        }
        index = 0;
        digest = 0;
    }

    /// Whether a position that somebody gave follows no mark heard or sent here, but a later one.
    ///
    /// @param epoch of the one who sends the marks; those of a former one need not have reached it
    public boolean isBeyond(Position foreign, int epoch) {
        Position its = Position.atMark(foreign.term(), foreign.mark());
        return its.compareTo(Position.atMark(epoch, 0)) > 0
                && its.compareTo(Position.atMark(term, mark)) > 0
                && (lastSent == null || its.compareTo(lastSent) > 0);
    }

    /// Whether a mark was sent from here.
    public boolean isOwn(Control.Mark one) {
        return sentNonces.contains(one.nonce());
    }

    /// The next mark to send: greater than every mark heard or heard of, and never one that was sent before.
    ///
    /// @param epoch the sender's
    /// @param nonce random
    public Control.Mark nextMark(int epoch, long nonce) {
        Position newest = Position.atMark(epoch, 0);
        Position heard = Position.atMark(term, mark);
        if (heard.compareTo(newest) > 0) {
            newest = heard;
        }
        if (lastSent != null && lastSent.compareTo(newest) > 0) {
            newest = lastSent;
        }
        return mark(Position.atMark(newest.term(), newest.mark() + 1), nonce);
    }

    /// The mark to send at which a slicing ends, until it or a greater one is heard. Others may have sent it before: for all
    /// who listen the first one counts.
    ///
    /// @param nonce random
    public Control.Mark lastMark(Position end, long nonce) {
        return mark(end, nonce);
    }

    private Control.Mark mark(Position opens, long nonce) {
        lastSent = opens;
        remember(sentNonces, nonce);
        return new Control.Mark(
                pipeline, nonce, node, opens.term(), opens.mark(), complete.peekLast());
    }
}
