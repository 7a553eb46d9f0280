package dev.baton.redis;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/// Gives every new connection the login that its files hold at that moment, and has the open ones log in again, without
/// a break, when the files changed. A connection whose new login is refused goes on with its old one, as the server has
/// it, and tries again later: files and server are seldom changed in the same moment.
///
/// [#look] is called by one thread at a time; the rest is thread-safe.
final class FileLogin implements RedisCredentialsProvider {

    private static final Logger log = LoggerFactory.getLogger(FileLogin.class);

    /// Looks between two attempts with a login that was refused.
    static final int LOOKS_BEFORE_RETRY = 5;

    private final RedisAddress address;
    private final LoginFiles files;
    private final Sinks.Many<RedisCredentials> changes =
            Sinks.many().multicast().directBestEffort();
    private final AtomicBoolean refused = new AtomicBoolean();
    private final AtomicBoolean refusalSaid = new AtomicBoolean();
    private @Nullable RedisCredentials seen;
    private int looksUntilRetry;

    FileLogin(RedisAddress address, LoginFiles files) {
        this.address = address;
        this.files = files;
    }

    @Override
    public Mono<RedisCredentials> resolveCredentials() {
        return Mono.fromCallable(files::read);
    }

    @Override
    public boolean supportsStreaming() {
        return true;
    }

    @Override
    public Flux<RedisCredentials> credentials() {
        return changes.asFlux();
    }

    /// Looks whether the files changed.
    void look() {
        RedisCredentials now;
        try {
            now = files.read();
        } catch (IllegalArgumentException e) {
            log.debug("{}", e.getMessage());
            return;
        }
        RedisCredentials before = seen;
        seen = now;
        if (before != null && !same(before, now)) {
            log.info("the login for {} changed; open connections log in again", address);
            logInAgain(now);
        } else if (refused.get() && --looksUntilRetry <= 0) {
            logInAgain(now);
        }
    }

    private void logInAgain(RedisCredentials now) {
        refused.set(false);
        looksUntilRetry = LOOKS_BEFORE_RETRY;
        changes.tryEmitNext(now);
    }

    /// A connection could not log in again.
    void refused(Throwable why) {
        refused.set(true);
        if (refusalSaid.compareAndSet(false, true)) {
            log.warn(
                    "{} refused the login that its file holds now ({}); open connections keep the former one, trying again",
                    address,
                    why.getMessage());
        }
    }

    /// A connection logged in again.
    void accepted() {
        if (refusalSaid.compareAndSet(true, false)) {
            log.info("{} accepted the login that its file holds now", address);
        }
    }

    private static boolean same(RedisCredentials one, RedisCredentials other) {
        return Objects.equals(one.getUsername(), other.getUsername())
                && Arrays.equals(one.getPassword(), other.getPassword());
    }
}
