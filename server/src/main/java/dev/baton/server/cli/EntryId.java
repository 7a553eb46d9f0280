package dev.baton.server.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a stream's entry.
///
/// @param millis by the store's clock, unsigned
/// @param number within the millisecond, unsigned
record EntryId(long millis, long number) implements Comparable<EntryId> {

    /// Before every entry.
    static final EntryId START = new EntryId(0, 0);

    private static final Pattern FORM = Pattern.compile("(\\d{1,19})(?:-(\\d{1,20}))?");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

    /// @param text without a number it is that of the millisecond's first entry
    /// @throws IllegalArgumentException if it is none
    static EntryId parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no id of an entry");
        }
        String number = form.group(2);
        return new EntryId(
                Long.parseUnsignedLong(form.group(1)),
                number == null ? 0 : Long.parseUnsignedLong(number));
    }

    /// The last one before it that could be.
    EntryId before() {
        if (number != 0) {
            return new EntryId(millis, number - 1);
        }
        return millis == 0 ? START : new EntryId(millis - 1, -1);
    }

    /// When the store took the entry in.
    String time() {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    @Override
    public int compareTo(EntryId other) {
        int byMillis = Long.compareUnsigned(millis, other.millis);
        return byMillis != 0 ? byMillis : Long.compareUnsigned(number, other.number);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(number);
    }
}
