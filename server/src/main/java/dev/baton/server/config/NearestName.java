package dev.baton.server.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// The known name that somebody probably meant.
public final class NearestName {

    /// A name that is further away was hardly meant, nor one of which more than half the letters differ.
    private static final int MAX_EDITS = 3;

    private NearestName() {}

    /// @return the known name with the fewest edits, the first in order among equals, or null if all are too far away
    public static @Nullable String of(String given, Collection<String> known) {
        String nearest = null;
        int least = MAX_EDITS + 1;
        for (String candidate : known.stream().sorted().toList()) {
            int edits = edits(given, candidate);
            if (edits < least && 2 * edits <= letters(candidate)) {
                least = edits;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static int letters(String name) {
        return name.replaceFirst("^-+", "").length();
    }

    /// How many letters must be put in, taken out or changed to make one word of another.
    private static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
