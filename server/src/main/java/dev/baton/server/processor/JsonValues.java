package dev.baton.server.processor;

import com.dashjoin.jsonata.Jsonata;
import dev.baton.Outcome;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/// JSON to the objects an expression works on, and back. Thread-safe.
///
/// Within the bounds a worker's own reader has. A number keeps its value: it is an [Integer], a [Long] or a [BigInteger] if it is
/// whole, a [Double] if that has the very value, else a [BigDecimal].
final class JsonValues {

    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER_CHARS = 1_000;
    private static final int MAX_NAME_CHARS = 1_000;
    private static final long MAX_TOKENS = 200_000;

    private final JsonFactory json;

    JsonValues(int maxPayloadBytes) {
        this.json =
                JsonFactory.builder()
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
                        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                        .build();
    }

    /// @throws TransformFailedException if it is not one JSON value within the bounds
    Object read(byte[] payload) throws TransformFailedException {
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), payload)) {
            Object value = value(parser, parser.nextToken());
            if (parser.nextToken() != null) {
                throw new TransformFailedException("something follows the document");
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw new TransformFailedException("the payload exceeds a limit");
        } catch (JacksonException | NumberFormatException e) {
            throw new TransformFailedException("the payload is no JSON that can be read");
        }
    }

    private static Object value(JsonParser parser, @Nullable JsonToken token)
            throws TransformFailedException {
        return switch (token) {
            case null -> throw new TransformFailedException("the payload ends too early");
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> decimal(parser.getString());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> Jsonata.NULL_VALUE;
            default -> throw new TransformFailedException("the payload is no JSON");
        };
    }

    private static Map<String, Object> object(JsonParser parser) throws TransformFailedException {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            object.put(name, value(parser, parser.nextToken()));
        }
        return object;
    }

    private static List<Object> array(JsonParser parser) throws TransformFailedException {
        List<Object> array = new ArrayList<>();
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            array.add(value(parser, token));
            token = parser.nextToken();
        }
        return array;
    }

    private static Number decimal(String text) {
        double near = Double.parseDouble(text);
        BigDecimal exact = new BigDecimal(text);
        if (Double.isFinite(near) && exact.compareTo(BigDecimal.valueOf(near)) == 0) {
            return near;
        }
        return exact;
    }

    /// @throws TransformFailedException if the value has no JSON form, or is deeper or larger than what is read again
    byte[] write(Object value) throws TransformFailedException {
        BoundedOutput out = new BoundedOutput(Outcome.MAX_EMITTED_BYTES);
        try (JsonGenerator generator = json.createGenerator(ObjectWriteContext.empty(), out)) {
            write(generator, value, 0);
        } catch (JacksonException e) {
            throw new TransformFailedException(
                    out.isFull() ? "the result is too large" : "the result has no JSON form");
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator out, @Nullable Object value, int depth)
            throws TransformFailedException {
        if (depth > MAX_DEPTH) {
            throw new TransformFailedException("the result is nested deeper than " + MAX_DEPTH);
        }
        if (value == null || Jsonata.NULL_VALUE.equals(value)) {
            out.writeNull();
            return;
        }
        switch (value) {
            case String text -> out.writeString(text);
            case Boolean truth -> out.writeBoolean(truth);
            case Number number -> write(out, number);
            case Map<?, ?> object -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : object.entrySet()) {
                    out.writeName(String.valueOf(entry.getKey()));
                    write(out, entry.getValue(), depth + 1);
                }
                out.writeEndObject();
            }
            case List<?> array -> {
                out.writeStartArray();
                for (Object element : array) {
                    write(out, element, depth + 1);
                }
                out.writeEndArray();
            }
            default -> throw new TransformFailedException("the result holds a function");
        }
    }

    private static void write(JsonGenerator out, Number number) throws TransformFailedException {
        switch (number) {
            case Integer whole -> out.writeNumber(whole);
            case Long whole -> out.writeNumber(whole);
            case BigInteger whole -> out.writeNumber(whole);
            case BigDecimal exact -> out.writeNumber(exact);
            default -> {
                double value = number.doubleValue();
                if (!Double.isFinite(value)) {
                    throw new TransformFailedException("the result holds no finite number");
                }
                out.writeNumber(value);
            }
        }
    }
}
