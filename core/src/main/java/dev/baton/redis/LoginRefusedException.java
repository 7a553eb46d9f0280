package dev.baton.redis;

import org.jspecify.annotations.Nullable;

/// A server answered and does not let us in. The message says what to do, without secrets.
public final class LoginRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LoginRefusedException(RedisAddress address, boolean gaveNone, Throwable cause) {
        super(
                address
                        + (gaveNone
                                ? " asks for a password"
                                : " does not accept the user or password")
                        + advice(address.login()),
                cause);
    }

    private static String advice(@Nullable LoginFiles files) {
        if (files == null) {
            return "; give the right ones in a file, or in the address, redis://user:password@host:port";
        }
        return " in " + (files.user() == null ? "" : files.user() + " and ") + files.password();
    }
}
