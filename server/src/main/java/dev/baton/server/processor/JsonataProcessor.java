package dev.baton.server.processor;

import com.dashjoin.jsonata.Jsonata;
import dev.baton.Message;
import dev.baton.MessageProcessor;
import dev.baton.Outcome;

/// Emits what an expression makes of the payload; undefined and null drop the message, and an array is one entry. What fails
/// once would fail again: it is rejected. Thread-safe: each thread compiles the expression for itself.
final class JsonataProcessor implements MessageProcessor {

    private static final String FAILED = "transform-failed";

    private final JsonValues json;
    private final ThreadLocal<Expression> expression;

    JsonataProcessor(JsonataSettings settings) {
        this.json = new JsonValues(settings.maxPayloadBytes());
        this.expression = ThreadLocal.withInitial(() -> Expression.compile(settings));
    }

    @Override
    public Outcome process(Message message) throws InterruptedException {
        try {
            Object result = expression.get().evaluate(json.read(message.payload()));
            return result == null || Jsonata.NULL_VALUE.equals(result)
                    ? Outcome.drop()
                    : Outcome.emit(json.write(result));
        } catch (TransformFailedException e) {
            return Outcome.reject(FAILED, String.valueOf(e.getMessage()));
        }
    }
}
