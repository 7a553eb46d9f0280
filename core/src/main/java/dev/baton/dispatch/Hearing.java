package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.redis.PushListener;
import dev.baton.source.Control;
import dev.baton.source.ControlCodec;
import dev.baton.source.ControlKeys;
import dev.baton.source.Heard;
import dev.baton.source.Numbering;
import dev.baton.source.Subscription;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a dispatcher hears during one subscription: messages are numbered and retained, marks open segments, and what
/// else is said on the control channel goes to whoever is interested. Not thread-safe.
final class Hearing {

    private static final Logger log = LoggerFactory.getLogger(Hearing.class);

    /// Things taken in one step, so that answers and beats are not kept waiting.
    static final int MAX_PER_STEP = 2_000;

    private final String id;
    private final long pipeline;
    private final ControlKeys keys;
    private final long self;
    private final Subscription subscription;
    private final LongSupplier term;
    private final Numbering numbering;
    private final Retained retained;
    private final Counters counters;
    private @Nullable String end;
    private @Nullable String disagreement;
    private boolean inSync;
    private boolean shedding;
    private boolean saidStray;
    private boolean holdsMore;
    private final long firstQuestion;
    private long nextQuestion;
    private @Nullable Long doubtedUntil;
    private @Nullable Position lostAt;
    private @Nullable Position foreignMark;
    private int lostUntilTerm;
    private @Nullable Position beginning;
    private long heardNanos;
    private long controlHeardNanos;

    /// @param nonce random, and not at the end of its range
    /// @param term the term of whoever leads slice 0, as far as it is known at the moment; 0 if it is not
    Hearing(Means means, Subscription subscription, long nonce, LongSupplier term, long nowNanos) {
        this.term = term;
        this.id = means.settings().id();
        this.pipeline = means.pipeline();
        this.keys = means.settings().controlKeys();
        this.self = means.self();
        this.subscription = subscription;
        this.numbering = new Numbering(pipeline, subscription.node());
        this.retained = means.retained();
        this.counters = means.counters();
        this.firstQuestion = nonce;
        this.nextQuestion = nonce;
        this.heardNanos = nowNanos;
        this.controlHeardNanos = nowNanos;
        retained.restart();
    }

    /// Takes in what was heard, up to a bound.
    ///
    /// @param others receives what is said on the control channel, marks included, after it took effect here
    /// @return how many messages were heard
    int takeIn(long nowNanos, Consumer<Control> others) {
        int messages = 0;
        holdsMore = false;
        for (int taken = 0;
                taken < MAX_PER_STEP && messages < MAX_PER_STEP && end == null;
                taken++) {
            Heard next = subscription.poll();
            if (next == null) {
                return messages;
            }
            heardNanos = nowNanos;
            switch (next) {
                case Heard.Publication publication -> {
                    counters.heard.increment();
                    numbering.count(publication.channel(), publication.payload());
                    noteShedding(retained.append(publication.channel(), publication.payload()));
                    messages++;
                }
                case Heard.Publications some -> {
                    hear(some);
                    messages += some.count();
                }
                case Heard.Announcement announcement ->
                        hear(announcement.payload(), nowNanos, others);
                case Heard.Ended ended -> end = ended.cause();
            }
        }
        holdsMore = end == null;
        return messages;
    }

    /// Whether the bound was reached, so that there may be more to take in.
    boolean holdsMore() {
        return holdsMore;
    }

    private void hear(Heard.Publications heard) {
        byte[] bytes = heard.bytes();
        int[] spans = heard.spans();
        for (int i = 0, at = 0; i < heard.count(); i++, at += PushListener.SPAN) {
            int channelLength = heard.several() ? spans[at + 1] : 0;
            int from = spans[at + 2];
            int length = spans[at + 3];
            numbering.count(bytes, spans[at], channelLength, from, length);
            noteShedding(retained.append(bytes, spans[at], channelLength, from, length));
        }
        counters.heard.add(heard.count());
    }

    private void noteShedding(boolean kept) {
        if (!kept && !shedding) {
            log.warn(
                    "dispatcher {}: the buffer is full at {}; what is shed will be declared as a gap",
                    id,
                    retained.end());
        }
        shedding = !kept;
    }

    private void hear(byte[] payload, long nowNanos, Consumer<Control> others) {
        Control control = ControlCodec.decode(payload, keys);
        if (control == null || !Numbering.numberAlike(control.pipeline(), pipeline)) {
            stray(
                    control == null
                            ? "something that is no control message of this version, or not signed with our key"
                            : "a dispatcher with other channels or another stream");
            return;
        }
        if (control instanceof Control.Mark mark && (comesTooLate(mark) || !opens(mark))) {
            return;
        }
        boolean sameSlices = control.pipeline() == pipeline;
        if (sameSlices && control instanceof Control.Probe probe && answersDoubt(probe)) {
            return;
        }
        if (showsALeader(control)) {
            controlHeardNanos = nowNanos;
        }
        if (sameSlices || control instanceof Control.Mark) {
            others.accept(control);
        }
    }

    /// Our own probes show that we hear ourselves, and those of others that stand by only that they do too.
    private boolean showsALeader(Control control) {
        return !(control instanceof Control.Probe probe)
                || (probe.sender() != self && !probe.led().isEmpty());
    }

    /// Whether a mark by which we would begin to number is one of a leader that is known to have been deposed: those who
    /// listen for longer ignore it, and number by a later one.
    private boolean comesTooLate(Control.Mark mark) {
        boolean late =
                !numbering.numbered()
                        && Long.compareUnsigned(
                                        Integer.toUnsignedLong(mark.term()), term.getAsLong())
                                < 0;
        if (late) {
            counters.strayControl.increment();
            log.debug("dispatcher {}: ignored mark {}: it comes too late", id, mark.opens());
        }
        return late;
    }

    private boolean opens(Control.Mark mark) {
        boolean behindBreak =
                (lostAt != null && endsLoss(mark) && !retained.places(lostAt)) || isForeign(mark);
        switch (numbering.hear(mark)) {
            case Numbering.Verdict.Ignored ignored -> {
                counters.strayControl.increment();
                log.debug("dispatcher {}: ignored mark {}: {}", id, mark.opens(), ignored.reason());
                if (ignored.reason() == Numbering.Reason.OTHER_SERVER) {
                    disagreement =
                            "a mark was published to another server than the one listened to";
                }
                return false;
            }
            case Numbering.Verdict.Disagrees disagrees -> {
                counters.disagreements.increment();
                retained.distrust(disagrees.theirs().start());
                behindBreak = true;
                disagreement =
                        "the leader heard "
                                + Integer.toUnsignedString(disagrees.theirs().count())
                                + " messages from "
                                + disagrees.ours().start()
                                + " on, we heard "
                                + Integer.toUnsignedString(disagrees.ours().count())
                                + ", or others";
            }
            case Numbering.Verdict.StartedOver startedOver -> behindBreak = true;
            case Numbering.Verdict.Opened opened -> {}
        }
        if (endsLoss(mark)) {
            lostAt = null;
        }
        if (isForeign(mark)) {
            foreignMark = null;
        }
        long forgotten =
                behindBreak ? retained.openBehindBreak(mark.opens()) : retained.open(mark.opens());
        if (forgotten > 0) {
            log.error(
                    "dispatcher {}: forgets {} messages of a former subscription: mark {} lies before them, so it is a copy, or the store lost its tail while we were away",
                    id,
                    forgotten,
                    mark.opens());
        }
        Position agreedFrom = numbering.coveredFrom();
        if (agreedFrom != null) {
            retained.trust(agreedFrom);
        } else if (numbering.isOwn(mark)) {
            retained.isSure(mark.opens());
        }
        return true;
    }

    /// Says when it changes whether this dispatcher could take over.
    ///
    /// @param covers whether the watermark of every slice lies where it may dispatch from
    void sayWhetherInSync(boolean covers) {
        Position from = numbering.coveredFrom();
        boolean now = from != null && covers;
        if (now != inSync) {
            inSync = now;
            counters.inSync = now;
            log.info("dispatcher {}: {}", id, now ? "in sync from " + from : "not in sync");
        }
    }

    /// Says once what strays on the control channel, and counts it.
    private void stray(String what) {
        counters.strayControl.increment();
        if (!saidStray) {
            saidStray = true;
            log.warn("dispatcher {}: the control channel carries {}; ignored", id, what);
        }
    }

    /// Why the subscription is over, or null while it is not. What was heard until then is retained.
    @Nullable String end() {
        return end;
    }

    /// Why what we heard cannot be trusted to be what others heard, or null.
    @Nullable String disagreement() {
        return disagreement;
    }

    /// The names of marks may mean something else by now.
    void startOver() {
        retained.distrust(Position.atMark(0, 0));
        disagreement = "the store was emptied, and whoever leads began anew";
    }

    /// When anything was last heard.
    long heardNanos() {
        return heardNanos;
    }

    /// When something was last heard on the control channel.
    long controlHeardNanos() {
        return controlHeardNanos;
    }

    /// From where on everything was heard, is numbered like others do, and is still retained; null when not in sync.
    @Nullable Position coveredFrom() {
        Position covered = numbering.coveredFrom();
        if (covered == null) {
            return null;
        }
        Position complete = retained.completeFrom();
        return complete.compareTo(covered) > 0 ? complete : covered;
    }

    /// Whether the newest mark is one of whoever leads slice 0, or led it last. Else somebody there does not know how we
    /// number, and we would lead another slice by numbers of our own.
    boolean followsTheLeader() {
        return Integer.toUnsignedLong(numbering.next().term()) == term.getAsLong();
    }

    Numbering numbering() {
        return numbering;
    }

    /// Publishes on the control channel.
    CompletableFuture<Long> announce(Control control) {
        return subscription.announce(ControlCodec.encode(control, keys));
    }

    /// Nobody led before, or nobody who could be agreed with: what was heard before any mark belongs to this term.
    ///
    /// @param firstOfAll whether nobody ever led before
    void begin(int term, boolean firstOfAll) {
        numbering.begin(term);
        retained.begin(term);
        beginning = firstOfAll ? Position.atMark(term, 0) : null;
    }

    /// Where the very first messages of the flow are, if [#begin] numbered them; else null.
    @Nullable Position beginning() {
        return beginning;
    }

    /// A leader does not know where among the messages its watermark lies. All it heard before its first mark is declared,
    /// unless it learns by then.
    ///
    /// @param term the leader's
    void declareUntilMark(Position watermark, int term) {
        lostAt = watermark;
        lostUntilTerm = term;
    }

    /// Whether a watermark stands behind a mark that only somebody can have heard who numbers otherwise. Then nothing before
    /// the next mark above that one can be trusted to be numbered alike.
    ///
    /// @param epoch of the leader of slice 0, which asks
    boolean isBeyond(Position watermark, long epoch) {
        boolean beyond = numbering.isBeyond(watermark, (int) epoch);
        if (beyond) {
            foreignMark = Position.atMark(watermark.term(), watermark.mark());
        }
        return beyond;
    }

    private boolean isForeign(Control.Mark mark) {
        return foreignMark != null && mark.opens().compareTo(foreignMark) > 0;
    }

    /// The leader leads no longer.
    void forgetDeclaration() {
        lostAt = null;
    }

    private boolean endsLoss(Control.Mark mark) {
        return lostAt != null && Integer.compareUnsigned(mark.term(), lostUntilTerm) >= 0;
    }

    /// The lead was looked at. If it moved, what was published before the look may have been dispatched by somebody else,
    /// also what is still on its way to us. So a probe that names no slice is published, at each look until one comes back
    /// that was published after the move; what was heard before it is forgotten then.
    void doubtUnnumbered(boolean leadMoved) {
        if (leadMoved) {
            doubtedUntil = nextQuestion;
        }
        if (doubtsUnnumbered()) {
            var _ = announce(new Control.Probe(pipeline, nextQuestion++, 0, List.of()));
        }
    }

    /// Whether what was heard before any mark, or will be, may have been dispatched by somebody else.
    boolean doubtsUnnumbered() {
        return !numbering.numbered() && doubtedUntil != null;
    }

    /// Whether a probe is ours; such a one is no sign that others can be heard.
    private boolean answersDoubt(Control.Probe probe) {
        boolean ours =
                probe.sender() == 0
                        && probe.nonce() >= firstQuestion
                        && probe.nonce() < nextQuestion;
        if (ours && doubtedUntil != null && probe.nonce() >= doubtedUntil) {
            doubtedUntil = null;
            forgetUnnumbered();
        }
        return ours;
    }

    /// Forgets what was heard before any mark.
    void forgetUnnumbered() {
        if (!numbering.numbered()) {
            numbering.forgetUnnumbered();
            retained.forgetUnnumbered();
        }
    }

    /// Hears nothing more; what was heard before can still be taken in, and what we announce still goes out.
    void finish() {
        subscription.finish();
    }

    /// Ends the subscription and what it holds.
    void close() {
        subscription.close();
        counters.inSync = false;
    }
}
