package dev.baton.worker;

import java.util.List;
import java.util.Map;

/// How a message is written down in a stream entry.
///
/// @param flat whether a payload that is a JSON object becomes one field for each of its own at the top, in place of the field
///     `payload`: texts as they are, numbers and the like as they were written, objects and arrays as JSON
/// @param names other names for fields of ours, by those of [#OURS]
/// @param constants fields that every entry gets, at most [#MAX_CONSTANTS]
public record StreamForm(boolean flat, Map<String, String> names, Map<String, String> constants) {

    /// The fields that Baton itself writes.
    public static final List<String> OURS =
            List.of("message_id", "payload", "worker", "position", "channel");

    /// Most constant fields.
    public static final int MAX_CONSTANTS = 100;

    /// The payload in one field, under the documented names.
    public static final StreamForm USUAL = new StreamForm(false, Map.of(), Map.of());

    /// @throws IllegalArgumentException if a name is empty, stands for two things, or renames what is not ours
    public StreamForm {
        names = Map.copyOf(names);
        constants = Map.copyOf(constants);
        for (String renamed : names.keySet()) {
            require(OURS.contains(renamed), "'" + renamed + "' is none of " + OURS);
        }
        List<String> ours = called(names);
        require(ours.stream().distinct().count() == OURS.size(), "two fields of one name: " + ours);
        require(constants.size() <= MAX_CONSTANTS, "constant fields are at most " + MAX_CONSTANTS);
        for (String constant : constants.keySet()) {
            require(
                    !ours.contains(constant),
                    "a constant field cannot be named '" + constant + "'");
        }
        require(!ours.contains("") && !constants.containsKey(""), "a field's name is not empty");
    }

    /// What one of [#OURS] is called in the stream.
    public String name(String ours) {
        return names.getOrDefault(ours, ours);
    }

    private static List<String> called(Map<String, String> changed) {
        return OURS.stream().map(name -> changed.getOrDefault(name, name)).toList();
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
