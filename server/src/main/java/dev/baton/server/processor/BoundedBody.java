package dev.baton.server.processor;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Reads a body up to a bound and then lets go of the connection. What nobody wants is read too, so that the connection
/// can be used again, but not kept.
final class BoundedBody implements HttpResponse.BodySubscriber<BoundedBody.Body> {

    private final long maxBytes;
    private final boolean wanted;
    private final CompletableFuture<Body> body = new CompletableFuture<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;
    private long seen;

    /// What was read.
    ///
    /// @param bytes nothing if it was not wanted or is too long
    /// @param tooLong whether there was more than the bound
    record Body(byte[] bytes, boolean tooLong) {}

    BoundedBody(long maxBytes, boolean wanted) {
        this.maxBytes = maxBytes;
        this.wanted = wanted;
    }

    @Override
    public CompletionStage<Body> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            seen += buffer.remaining();
            if (seen > maxBytes) {
                end();
                return;
            }
            if (wanted) {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                kept.writeBytes(bytes);
            }
        }
        Flow.Subscription from = subscription;
        if (from != null) {
            from.request(1);
        }
    }

    private void end() {
        Flow.Subscription from = subscription;
        if (from != null) {
            from.cancel();
        }
        body.complete(new Body(new byte[0], true));
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(new Body(kept.toByteArray(), false));
    }
}
