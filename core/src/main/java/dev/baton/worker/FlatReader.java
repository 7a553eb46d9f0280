package dev.baton.worker;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Takes a JSON object apart into its own fields. Thread-safe.
final class FlatReader {

    private final JsonFactory json;

    FlatReader(int maxPayloadBytes) {
        this.json = MessageReader.factory(maxPayloadBytes);
    }

    /// One field of the object.
    ///
    /// @param text a text as it is, a number and the like as it was written, an object or array as JSON
    record Field(String name, String text) {}

    /// The fields in their order.
    ///
    /// @return null if that is no JSON object
    @Nullable List<Field> read(byte[] content) {
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), content)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            List<Field> fields = new ArrayList<>();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                fields.add(
                        new Field(
                                name,
                                value.isStructStart()
                                        ? structure(parser, content)
                                        : parser.getString()));
            }
            return parser.nextToken() == null ? fields : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /// An object or array as it was written.
    private static String structure(JsonParser parser, byte[] content) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        int to = (int) parser.currentTokenLocation().getByteOffset() + 1;
        return new String(content, from, to - from, StandardCharsets.UTF_8);
    }
}
