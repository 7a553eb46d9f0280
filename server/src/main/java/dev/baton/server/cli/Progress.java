package dev.baton.server.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Says how far publishing has come: a bar that is drawn again on a terminal, a line now and then elsewhere.
///
/// A thread of its own speaks until it is closed. What was drawn is ended by a line break.
final class Progress implements AutoCloseable {

    private static final int BAR_CHARS = 30;
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final PrintStream out;
    private final boolean redraw;
    private final @Nullable Long count;
    private final LongSupplier published;
    private final Thread thread;

    /// @param out where to speak
    /// @param redraw whether a line can be drawn again there
    /// @param every how often to speak where it cannot
    /// @param count how many there will be, or null if nobody knows
    /// @param published how many there are
    Progress(
            PrintStream out,
            boolean redraw,
            Duration every,
            @Nullable Long count,
            LongSupplier published) {
        this.out = out;
        this.redraw = redraw;
        this.count = count;
        this.published = published;
        Duration rest = redraw ? REDRAW : every;
        this.thread = Thread.ofPlatform().daemon().name("baton-progress").start(() -> speak(rest));
    }

    private void speak(Duration rest) {
        Rates rates = new Rates(1, System.nanoTime());
        boolean drawn = false;
        try {
            while (true) {
                Thread.sleep(rest);
                drawn = redraw;
                say(rates);
            }
        } catch (InterruptedException e) {
            if (drawn) {
                say(rates);
                out.println();
            }
        }
    }

    private void say(Rates rates) {
        long now = published.getAsLong();
        String line = line(now, count, rates.perSecond(System.nanoTime(), now)[0], redraw);
        if (redraw) {
            out.print("\r" + line);
            out.flush();
        } else {
            out.println(line);
        }
    }

    /// @param bar whether to draw one, where the count is known
    static String line(long published, @Nullable Long count, String rate, boolean bar) {
        if (count == null) {
            return "published %,d  %s ".formatted(published, rate);
        }
        long percent = count == 0 ? 100 : 100 * published / count;
        if (!bar) {
            return "published %,d of %,d (%d %%)  %s".formatted(published, count, percent, rate);
        }
        int filled = (int) (BAR_CHARS * percent / 100);
        return "[%s%s] %3d %%  %,d/%,d  %s   "
                .formatted(
                        "=".repeat(filled),
                        " ".repeat(BAR_CHARS - filled),
                        percent,
                        published,
                        count,
                        rate);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
