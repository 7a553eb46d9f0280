package dev.baton.dispatch;

import dev.baton.Position;
import dev.baton.duty.Call;
import dev.baton.slice.Leadership;
import dev.baton.slice.Reply;
import dev.baton.slice.Slice;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How much of one slice the replicas of its server have, where that matters: a message is safe only when as many of them
/// have it as the settings want, for a fail-over may lose what its primary alone had. Not thread-safe.
///
/// The question is a write and a wait for it, over a connection of its own, at each beat at most. It is asked once more
/// when it was not answered in time, and nothing else waits for it.
final class Replicas {

    private static final Logger log = LoggerFactory.getLogger(Replicas.class);

    private static final Position NOTHING = Position.atMark(0, 0);

    /// A wait keeps a connection busy, and a lost connection unnoticed.
    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final int wanted;
    private final Duration wait;
    private final String stream;
    private final Slice slice;
    private final Leadership leadership;
    private final Retained retained;
    private final Call<Reply.ToConfirm> question;
    private Position have = NOTHING;
    private Position confirmedBefore = NOTHING;
    private boolean wentBack;
    private boolean lacking;
    private boolean fenced;
    private long givenUpBefore;

    Replicas(Means means, Slice slice, int number, Leadership leadership) {
        this.wanted = means.settings().confirmReplicas();
        Duration beat = means.settings().beat();
        this.wait = beat.compareTo(MAX_WAIT) < 0 ? beat : MAX_WAIT;
        this.stream = means.settings().streamOf(number);
        this.slice = slice;
        this.leadership = leadership;
        this.retained = means.retained();
        this.question = means.calls().line();
        this.givenUpBefore = retained.givenUpUnsafe();
    }

    /// Whether the store said that somebody else leads.
    boolean fenced() {
        return fenced;
    }

    /// The position before which everything is safe.
    ///
    /// @param confirmed the position before which the store has everything
    Position safe(Position confirmed) {
        return wanted == 0 || confirmed.compareTo(have) < 0 ? confirmed : have;
    }

    /// Asks, unless the question before is still open.
    void ask(Position confirmed) {
        if (wanted > 0 && !question.busy()) {
            notice(confirmed);
            wentBack = false;
            question.begin(
                    () -> slice.confirm(leadership, wanted, wait),
                    (reply, answeredNanos) -> answered(reply));
        }
    }

    /// Takes the answer in.
    void poll(Position confirmed, long nowNanos) {
        notice(confirmed);
        question.poll(nowNanos);
    }

    /// After a fail-over the replicas are others: what they had does not count for what is dispatched again.
    private void notice(Position confirmed) {
        if (confirmed.compareTo(confirmedBefore) < 0) {
            wentBack = true;
            have = confirmed.compareTo(have) < 0 ? confirmed : have;
        }
        confirmedBefore = confirmed;
    }

    private void answered(Reply.ToConfirm reply) {
        switch (reply) {
            case Reply.Confirmed now -> {
                boolean enough = now.replicas() >= wanted;
                if (enough && !wentBack) {
                    have = now.watermark();
                }
                tell(enough, now.replicas());
            }
            case Reply.Fenced gone -> fenced = true;
        }
    }

    private void tell(boolean enough, long found) {
        if (enough == lacking) {
            lacking = !enough;
            if (lacking) {
                log.warn(
                        "{}: {} of {} replicas have what its server has; what they lack is kept, as far as there is room",
                        stream,
                        found,
                        wanted);
            } else {
                log.info("{}: {} replicas have what its server has again", stream, found);
            }
        }
        long givenUp = retained.givenUpUnsafe();
        if (givenUp > givenUpBefore) {
            log.warn(
                    "the buffer is full: {} messages were given up that replicas may not have; if a fail-over loses them, that is declared",
                    givenUp - givenUpBefore);
            givenUpBefore = givenUp;
        }
    }
}
