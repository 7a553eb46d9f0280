package dev.baton.dispatch;

import dev.baton.duty.Call;
import dev.baton.slice.Lead;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Control;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a dispatcher is to one slice: it stands by, leads, or is about to give it up. Not thread-safe.
final class SliceRole {

    private static final Logger log = LoggerFactory.getLogger(SliceRole.class);

    private final Means means;
    private final Slice slice;
    private final int number;
    private final Candidacy.Knowledge knowledge;
    private final Candidacy candidacy;
    private final Call<Reply.ToResign> resignation;
    private final LaneChoice choice;
    private @Nullable Leader leader;
    private @Nullable Long yieldsTo;
    private @Nullable CompletableFuture<Long> farewell;
    private long farewellUntilNanos;

    SliceRole(Means means, Slice slice, int number, Candidacy.Knowledge knowledge) {
        this.means = means;
        this.slice = slice;
        this.number = number;
        this.knowledge = knowledge;
        this.candidacy = new Candidacy(means, slice, number, knowledge);
        this.resignation = means.calls().line();
        this.choice = means.settings().strategy().get();
    }

    Election election() {
        return candidacy.election();
    }

    int number() {
        return number;
    }

    /// Whether it is known who leads.
    boolean looked() {
        return leader != null || election().seen() != null;
    }

    /// Whether it leads, or could take over without a gap.
    boolean covers(Hearing heard) {
        return leader != null || candidacy.covers(heard);
    }

    /// Whether the lead says that the slice has another number of slices.
    boolean isOthers() {
        return leader == null && candidacy.isOthers();
    }

    /// Whether it leads, or the lead says that the slice has our number of slices.
    boolean isOurs() {
        Lead seen = election().seen();
        return leader != null || (seen != null && seen.slices() == means.slices());
    }

    /// Whether all of it is in the store up to where it ends, because the number of slices is being changed.
    boolean isAtItsEnd() {
        Leader leading = leader;
        if (leading != null) {
            return leading.isAtItsEnd();
        }
        Lead seen = election().seen();
        return seen != null && seen.slices() == means.slices() && seen.atItsEnd();
    }

    /// The leader, or null while it stands by.
    @Nullable Leader leader() {
        return leader;
    }

    /// Whether it leads and is not about to give the slice up.
    boolean keeps() {
        return leader != null && yieldsTo == null;
    }

    /// Whether a claim is under way.
    boolean claims() {
        return candidacy.claims();
    }

    /// A subscription begins.
    void begin(long nowNanos) {
        candidacy.begin(nowNanos);
    }

    /// Calls under way are forgotten: the subscription is over.
    void cancel() {
        candidacy.cancel();
    }

    /// Gives the slice up for a dispatcher; takes a round trip or two.
    ///
    /// @param heir may be ourselves, for another epoch
    void yieldTo(long heir) {
        yieldsTo = heir;
    }

    /// A probe's account of this slice was heard.
    void hear(Control.Led led, long nowNanos) {
        if (number > 0) {
            election().heardOfAtMost(led.epoch());
        }
        if (leader == null) {
            candidacy.release(led, nowNanos);
        }
    }

    /// The slice was given up by its leader.
    void hear(Control.Resigned gone, long nowNanos) {
        if (leader == null) {
            candidacy.heardResignation(gone.wish() == 0 || gone.wish() == means.self(), nowNanos);
        }
    }

    /// Takes in answers of a candidate.
    ///
    /// @return whether it leads now
    boolean poll(long nowNanos) {
        return leader == null && candidacy.poll(nowNanos) && leader != null;
    }

    /// Looks, and claims when it may. Returns in how many nanoseconds it wants to be called again.
    long standBy(Hearing heard, Voice voice, long nowNanos) {
        return candidacy.doWork(
                heard,
                (granted, seen, answeredNanos) ->
                        beginToLead(granted, seen, heard, voice, answeredNanos),
                nowNanos);
    }

    /// Leads, or goes. Returns in how many nanoseconds it wants to be called again.
    long lead(Leader leading, Hearing heard, Leave all, long nowNanos) {
        if (resignation.busy()) {
            resignation.poll(nowNanos);
            return resignation.busy() ? Long.MAX_VALUE : 0;
        }
        CompletableFuture<Long> said = farewell;
        if (said != null) {
            return takeLeave(said, heard, nowNanos);
        }
        if (leading.outlived() && yieldsTo == null) {
            log.info(
                    "dispatcher {}: something bears a later term than {}; claiming {} anew",
                    means.settings().id(),
                    leading.leadership().epoch(),
                    means.settings().streamOf(number));
            yieldTo(means.self());
        }
        Leave leave = all == Leave.NOT && yieldsTo != null ? Leave.AT_ONCE : all;
        long rest = leading.doWork(leave, nowNanos);
        if (leading.fenced()) {
            log.warn(
                    "dispatcher {}: somebody else leads {} now; standing by",
                    means.settings().id(),
                    means.settings().streamOf(number));
            stopLeading(heard, nowNanos);
            return 0;
        }
        if (leading.mayGo(leave)) {
            Leadership leadership = leading.leadership();
            resignation.begin(
                    () -> slice.resign(leadership),
                    (reply, answeredNanos) -> resigned(reply, heard, leadership, answeredNanos));
            return 0;
        }
        return rest;
    }

    private void beginToLead(
            Reply.Granted granted, Lead seen, Hearing heard, Voice voice, long nowNanos) {
        Leadership leadership = granted.leadership();
        election().heardOf(leadership.epoch());
        log.info(
                "dispatcher {} leads {} in epoch {} from {}",
                means.settings().id(),
                means.settings().streamOf(number),
                leadership.epoch(),
                granted.watermark());
        if (granted.gapFrom() != null) {
            log.warn(
                    "what was published between {} and {} may be lost; declared as a gap",
                    granted.gapFrom(),
                    granted.watermark());
        }
        if (number == 0) {
            knowledge.leadsGeneration(granted.generation());
        }
        Leader.WaitsFor waitsFor = number == 0 ? ownMarks(granted, seen, heard) : placeOf(granted);
        Marking marking =
                number > 0
                        ? null
                        : new Marking(
                                heard,
                                leadership,
                                granted.ending(),
                                means.random(),
                                means.settings().markInterval().toNanos(),
                                nowNanos);
        voice.begin(nowNanos);
        yieldsTo = null;
        leader =
                new Leader(
                        means, slice, number, granted, voice, marking, waitsFor, choice, nowNanos);
    }

    /// Whoever leads slice 0 without having heard a mark numbers what it heard itself, unless others, who may have numbered
    /// it otherwise, led other slices before.
    private Leader.WaitsFor ownMarks(Reply.Granted granted, Lead seen, Hearing heard) {
        int epoch = (int) granted.leadership().epoch();
        boolean alone = !heard.numbering().numbered();
        if (alone
                && unmoved(granted, seen)
                && knowledge.neverLedElsewhere()
                && !granted.ending().ready()) {
            heard.begin(epoch, seen.equals(Lead.NONE) && granted.gapFrom() == null);
        }
        boolean lost = !means.retained().places(granted.watermark());
        if (lost) {
            heard.declareUntilMark(granted.watermark(), epoch);
        }
        return alone || lost ? Leader.WaitsFor.OUR_MARK : Leader.WaitsFor.NOTHING;
    }

    /// Whether nobody dispatched between our look and our claim. Otherwise that may be what we heard and could not number:
    /// it is forgotten at our first mark, and declared.
    private static boolean unmoved(Reply.Granted granted, Lead seen) {
        var before = granted.gapFrom() == null ? granted.watermark() : granted.gapFrom();
        return seen.watermark() == null || seen.watermark().equals(before);
    }

    private Leader.WaitsFor placeOf(Reply.Granted granted) {
        boolean placed =
                means.retained().places(granted.watermark())
                        || granted.watermark().equals(means.retained().floor());
        return placed ? Leader.WaitsFor.NOTHING : Leader.WaitsFor.A_PLACE;
    }

    /// Tells those who stand by, so that they need not wait for their next look.
    private void resigned(
            Reply.ToResign reply, Hearing heard, Leadership leadership, long nowNanos) {
        if (reply instanceof Reply.Fenced) {
            stopLeading(heard, nowNanos);
            return;
        }
        Long wish = yieldsTo;
        if (wish != null && wish == means.self()) {
            candidacy.comeBack(nowNanos);
        } else if (wish != null) {
            candidacy.leaveToOthers(nowNanos);
        }
        CompletableFuture<Long> said =
                heard.announce(
                        new Control.Resigned(
                                means.pipeline(),
                                number,
                                leadership.epoch(),
                                wish == null ? 0 : wish));
        farewell = said;
        Runnable wake = means.calls().wake();
        var _ = said.whenComplete((receivers, failure) -> wake.run());
        farewellUntilNanos = nowNanos + means.beatNanos();
    }

    private long takeLeave(CompletableFuture<Long> said, Hearing heard, long nowNanos) {
        if (!said.isDone() && nowNanos - farewellUntilNanos < 0) {
            return farewellUntilNanos - nowNanos;
        }
        farewell = null;
        stopLeading(heard, nowNanos);
        return 0;
    }

    private void stopLeading(Hearing heard, long nowNanos) {
        leader = null;
        yieldsTo = null;
        means.retained().forgetPlans(number);
        candidacy.begin(nowNanos);
        if (number == 0) {
            heard.forgetDeclaration();
        }
    }
}
