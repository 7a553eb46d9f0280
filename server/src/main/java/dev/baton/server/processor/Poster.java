package dev.baton.server.processor;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Posts to the service, no more at once than the settings say, each within its time. A request that runs out of time or whose
/// thread is interrupted is given up with its connection. Thread-safe.
final class Poster implements AutoCloseable {

    private final HttpSettings settings;
    private final HttpClient client;
    private final Semaphore places;

    Poster(HttpSettings settings) {
        this.settings = settings;
        this.places = new Semaphore(settings.connections(), true);
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(settings.connectTimeout())
                        .executor(
                                Executors.newThreadPerTaskExecutor(
                                        Thread.ofVirtual().name("baton-http-", 0).factory()));
        if (settings.ca() != null) {
            builder.sslContext(Trust.in(settings.ca()));
        }
        this.client = builder.build();
    }

    /// Blocks.
    ///
    /// @param own headers beyond those of the settings
    Answer post(byte[] body, Map<String, String> own) throws InterruptedException {
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        if (!places.tryAcquire(settings.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
            return tooLate("no connection was free");
        }
        try {
            return await(client.sendAsync(request(body, own), this::subscriber), deadline);
        } finally {
            places.release();
        }
    }

    private HttpRequest request(byte[] body, Map<String, String> own) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(settings.url())
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .header("Content-Type", "application/json");
        own.forEach(request::header);
        settings.headers().forEach(header -> request.header(header.name(), header.value()));
        return request.build();
    }

    private BoundedBody subscriber(HttpResponse.ResponseInfo info) {
        boolean success = info.statusCode() >= 200 && info.statusCode() < 300;
        return new BoundedBody(
                settings.maxResponseBytes(),
                success && settings.emit() == HttpSettings.Emit.response);
    }

    private Answer await(CompletableFuture<HttpResponse<BoundedBody.Body>> call, long deadline)
            throws InterruptedException {
        try {
            HttpResponse<BoundedBody.Body> response =
                    call.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return new Answer.Given(
                    response.statusCode(),
                    response.headers().firstValue("Retry-After").orElse(null),
                    response.body().bytes(),
                    response.body().tooLong());
        } catch (TimeoutException e) {
            return tooLate("the service did not answer");
        } catch (ExecutionException e) {
            return new Answer.Missing(describe(e.getCause()));
        } finally {
            // Gives the connection up, unless all is done.
            call.cancel(true);
        }
    }

    private Answer tooLate(String what) {
        return new Answer.Missing(what + " within " + settings.timeout().toMillis() + " ms");
    }

    private String describe(@Nullable Throwable failure) {
        return switch (failure) {
            case null -> "the request failed";
            case HttpConnectTimeoutException slow ->
                    "no connection within " + settings.connectTimeout().toMillis() + " ms";
            case ConnectException refused -> "the service cannot be reached";
            case SSLException untrusted -> "TLS failed: " + untrusted.getMessage();
            case IOException lost -> "the connection was lost before the answer was complete";
            default -> "the request failed: " + failure.getClass().getSimpleName();
        };
    }

    /// Requests under way.
    int underWay() {
        return settings.connections() - places.availablePermits();
    }

    /// Gives up what is under way.
    @Override
    public void close() {
        client.shutdownNow();
    }
}
