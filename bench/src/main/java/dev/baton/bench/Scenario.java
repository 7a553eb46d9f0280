package dev.baton.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/// One combination of what is varied. What makes no difference to a subject is 0.
///
/// @param bytes of a message
/// @param perSecond 0 for as many as come through
/// @param workers of Baton
/// @param slices of Baton
/// @param dispatchers of Baton
record Scenario(int bytes, long perSecond, int workers, int slices, int dispatchers) {

    /// What of it makes a difference to a subject.
    Scenario of(Subject subject) {
        return switch (subject) {
            case BATON, GROUP -> this;
            case REFERENCE -> new Scenario(bytes, perSecond, 0, 0, 0);
            case PARTS -> new Scenario(bytes, 0, 0, 0, 0);
        };
    }

    /// For programs.
    Map<String, Long> numbers() {
        Map<String, Long> numbers = new LinkedHashMap<>();
        numbers.put("size", (long) bytes);
        numbers.put("rate", perSecond);
        numbers.put("workers", (long) workers);
        numbers.put("slices", (long) slices);
        numbers.put("dispatchers", (long) dispatchers);
        return numbers;
    }

    /// For people.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("%,d B".formatted(bytes));
        text.append(perSecond == 0 ? ", flat out" : ", %,d/s".formatted(perSecond));
        if (workers > 0) {
            text.append(", ").append(count(workers, "worker"));
            text.append(", ").append(count(slices, "slice"));
            text.append(", ").append(count(dispatchers, "dispatcher"));
        }
        return text.toString();
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
