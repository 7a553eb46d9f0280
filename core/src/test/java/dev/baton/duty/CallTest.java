package dev.baton.duty;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// A call that is sent until it is answered, and what people read about it.
class CallTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(Health.class);

    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Calls calls =
            new Calls(new Health("worker w", "the store"), () -> {}, new SplittableRandom(1));
    private final List<String> answers = new ArrayList<>();
    private int sent;
    private long nowNanos;

    @BeforeEach
    void listen() {
        LOG.setLevel(Level.INFO);
        said.start();
        LOG.addAppender(said);
    }

    @AfterEach
    void stopListening() {
        LOG.detachAppender(said);
        LOG.setLevel(null);
    }

    @Test
    void aCallIsSentAgainUntilItIsAnswered() {
        Call<String> call = calls.line();
        call.begin(() -> failsUntil(4, new IOException("gone")), answer -> answers.add(answer));

        step(call, 10);

        assertThat(answers).containsExactly("yes");
        assertThat(sent).isEqualTo(4);
        assertThat(call.busy()).isFalse();
        assertThat(lines())
                .containsExactly(
                        "worker w: no answer from the store (gone); trying again until it is back",
                        "worker w: the store is back");
    }

    @Test
    void aRefusalIsSaidOnceHoweverManyOtherCallsSucceedMeanwhile() {
        Call<String> refused = calls.line();
        Call<String> other = calls.line();
        RuntimeException cause = new IllegalStateException("WRONGTYPE");
        refused.begin(
                () -> failsUntil(6, new RefusedException(cause)), answer -> answers.add(answer));

        for (int i = 0; i < 12; i++) {
            step(refused, 1);
            other.begin(() -> CompletableFuture.completedFuture("fine"), answer -> {});
            step(other, 1);
        }

        assertThat(answers).containsExactly("yes");
        assertThat(lines())
                .containsExactly(
                        "worker w: the store refused a call (WRONGTYPE); sending it again until it is accepted",
                        "worker w: the store accepted the call");
    }

    @Test
    void whatPassesByItselfIsSaidOnceForAllCalls() {
        Call<String> one = calls.line();
        Call<String> other = calls.line();
        RuntimeException cause = new IllegalStateException("TRYAGAIN Multiple keys request");
        one.begin(() -> failsUntil(6, new RefusedException(cause)), answer -> answers.add(answer));
        other.begin(
                () -> failsUntil(6, new RefusedException(cause)), answer -> answers.add(answer));

        for (int i = 0; i < 12; i++) {
            step(one, 1);
            step(other, 1);
        }

        assertThat(answers).containsExactly("yes", "yes");
        assertThat(lines())
                .containsExactly(
                        "worker w: the store takes no calls now, the slot is on its way to another node"
                                + " (TRYAGAIN Multiple keys request); trying again until it does",
                        "worker w: the store takes calls again");
    }

    @Test
    void anotherReasonIsSaidToo() {
        Call<String> call = calls.line();
        call.begin(
                () ->
                        CompletableFuture.failedFuture(
                                new RefusedException(
                                        new IllegalStateException(
                                                sent++ < 3 ? "TRYAGAIN x" : "CLUSTERDOWN x"))),
                answer -> answers.add(answer));

        step(call, 6);
        call.cancel();

        assertThat(lines()).hasSize(2).last().asString().contains("CLUSTERDOWN x");
    }

    private CompletableFuture<String> failsUntil(int attempt, Exception failure) {
        return ++sent < attempt
                ? CompletableFuture.failedFuture(failure)
                : CompletableFuture.completedFuture("yes");
    }

    private void step(Call<?> call, int times) {
        for (int i = 0; i < 2 * times; i++) {
            nowNanos += TimeUnit.SECONDS.toNanos(1);
            call.poll(nowNanos);
        }
    }

    private List<String> lines() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
