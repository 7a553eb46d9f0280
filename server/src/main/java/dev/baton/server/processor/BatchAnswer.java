package dev.baton.server.processor;

import dev.baton.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// Reads the answer to a batch: a JSON array that says of each message, in the order of the request, what becomes of it. What is
/// to be emitted is taken byte by byte. Thread-safe.
final class BatchAnswer {

    /// As deep as a message may be, within the array and its object.
    private static final int MAX_DEPTH = 66;

    private static final int MAX_NUMBER_CHARS = 1_000;

    private final JsonFactory json;

    /// An answer that says nothing, or not enough; the message does not quote it.
    static final class IllAnswerException extends Exception {
        private static final long serialVersionUID = 1L;

        IllAnswerException(String message) {
            super(message, null, false, false);
        }
    }

    BatchAnswer(int maxBytes) {
        this.json =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxNestingDepth(MAX_DEPTH)
                                        .maxNumberLength(MAX_NUMBER_CHARS)
                                        .maxStringLength(maxBytes)
                                        .maxDocumentLength(maxBytes)
                                        .build())
                        // In another encoding the parser knows no offsets of bytes.
                        .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .build();
    }

    /// @param count how many messages were sent
    /// @throws IllAnswerException if it does not say what becomes of each
    List<Outcome> read(byte[] body, int count) throws IllAnswerException {
        List<Outcome> outcomes = new ArrayList<>(count);
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IllAnswerException("it is no array");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (outcomes.size() == count) {
                    throw new IllAnswerException("it has more than " + count + " elements");
                }
                outcomes.add(outcome(parser, body, outcomes.size()));
            }
            if (parser.nextToken() != null) {
                throw new IllAnswerException("something follows the array");
            }
        } catch (JacksonException e) {
            throw new IllAnswerException("it is no JSON, or exceeds a limit");
        }
        if (outcomes.size() != count) {
            throw new IllAnswerException(
                    "it has " + outcomes.size() + " elements for " + count + " messages");
        }
        return outcomes;
    }

    private static Outcome outcome(JsonParser parser, byte[] body, int number)
            throws IllAnswerException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new IllAnswerException("element " + number + " is no object");
        }
        Element element = new Element(number);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "emit" -> element.emit = raw(parser, body);
                case "drop" -> element.drop = truth(parser, number);
                case "retry" -> element.retry = text(parser, number);
                case "reject" -> element.reject = text(parser, number);
                case "error" -> element.error = text(parser, number);
                case "delay_ms" -> element.delayMillis = millis(parser, number);
                default -> throw new IllAnswerException("element " + number + " has another field");
            }
        }
        return element.outcome();
    }

    /// The value's bytes, read to the end so that they are well-formed.
    private static byte[] raw(JsonParser parser, byte[] body) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        int depth = 0;
        JsonToken token = parser.currentToken();
        while (true) {
            if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
                depth++;
            } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
                depth--;
            } else {
                parser.finishToken();
            }
            if (depth == 0) {
                return Arrays.copyOfRange(
                        body, from, (int) parser.currentLocation().getByteOffset());
            }
            token = parser.nextToken();
        }
    }

    private static boolean truth(JsonParser parser, int number) throws IllAnswerException {
        if (parser.currentToken() != JsonToken.VALUE_TRUE) {
            throw new IllAnswerException("'drop' of element " + number + " is not true");
        }
        return true;
    }

    private static String text(JsonParser parser, int number) throws IllAnswerException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new IllAnswerException("a field of element " + number + " is no text");
        }
        return parser.getString();
    }

    private static long millis(JsonParser parser, int number) throws IllAnswerException {
        long most = Outcome.MAX_DELAY.toMillis();
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            long millis = parser.getLongValue();
            if (millis >= 0 && millis <= most) {
                return millis;
            }
        }
        throw new IllAnswerException("'delay_ms' of element " + number + " is not 0 to " + most);
    }

    /// The fields of one element.
    private static final class Element {
        private final int number;
        private byte @Nullable [] emit;
        private boolean drop;
        private @Nullable String retry;
        private @Nullable String reject;
        private @Nullable String error;
        private @Nullable Long delayMillis;

        Element(int number) {
            this.number = number;
        }

        Outcome outcome() throws IllAnswerException {
            int said =
                    (emit == null ? 0 : 1)
                            + (drop ? 1 : 0)
                            + (retry == null ? 0 : 1)
                            + (reject == null ? 0 : 1);
            if (said != 1
                    || (delayMillis != null && retry == null)
                    || (error != null && reject == null)) {
                throw new IllAnswerException(
                        "element " + number + " does not say one of emit, drop, retry, reject");
            }
            if (emit != null) {
                return Outcome.emit(emit);
            }
            if (retry != null) {
                return delayMillis == null
                        ? Outcome.retry(retry)
                        : Outcome.retry(Duration.ofMillis(delayMillis), retry);
            }
            return reject == null ? Outcome.drop() : reject(reject);
        }

        private Outcome reject(String reason) throws IllAnswerException {
            if (reason.isEmpty() || reason.length() > Outcome.MAX_REASON_CHARS) {
                throw new IllAnswerException(
                        "'reject' of element "
                                + number
                                + " is not 1 to "
                                + Outcome.MAX_REASON_CHARS
                                + " characters");
            }
            return Outcome.reject(reason, error == null ? "" : error);
        }
    }
}
