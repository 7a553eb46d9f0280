package dev.baton.server.processor;

import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/// Posts each message to a service, whose answer says what becomes of it. Thread-safe.
final class HttpProcessor implements MessageProcessor, AutoCloseable {

    /// A longer id stands in the payload only: servers bound their headers.
    private static final int MAX_ID_CHARS = 2_000;

    private final HttpSettings settings;
    private final Poster poster;
    private final Verdict verdict;

    private HttpProcessor(HttpSettings settings, Poster poster, Verdict verdict) {
        this.settings = settings;
        this.poster = poster;
        this.verdict = verdict;
    }

    /// One for single messages or for batches, as the settings say.
    static MessageProcessor of(HttpSettings settings) {
        Poster poster = new Poster(settings);
        Verdict verdict = new Verdict(new RetryAfter(Clock.systemUTC(), settings.maxDelay()));
        return settings.batch() == 1
                ? new HttpProcessor(settings, poster, verdict)
                : new HttpBatches(settings, poster, verdict);
    }

    @Override
    public Outcome process(Message message) throws InterruptedException {
        Answer answer = poster.post(message.payload(), headers(message));
        return answer instanceof Answer.Given given && given.isSuccess()
                ? success(given)
                : verdict.without(answer);
    }

    private Outcome success(Answer.Given given) {
        if (settings.emit() == HttpSettings.Emit.message) {
            return Outcome.passOn();
        }
        if (given.tooLong()) {
            return Outcome.reject(
                    "http-too-long",
                    "the service answered with more than "
                            + settings.maxResponseBytes()
                            + " bytes");
        }
        return given.body().length == 0 ? Outcome.drop() : Outcome.emit(given.body());
    }

    private static Map<String, String> headers(Message message) {
        Map<String, String> headers = new LinkedHashMap<>();
        String id = encoded(message.id());
        if (id.length() <= MAX_ID_CHARS) {
            headers.put("Baton-Message-Id", id);
        }
        String position = message.position().toString();
        headers.put("Baton-Position", position);
        headers.put("Baton-Attempt", Integer.toString(message.attempt()));
        headers.put("Idempotency-Key", position);
        return headers;
    }

    /// What cannot stand in a header, and the percent sign itself, as `%` and two hex digits for each byte of UTF-8.
    static String encoded(String id) {
        StringBuilder text = new StringBuilder();
        for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '%') {
                text.append((char) b);
            } else {
                text.append('%').append("%02X".formatted(b));
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        poster.close();
    }
}
