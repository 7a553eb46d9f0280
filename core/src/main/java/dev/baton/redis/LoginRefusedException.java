package dev.baton.redis;

/// A server answered and does not let us in. The message says what to do, without secrets.
public final class LoginRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LoginRefusedException(RedisAddress address, boolean gaveNone, Throwable cause) {
        super(
                address
                        + (gaveNone
                                ? " asks for a password"
                                : " does not accept the user or password")
                        + "; give the right ones in the address, redis://user:password@host:port",
                cause);
    }
}
