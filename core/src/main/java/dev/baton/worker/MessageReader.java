package dev.baton.worker;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/// Reads a payload once, from end to end, and finds its id. Thread-safe.
///
/// The whole document is read, so that what reaches the stream is well-formed: no trailing tokens, no name twice in one
/// object, valid UTF-8 without a byte order mark and no other encoding, nothing deeper, longer or larger than the bounds below.
final class MessageReader {

    /// Deepest nesting of objects and arrays.
    static final int MAX_DEPTH = 64;

    /// Most digits of a number.
    static final int MAX_NUMBER_CHARS = 1_000;

    /// Longest field name in characters.
    static final int MAX_NAME_CHARS = 1_000;

    /// Most tokens of a document.
    static final long MAX_TOKENS = 200_000;

    /// Longest id in characters.
    static final int MAX_ID_CHARS = 1_000;

    private final String idField;
    private final int maxPayloadBytes;
    private final JsonFactory json;

    /// @param oneThread whether one thread reads at most, which then keeps its buffers to itself
    MessageReader(String idField, int maxPayloadBytes, boolean oneThread) {
        this.idField = idField;
        this.maxPayloadBytes = maxPayloadBytes;
        JsonFactory shared = factory(maxPayloadBytes);
        this.json =
                oneThread
                        ? shared.rebuild().recyclerPool(JsonRecyclerPools.threadLocalPool()).build()
                        : shared;
    }

    /// Makes parsers that keep to the bounds and take bytes for UTF-8 whatever they begin with: another encoding would be read
    /// here, and be written to the stream as it came.
    static JsonFactory factory(int maxPayloadBytes) {
        return JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxNestingDepth(MAX_DEPTH)
                                .maxNumberLength(MAX_NUMBER_CHARS)
                                .maxNameLength(MAX_NAME_CHARS)
                                .maxStringLength(maxPayloadBytes)
                                .maxDocumentLength(maxPayloadBytes)
                                .maxTokenCount(MAX_TOKENS)
                                .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .build();
    }

    /// Finds the id.
    ///
    /// @param bytes holds the payload
    /// @param from where it begins
    /// @param length of it, in bytes
    /// @throws UnreadableMessageException if the payload is not one JSON object with an id
    String readId(byte[] bytes, int from, int length) throws UnreadableMessageException {
        if (length > maxPayloadBytes) {
            throw new UnreadableMessageException(
                    "too-large", length + " bytes; at most " + maxPayloadBytes + " are allowed");
        }
        try (JsonParser parser =
                json.createParser(ObjectReadContext.empty(), bytes, from, length)) {
            String id = scan(parser);
            if (id == null) {
                throw new UnreadableMessageException(
                        "no-id", "there is no field '" + idField + "'");
            }
            return id;
        } catch (StreamConstraintsException e) {
            throw new UnreadableMessageException(
                    "not-json", withoutPayload(e, "a limit is exceeded"));
        } catch (JacksonException e) {
            throw new UnreadableMessageException("not-json", withoutPayload(e, "malformed"));
        }
    }

    private @Nullable String scan(JsonParser parser) throws UnreadableMessageException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new UnreadableMessageException("not-json", "empty");
        }
        if (first != JsonToken.START_OBJECT) {
            throw new UnreadableMessageException("no-id", "the document is not an object");
        }
        String id = null;
        int depth = 1;
        while (depth > 0) {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
                depth++;
            } else if (token == JsonToken.END_OBJECT || token == JsonToken.END_ARRAY) {
                depth--;
            } else if (token == JsonToken.PROPERTY_NAME
                    && depth == 1
                    && parser.currentName().equals(idField)) {
                id = idOf(parser);
            } else if (token != null && token.isScalarValue()) {
                // Has the parser check the text to its end: escapes and UTF-8 are else left unread.
                parser.finishToken();
            }
        }
        if (parser.nextToken() != null) {
            throw new UnreadableMessageException("not-json", "something follows the document");
        }
        return id;
    }

    private String idOf(JsonParser parser) throws UnreadableMessageException {
        JsonToken value = parser.nextToken();
        String id =
                switch (value) {
                    case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getString();
                    default ->
                            throw new UnreadableMessageException(
                                    "bad-id",
                                    "field '" + idField + "' is neither a string nor a number");
                };
        if (id.isEmpty() || id.length() > MAX_ID_CHARS) {
            throw new UnreadableMessageException(
                    "bad-id",
                    "field '"
                            + idField
                            + "' has "
                            + id.length()
                            + " characters; 1 to "
                            + MAX_ID_CHARS
                            + " are allowed");
        }
        return id;
    }

    /// The parser's own words may quote the payload; where it stopped is said instead.
    private static String withoutPayload(JacksonException e, String what) {
        var location = e.getLocation();
        return location == null ? what : what + " at byte " + Math.max(0, location.getByteOffset());
    }
}
