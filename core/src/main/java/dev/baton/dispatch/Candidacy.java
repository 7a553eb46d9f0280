package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.slice.Claim;
import dev.baton.slice.Lead;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import dev.baton.source.Control;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A dispatcher that stands by for one slice: looks at its lead every beat, releases what it need not keep, and claims when
/// it may.
///
/// Slice 0 may be claimed by anyone, for whoever leads it says how messages are numbered. Any other may only be claimed by
/// one that is known to number like that. Not thread-safe.
final class Candidacy {

    private static final Logger log = LoggerFactory.getLogger(Candidacy.class);

    /// Beats that a candidate without coverage waits longer, so that one with coverage, which looks every beat, comes first.
    private static final int GRACE_BEATS = 3;

    /// Beats for which a slice is left to the one it was given up for.
    private static final int COURTESY_BEATS = 3;

    /// While successors wait for the switch, so many looks are made in a beat.
    private static final int LOOKS_PER_BEAT_AT_SWITCH = 16;

    /// For each slice it leads already, a candidate waits so much of a beat longer: whoever leads least comes first.
    private static final int LOAD_PARTS_OF_BEAT = 10;

    private final Means means;
    private final Slice slice;
    private final int number;
    private final Knowledge knowledge;
    private final Election election;
    private final Call<Lead> look;
    private final Call<Reply.ToClaim> claim;
    private long nextLookNanos;
    private boolean wished;
    private boolean comesBack;
    private boolean leftToOthers;
    private long leftToOthersUntilNanos;

    /// What a candidate knows of the other slices.
    interface Knowledge {

        /// Whether all leads were looked up.
        boolean allSeen();

        /// Whether no slice but 0 was ever led, as far as the store knows; false while that was not looked up yet.
        boolean neverLedElsewhere();

        /// Whether any slice is known to have been led, whatever the store says now.
        boolean everLed();

        /// How many slices this dispatcher leads.
        int led();

        /// Whether this dispatcher leads slice 0 and is not known to be heard yet.
        boolean waitsToBeHeard();

        /// Where the very first leader began to number, if that was this dispatcher; else null.
        @Nullable Position beginning();

        /// A watermark of some slice was seen.
        void saw(Position watermark);

        /// The state of the store in which slice 0 is was seen.
        void sawGeneration(String generation);

        /// Slice 0 is ours, in this state of the store: its terms are above all that were heard of.
        void leadsGeneration(String generation);

        /// Whether the pipeline still has another number of slices, which is being changed to ours.
        boolean succeeds();

        /// Where our slices begin then, or null.
        @Nullable Position opensAt();

        /// Whether slice 0 of our number has come to its end, because the number is being changed.
        boolean firstIsAtItsEnd();

        /// Whether the lead of slice 0 says nothing against our number of slices.
        boolean numberFits();
    }

    /// Receives the answer to a claim that was granted.
    @FunctionalInterface
    interface Success {
        void granted(Reply.Granted granted, Lead seen, long nowNanos);
    }

    Candidacy(Means means, Slice slice, int number, Knowledge knowledge) {
        this.means = means;
        this.slice = slice;
        this.number = number;
        this.knowledge = knowledge;
        this.election = new Election(means.leaseNanos(), GRACE_BEATS * means.beatNanos());
        this.look = means.calls().line();
        this.claim = means.calls().line();
    }

    Election election() {
        return election;
    }

    /// Begins anew with a look.
    void begin(long nowNanos) {
        election.forget();
        nextLookNanos = nowNanos;
    }

    /// Forgets what is under way.
    void cancel() {
        look.cancel();
        claim.cancel();
    }

    /// Whether a claim is under way.
    boolean claims() {
        return claim.busy();
    }

    /// Takes in answers. Returns whether a claim was granted.
    boolean poll(long nowNanos) {
        look.poll(nowNanos);
        return claim.poll(nowNanos);
    }

    /// Looks and claims when it is time. Returns in how many nanoseconds it wants to be called again.
    long doWork(Hearing heard, Success success, long nowNanos) {
        if (claim.busy()) {
            return means.beatNanos();
        }
        // Looks may have become more frequent since the next one was fixed.
        nextLookNanos = Math.min(nextLookNanos - nowNanos, lookNanos()) + nowNanos;
        if (!look.busy() && nowNanos - nextLookNanos >= 0) {
            nextLookNanos = nowNanos + lookNanos();
            look.begin(slice::lead, (lead, answeredNanos) -> observe(lead, heard, answeredNanos));
        }
        releaseOthers(nowNanos);
        long untilLook = look.busy() ? means.beatNanos() : nextLookNanos - nowNanos;
        if (!mayClaim(heard, nowNanos)) {
            return Math.max(0, untilLook);
        }
        boolean covered = covers(heard);
        boolean first = covered || comesBack;
        election.waitLonger(wished ? 0 : load());
        Lead claimable = election.claimable(first, nowNanos);
        if (claimable != null) {
            boolean forced = !covered || claimable.watermark() == null;
            Position from = forced ? start(claimable, heard) : heard.coveredFrom();
            if (from != null || number == 0) {
                beginClaim(claimable, forced, from, success);
                return 0;
            }
            return Math.max(0, untilLook);
        }
        return Math.max(0, Math.min(untilLook, election.claimableInNanos(first, nowNanos)));
    }

    private long load() {
        return number == 0 ? 0 : knowledge.led() * (means.beatNanos() / LOAD_PARTS_OF_BEAT);
    }

    /// One that waits for the switch looks often once the mark was heard behind which our slices begin.
    private long lookNanos() {
        Position opens = knowledge.opensAt();
        boolean soon =
                knowledge.succeeds()
                        && opens != null
                        && means.retained().end().compareTo(opens) >= 0;
        return soon ? means.beatNanos() / LOOKS_PER_BEAT_AT_SWITCH : means.beatNanos();
    }

    /// Whether the lead says that the slice has another number of slices.
    boolean isOthers() {
        Lead seen = election.seen();
        return seen != null && seen.slices() != 0 && seen.slices() != means.slices();
    }

    /// A slice that nobody led may be claimed unless the pipeline has other slices.
    private boolean hasOurNumber() {
        Lead seen = election.seen();
        return seen != null
                && (seen.slices() == means.slices()
                        || (seen.slices() == 0 && !knowledge.succeeds() && knowledge.numberFits()));
    }

    /// What belongs to the slices before or after ours need not be kept for this one.
    private void releaseOthers(long nowNanos) {
        Position end = means.retained().end();
        Position opens = knowledge.opensAt();
        if (knowledge.succeeds() && opens != null && !hasOurNumber()) {
            means.retained().release(number, end.compareTo(opens) < 0 ? end : opens, nowNanos);
        } else if (!knowledge.succeeds() && isOthers()) {
            means.retained().release(number, end, nowNanos);
        }
    }

    /// Whether the slice ends at a mark that was published. Then nobody leads by older ones any more, and one that is in sync
    /// need not follow whoever leads slice 0 by now. One that is not dispatches nothing, it declares what is missing
    /// before the end: there may be nobody left to get in sync with.
    private boolean endIsOut(Hearing heard) {
        Lead seen = election.seen();
        Position ends = seen == null ? null : seen.ends();
        if (ends == null) {
            return false;
        }
        return heard.coveredFrom() != null
                ? means.retained().end().compareTo(ends) >= 0
                : knowledge.firstIsAtItsEnd();
    }

    private boolean mayClaim(Hearing heard, long nowNanos) {
        if (!hasOurNumber()) {
            return false;
        }
        if (leftToOthers && nowNanos - leftToOthersUntilNanos < 0) {
            return false;
        }
        leftToOthers = false;
        if (number > 0) {
            return (endIsOut(heard) || (heard.coveredFrom() != null && heard.followsTheLeader()))
                    && !knowledge.waitsToBeHeard();
        }
        return !heard.doubtsUnnumbered() && (means.slices() == 1 || knowledge.allSeen());
    }

    /// The slice was given up.
    ///
    /// @param forUs whether it shall be ours, or anybody's
    void heardResignation(boolean forUs, long nowNanos) {
        nextLookNanos = nowNanos;
        wished = forUs;
        if (!forUs) {
            leaveToOthers(nowNanos);
        }
    }

    /// It was given up only to be claimed again, with a higher term: nobody is better placed, so no grace is waited for.
    void comeBack(long nowNanos) {
        nextLookNanos = nowNanos;
        wished = true;
        comesBack = true;
    }

    /// Has others claim first.
    void leaveToOthers(long nowNanos) {
        leftToOthers = true;
        leftToOthersUntilNanos = nowNanos + COURTESY_BEATS * means.beatNanos();
    }

    /// Releases what the leader calls safe, as far as the store has confirmed it to us, nobody else is believed, and as far
    /// as it is known what that is.
    void release(Control.Led led, long nowNanos) {
        Lead seen = election.seen();
        if (seen != null && seen.watermark() != null) {
            boolean beyond = led.safe().compareTo(seen.watermark()) > 0;
            Position safe = beyond ? seen.watermark() : led.safe();
            if (means.retained().places(seen.watermark())) {
                means.retained().stored(number, seen.watermark());
            }
            Position end = means.retained().end();
            boolean ended = seen.ends() != null && safe.compareTo(seen.ends()) >= 0;
            if (ended && end.compareTo(safe) > 0) {
                means.retained().release(number, end, nowNanos);
            } else if (means.retained().places(safe)) {
                means.retained().release(number, safe, nowNanos);
            }
        }
    }

    /// Whether what follows the watermark is all here, numbered as whoever moved the watermark does. Where nobody ever led
    /// there is nothing to cover, unless others numbered messages before us.
    boolean covers(Hearing heard) {
        Lead seen = election.seen();
        Position watermark = seen == null ? null : seen.watermark();
        if (watermark == null) {
            return number == 0 || means.retained().floor().equals(knowledge.beginning());
        }
        Position from = heard.coveredFrom();
        return from != null && from.compareTo(watermark) <= 0 && means.retained().places(watermark);
    }

    /// What was published before this look may have been dispatched by whoever moved the lead.
    private void observe(Lead lead, Hearing heard, long nowNanos) {
        boolean moved = election.observe(lead, nowNanos);
        comesBack &= lead.owner().isEmpty();
        if (lead.watermark() != null) {
            knowledge.saw(lead.watermark());
        }
        if (number == 0) {
            knowledge.sawGeneration(lead.generation());
            heard.doubtUnnumbered(moved && !lead.equals(Lead.NONE));
        }
    }

    /// A look under way is forgotten: its answer might show our own claim, and would pass for somebody else's.
    private void beginClaim(Lead seen, boolean forced, @Nullable Position from, Success success) {
        look.cancel();
        boolean known = number == 0 ? knowledge.everLed() : election.highestEpoch() > 0;
        Claim candidacy =
                new Claim(
                        means.randomId().get(),
                        seen,
                        number,
                        election.highestEpoch(),
                        from,
                        forced,
                        from,
                        known || (number > 0 && !Objects.equals(from, knowledge.beginning())),
                        means.slices(),
                        means.randomId().get(),
                        seen.equals(Lead.NONE) && (known || number == 0)
                                ? "the store was emptied"
                                : "nobody in sync listened",
                        means.settings().maxDeadLetters());
        claim.begin(
                () -> slice.claim(candidacy),
                (reply, nowNanos) -> claimed(reply, seen, success, nowNanos));
    }

    /// From where on a forced claim can dispatch what is kept under the numbers it has here, or null. If these cannot be
    /// told from those that were dispatched, all that was heard before our first mark will be declared; for a slice other
    /// than 0, all before a mark that is heard already.
    private @Nullable Position start(Lead seen, Hearing heard) {
        if (number > 0 && seen.ends() != null && heard.coveredFrom() == null) {
            return seen.ends();
        }
        Position watermark = seen.watermark();
        Position floor = means.retained().floor();
        boolean told =
                watermark == null
                        || floor.compareTo(watermark) > 0
                        || means.retained().places(watermark);
        if (number == 0) {
            return told && ownNumbersCount(heard) ? floor : null;
        }
        if (told || watermark == null) {
            return floor;
        }
        Position newest = means.retained().newestMark();
        return newest != null && newest.compareTo(watermark) > 0 ? newest : null;
    }

    /// Whether something is kept, and numbered so that it can be dispatched: where others lead other slices, only as they
    /// number it.
    private boolean ownNumbersCount(Hearing heard) {
        boolean numbered = heard.numbering().numbered();
        boolean agrees = means.slices() == 1 || heard.coveredFrom() != null;
        return numbered ? agrees : means.retained().holdsFormer();
    }

    private void claimed(Reply.ToClaim reply, Lead seen, Success success, long nowNanos) {
        election.forget();
        look.cancel();
        nextLookNanos = nowNanos;
        wished = false;
        comesBack = false;
        switch (reply) {
            case Reply.Granted granted -> success.granted(granted, seen, nowNanos);
            case Reply.Lost lost -> log.debug("somebody else was first");
            case Reply.Uncovered uncovered -> log.debug("not covered");
            case Reply.OtherSlices other ->
                    log.debug("it has {} slices now; the next look tells", other.slices());
        }
    }
}
