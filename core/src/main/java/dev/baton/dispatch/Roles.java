package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.RoleStoppedException;
import dev.baton.slice.Handover;
import dev.baton.slice.Lead;
import dev.baton.slice.Slice;
import dev.baton.source.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A dispatcher's roles, one for each slice, and what each has to know of the others. Not thread-safe.
final class Roles implements Candidacy.Knowledge {

    private final Means means;
    private final Succession succession;
    private final List<SliceRole> all = new ArrayList<>();
    private @Nullable Hearing hearing;
    private @Nullable Position beginning;
    private String generation = "";

    /// @param slices in the order of their numbers
    /// @param former slice 0 of another number of slices, which becomes ours; else null
    Roles(Means means, List<Slice> slices, @Nullable Handover former) {
        this.means = means;
        this.succession = new Succession(means, former);
        for (Slice slice : slices) {
            all.add(new SliceRole(means, slice, all.size(), this));
        }
    }

    /// A subscription begins.
    void begin(Hearing heard, long nowNanos) {
        hearing = heard;
        all.forEach(role -> role.begin(nowNanos));
    }

    /// The subscription is over.
    void cancel() {
        hearing = null;
        succession.cancel();
        all.forEach(SliceRole::cancel);
    }

    SliceRole first() {
        return all.getFirst();
    }

    /// Has it said whether all slices could be taken over, when it is known who leads them.
    void sayWhetherInSync(Hearing heard) {
        boolean covers = true;
        for (SliceRole role : all) {
            if (!role.looked()) {
                return;
            }
            covers &= succession.pending() ? heard.coveredFrom() != null : role.covers(heard);
        }
        heard.sayWhetherInSync(covers);
    }

    /// Whether any slice is led.
    boolean lead() {
        return any(role -> role.leader() != null);
    }

    /// Whether a claim is under way.
    boolean claim() {
        return any(SliceRole::claims);
    }

    private boolean any(Predicate<SliceRole> what) {
        for (SliceRole role : all) {
            if (what.test(role)) {
                return true;
            }
        }
        return false;
    }

    /// What is led, for a probe.
    List<Control.Led> ledNow() {
        List<Control.Led> led = new ArrayList<>();
        for (SliceRole role : all) {
            Leader leader = role.leader();
            if (leader != null) {
                led.add(leader.led());
            }
        }
        return led;
    }

    @Override
    public int led() {
        int led = 0;
        for (SliceRole role : all) {
            led += role.leader() == null ? 0 : 1;
        }
        return led;
    }

    /// How many slices are led and not about to be given up.
    int kept() {
        int kept = 0;
        for (SliceRole role : all) {
            kept += role.keeps() ? 1 : 0;
        }
        return kept;
    }

    /// Gives the last slice up that is led; slice 0 only when it is the only one.
    void giveOneTo(long heir) {
        for (int number = all.size() - 1; number >= 0; number--) {
            SliceRole role = all.get(number);
            if (role.leader() != null) {
                if (role.keeps()) {
                    role.yieldTo(heir);
                }
                return;
            }
        }
    }

    /// So many messages were heard.
    void heard(int messages, long nowNanos) {
        for (SliceRole role : all) {
            Leader leader = role.leader();
            if (leader != null) {
                leader.heard(messages, nowNanos);
            }
        }
    }

    /// Something was heard on the control channel.
    void hear(Control control, long nowNanos) {
        switch (control) {
            case Control.Mark mark -> {
                first().election().heardOf(Integer.toUnsignedLong(mark.term()));
                Leader leader = first().leader();
                if (leader != null) {
                    leader.hear(mark);
                }
            }
            case Control.Probe probe ->
                    probe.led().stream()
                            .filter(led -> led.slice() < all.size())
                            .forEach(led -> all.get(led.slice()).hear(led, nowNanos));
            case Control.Resigned gone -> {
                if (gone.slice() < all.size()) {
                    all.get(gone.slice()).hear(gone, nowNanos);
                }
            }
        }
    }

    /// Steps every role. Returns in how many nanoseconds one of them wants to be called again.
    ///
    /// @param claimsMore whether new claims may begin
    long doWork(Hearing heard, Voice voice, Leave leave, boolean claimsMore, long nowNanos) {
        long rest = succeed(heard, nowNanos);
        for (SliceRole role : all) {
            rest = Math.min(rest, step(role, heard, voice, leave, claimsMore, nowNanos));
        }
        count();
        return rest;
    }

    /// A dispatcher waits for its number of slices, or is stopped when the pipeline has another one. What only the former number
    /// has goes on being led.
    private long succeed(Hearing heard, long nowNanos) {
        if (succession.pending() && first().isOurs()) {
            succession.end();
        }
        boolean looked = !any(role -> !role.looked());
        if (!succession.pending() && looked && !any(SliceRole::isOurs)) {
            for (SliceRole role : all) {
                Lead seen = role.election().seen();
                if (seen != null && role.isOthers()) {
                    throw new RoleStoppedException(
                            "the stream %s has %d slices, this dispatcher was started with %d; give it --slices %d"
                                    .formatted(
                                            means.settings().stream(),
                                            seen.slices(),
                                            means.slices(),
                                            seen.slices()));
                }
            }
        }
        return succession.doWork(heard, nowNanos);
    }

    private long step(
            SliceRole role,
            Hearing heard,
            Voice voice,
            Leave leave,
            boolean claimsMore,
            long nowNanos) {
        Leader leader = role.leader();
        if (leader != null) {
            return role.lead(leader, heard, leave, nowNanos);
        }
        if (role.poll(nowNanos)) {
            noteBeginning(role);
            return 0;
        }
        if (heard.holdsMore()) {
            return 0;
        }
        if (claimsMore || role.claims()) {
            return role.standBy(heard, voice, nowNanos);
        }
        return Long.MAX_VALUE;
    }

    private void noteBeginning(SliceRole role) {
        if (role == first() && hearing != null) {
            beginning = hearing.beginning();
        }
    }

    private void count() {
        int led = 0;
        long epoch = 0;
        for (SliceRole role : all) {
            Leader leader = role.leader();
            if (leader != null) {
                epoch = led++ == 0 ? leader.leadership().epoch() : epoch;
            }
        }
        means.counters().led = led;
        means.counters().epoch = epoch;
        means.counters().retainedBytes = means.retained().bytes();
    }

    @Override
    public boolean succeeds() {
        return succession.pending();
    }

    @Override
    public @Nullable Position opensAt() {
        return succession.opensAt();
    }

    @Override
    public boolean firstIsAtItsEnd() {
        return first().isAtItsEnd();
    }

    @Override
    public boolean numberFits() {
        return first().looked() && !first().isOthers();
    }

    @Override
    public boolean allSeen() {
        return !any(role -> role.leader() == null && role.election().seen() == null);
    }

    @Override
    public boolean everLed() {
        return any(role -> role.election().highestEpoch() > 0);
    }

    @Override
    public boolean neverLedElsewhere() {
        return !any(role -> role != first() && !neverLed(role));
    }

    private static boolean neverLed(SliceRole role) {
        Lead seen = role.election().seen();
        return role.leader() == null && seen != null && seen.watermark() == null;
    }

    @Override
    public boolean waitsToBeHeard() {
        Leader leader = first().leader();
        return leader != null && !leader.isHeard();
    }

    @Override
    public @Nullable Position beginning() {
        return beginning;
    }

    /// In a store that was emptied terms may be given again, so marks of the same names mean something else: what is known of
    /// those that were heard is forgotten, and the subscription begins anew.
    @Override
    public void sawGeneration(String seen) {
        boolean another = !generation.isEmpty() && !seen.isEmpty() && !seen.equals(generation);
        generation = seen.isEmpty() ? generation : seen;
        if (another && hearing != null) {
            hearing.startOver();
        }
    }

    @Override
    public void leadsGeneration(String led) {
        generation = led;
    }

    /// Whoever leads slice 0 publishes marks above every watermark, so it has to have a term above them.
    @Override
    public void saw(Position watermark) {
        first().election().heardOf(Integer.toUnsignedLong(watermark.term()));
        Leader leader = first().leader();
        if (leader != null && hearing != null) {
            if (hearing.isBeyond(watermark, leader.leadership().epoch())) {
                leader.outlive(watermark);
            }
        }
    }
}
