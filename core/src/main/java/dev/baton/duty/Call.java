package dev.baton.duty;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One call to the store that is sent until it is answered.
///
/// The call has to be idempotent: after a failure nobody knows whether it took effect, so the very same call goes out
/// again after a [Backoff]. Stepped by a [Duty]; not thread-safe.
///
/// @param <T> the answer
public final class Call<T> {

    private final Calls shared;
    private final Backoff backoff;
    private final Trouble trouble;
    private @Nullable Supplier<CompletableFuture<T>> call;
    private @Nullable ObjLongConsumer<T> onAnswer;
    private @Nullable CompletableFuture<T> inFlight;
    private long retryAtNanos;

    Call(Calls shared) {
        this.shared = shared;
        this.backoff = shared.backoff();
        this.trouble = shared.trouble();
    }

    /// Whether a call is under way or waits for its next attempt.
    public boolean busy() {
        return call != null;
    }

    /// Begins a call.
    ///
    /// @param newCall sends it; may be asked several times
    /// @param answer receives the answer, on the duty's thread
    /// @throws IllegalStateException while the one before is not answered
    public void begin(Supplier<CompletableFuture<T>> newCall, Consumer<T> answer) {
        begin(newCall, (reply, nowNanos) -> answer.accept(reply));
    }

    /// Begins a call whose answer tells something about a moment: all that is known of that moment is that it lies before
    /// the time the receiver is given, by however many attempts it took.
    ///
    /// @param newCall sends it; may be asked several times
    /// @param answer receives the answer and the time, on the duty's thread
    /// @throws IllegalStateException while the one before is not answered
    public void begin(Supplier<CompletableFuture<T>> newCall, ObjLongConsumer<T> answer) {
        if (busy()) {
            throw new IllegalStateException("the call before is not answered");
        }
        call = newCall;
        onAnswer = answer;
        send();
    }

    /// Forgets the call; a late answer goes nowhere.
    public void cancel() {
        call = null;
        onAnswer = null;
        inFlight = null;
        trouble.forget();
        backoff.reset();
    }

    /// Looks for the answer, hands it over, or sends again.
    ///
    /// @return true if an answer was handed over
    /// @throws RoleStoppedException if that was the answer: the store will never take the call
    public boolean poll(long nowNanos) {
        if (call == null) {
            return false;
        }
        if (inFlight == null) {
            if (nowNanos - retryAtNanos >= 0) {
                send();
            }
            return false;
        }
        if (!inFlight.isDone()) {
            return false;
        }
        CompletableFuture<T> done = inFlight;
        inFlight = null;
        T answer;
        try {
            answer = done.join();
        } catch (CompletionException | CancellationException failure) {
            if (failure.getCause() instanceof RoleStoppedException last) {
                throw last;
            }
            trouble.failed(failure);
            retryAtNanos = nowNanos + backoff.nextNanos();
            return false;
        }
        trouble.succeeded();
        ObjLongConsumer<T> receiver = onAnswer;
        cancel();
        if (receiver != null) {
            receiver.accept(answer, nowNanos);
        }
        return true;
    }

    private void send() {
        Supplier<CompletableFuture<T>> current = call;
        if (current != null) {
            CompletableFuture<T> sent = current.get();
            inFlight = sent;
            var _ = sent.whenComplete((answer, failure) -> shared.wake().run());
        }
    }
}
