package dev.baton.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// What the roles say while a world lives: into the trace, or nowhere. The console would be full of it.
final class LogTap implements AutoCloseable {

    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.baton");
    private final @Nullable Level before = logger.getLevel();
    private final boolean additive = logger.isAdditive();
    private final @Nullable Tap tap;

    private static final class Tap extends AppenderBase<ILoggingEvent> {
        private final Trace trace;

        Tap(Trace trace) {
            this.trace = trace;
        }

        @Override
        protected void append(ILoggingEvent event) {
            trace.line("log", event::getFormattedMessage);
        }
    }

    private LogTap(@Nullable Trace trace) {
        tap = trace == null ? null : new Tap(trace);
        logger.setLevel(trace == null ? Level.OFF : Level.DEBUG);
        logger.setAdditive(false);
        if (tap != null) {
            tap.start();
            logger.addAppender(tap);
        }
    }

    static LogTap into(Trace trace) {
        return new LogTap(trace);
    }

    static LogTap nowhere() {
        return new LogTap(null);
    }

    @Override
    public void close() {
        if (tap != null) {
            logger.detachAppender(tap);
        }
        logger.setAdditive(additive);
        logger.setLevel(before);
    }
}
