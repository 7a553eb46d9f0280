package dev.baton.server.processor;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import dev.baton.server.config.BadConfigurationException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A compiled expression. For one thread: the library keeps the state of an evaluation, such as what `$now()` is, in the
/// object that this very thread made.
///
/// The library's own bounds stop counting within array and object constructors, and count those as ever deeper, so that a few
/// hundred small arrays look like endless recursion. Ours are counted here, at every step, with the library's hooks.
final class Expression {

    private static final Pattern CODE = Pattern.compile("[A-Z]\\d{4}");

    /// Stands in messages for what the library would quote.
    private static final String SOMETHING = "…";

    private final Jsonata compiled;
    private final JsonataSettings settings;

    private Expression(Jsonata compiled, JsonataSettings settings) {
        this.compiled = compiled;
        this.settings = settings;
    }

    /// @throws BadConfigurationException if it cannot be compiled
    static void check(JsonataSettings settings) {
        var _ = compile(settings);
    }

    /// @throws BadConfigurationException if it cannot be compiled
    static Expression compile(JsonataSettings settings) {
        Jsonata compiled;
        try {
            compiled = Jsonata.jsonata(settings.expression());
        } catch (JException e) {
            throw refused(settings, e.getDetailedErrorMessage(), e.getLocation(), e);
        } catch (RuntimeException | StackOverflowError e) {
            throw refused(settings, e.toString(), -1, e);
        }
        if (compiled.getErrors() != null) {
            throw refused(settings, compiled.getErrors().toString(), -1, null);
        }
        // What a publisher wrote must not become code.
        compiled.registerFunction("eval", Jsonata.function("eval", Expression::noEval, null));
        return new Expression(compiled, settings);
    }

    private static Object noEval(Object arguments) {
        throw new JException("D3120", -1);
    }

    private static BadConfigurationException refused(
            JsonataSettings settings, String why, int at, @Nullable Throwable cause) {
        String where = at < 0 ? "" : " (" + place(settings.expression(), at) + ")";
        String message = "the expression of " + settings.origin() + " cannot be used: " + why;
        return cause == null
                ? new BadConfigurationException(message + where)
                : new BadConfigurationException(message + where, cause);
    }

    private static String place(String expression, int at) {
        String before = expression.substring(0, Math.min(at, expression.length()));
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        int column = before.length() - (before.lastIndexOf('\n') + 1);
        return "line " + line + ", character " + column;
    }

    /// Evaluates it.
    ///
    /// @return null for undefined
    /// @throws TransformFailedException if it fails or exceeds a bound
    /// @throws InterruptedException if the thread is interrupted meanwhile
    @Nullable Object evaluate(@Nullable Object input)
            throws TransformFailedException, InterruptedException {
        Steps steps = new Steps();
        Jsonata.Frame frame = compiled.createFrame();
        frame.setEvaluateEntryCallback((_, _, _) -> steps.deeper());
        frame.setEvaluateExitCallback((_, _, _, _) -> steps.back());
        try {
            compiled.setOutputConvertNulls(false);
            return compiled.evaluate(input, frame);
        } catch (RuntimeException e) {
            // The library may have wrapped what we threw.
            if (steps.interrupted) {
                throw new InterruptedException("interrupted while evaluating");
            }
            throw new TransformFailedException(
                    steps.exceeded == null ? describe(e) : steps.exceeded);
        } catch (StackOverflowError e) {
            throw new TransformFailedException("the expression recurses too deeply");
        }
    }

    /// Without the library's own words: they quote values.
    private static String describe(RuntimeException failure) {
        if (!(failure instanceof JException known)) {
            return "the expression failed: " + failure.getClass().getSimpleName();
        }
        String code = known.getError();
        String where = known.getLocation() < 0 ? "" : " at character " + known.getLocation();
        return code != null && CODE.matcher(code).matches()
                ? JException.msg(code, -1, SOMETHING, SOMETHING) + " (" + code + where + ")"
                : "the expression failed" + where;
    }

    /// Counts the steps of one evaluation and stops it.
    private final class Steps {
        private final long began = System.nanoTime();
        private int depth;
        private @Nullable String exceeded;
        private boolean interrupted;

        void deeper() {
            if (++depth > settings.maxDepth()) {
                stop("the expression is nested deeper than " + settings.maxDepth());
            }
            if (System.nanoTime() - began > settings.timeout().toNanos()) {
                stop("the expression took longer than " + settings.timeout().toMillis() + " ms");
            }
            if (Thread.currentThread().isInterrupted()) {
                interrupted = true;
                stop("interrupted");
            }
        }

        void back() {
            depth--;
        }

        private void stop(String why) {
            exceeded = why;
            throw new JException(why, -1);
        }
    }
}
