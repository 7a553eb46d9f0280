package dev.baton.slice;

import dev.baton.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A script's arguments, in order.
final class Args {

    private final List<byte[]> values;

    Args(int expected) {
        values = new ArrayList<>(expected);
    }

    static Args of(Leadership by) {
        return new Args(16).add(by.epoch()).add(by.owner());
    }

    Args add(String value) {
        values.add(value.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    Args add(long value) {
        return add(Long.toString(value));
    }

    Args add(byte[] value) {
        values.add(value);
        return this;
    }

    /// Null is an empty argument.
    Args add(@Nullable Position position) {
        return add(position == null ? "" : position.toString());
    }

    List<byte[]> toList() {
        return values;
    }
}
