package dev.baton.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Secrets that all dispatchers of a pipeline share, by which they know each other's control messages from those of
/// whoever else may publish on the control channel. A message carries an HMAC-SHA-256 of its bytes behind them.
///
/// The first key signs, any of them is believed: to change the key without a break, give every dispatcher the old one and
/// the new one, then the new one and the old one, then the new one alone. A copy of a signed message is signed too; what
/// copies can do is the numbering's affair, which takes them for what they are. Thread-safe; never shows a key.
public final class ControlKeys {

    /// Nothing is signed, and everything is believed.
    public static final ControlKeys NONE = new ControlKeys(List.of());

    private static final String ALGORITHM = "HmacSHA256";
    private static final int TAG_BYTES = 32;
    private static final int MIN_KEY_BYTES = 16;
    private static final int MAX_KEY_BYTES = 4 << 10;

    private final List<SecretKeySpec> keys;

    private ControlKeys(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /// Reads keys, one a file, any bytes; line breaks at the end of a file do not count.
    ///
    /// @param files none for [#NONE]
    /// @throws IllegalArgumentException if one is missing, cannot be read, or holds fewer than 16 bytes or more than
    ///     4,096; the message says which
    public static ControlKeys read(List<Path> files) {
        List<SecretKeySpec> keys = new ArrayList<>(files.size());
        for (Path file : files) {
            keys.add(new SecretKeySpec(read(file), ALGORITHM));
        }
        return keys.isEmpty() ? NONE : new ControlKeys(List.copyOf(keys));
    }

    private static byte[] read(Path file) {
        try {
            if (Files.size(file) > MAX_KEY_BYTES) {
                throw new IllegalArgumentException(file + " is too large for a key");
            }
            byte[] bytes = Files.readAllBytes(file);
            int length = bytes.length;
            while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
                length--;
            }
            if (length < MIN_KEY_BYTES) {
                throw new IllegalArgumentException(
                        file + " holds a key of fewer than " + MIN_KEY_BYTES + " bytes");
            }
            return Arrays.copyOf(bytes, length);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("no such file: " + file, e);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + file, e);
        }
    }

    /// A message as it is published.
    byte[] seal(byte[] message) {
        if (keys.isEmpty()) {
            return message;
        }
        byte[] sealed = Arrays.copyOf(message, message.length + TAG_BYTES);
        System.arraycopy(
                tag(keys.getFirst(), message, message.length),
                0,
                sealed,
                message.length,
                TAG_BYTES);
        return sealed;
    }

    /// A message as it was before it was published.
    ///
    /// @return null if none of the keys signed it
    byte @Nullable [] open(byte[] sealed) {
        if (keys.isEmpty()) {
            return sealed;
        }
        int length = sealed.length - TAG_BYTES;
        if (length < 0) {
            return null;
        }
        byte[] found = Arrays.copyOfRange(sealed, length, sealed.length);
        for (SecretKeySpec key : keys) {
            if (MessageDigest.isEqual(found, tag(key, sealed, length))) {
                return Arrays.copyOf(sealed, length);
            }
        }
        return null;
    }

    private static byte[] tag(SecretKeySpec key, byte[] bytes, int length) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return keys.isEmpty() ? "no keys" : "keys that are not shown";
    }
}
