package dev.baton.slice;

import dev.baton.duty.RefusedException;
import dev.baton.redis.DiscardedException;
import dev.baton.redis.StoreConnection;
import dev.baton.redis.Transaction;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Runs scripts by their digest, or by their text when the server does not know it, which in a cluster each node learns for
/// itself; alone, or with other commands in one transaction. Thread-safe.
final class ScriptRunner {

    private final RedisClusterAsyncCommands<byte[], byte[]> commands;
    private final @Nullable StoreConnection connection;

    /// Runs all scripts by themselves.
    ScriptRunner(RedisClusterAsyncCommands<byte[], byte[]> commands) {
        this.commands = commands;
        this.connection = null;
    }

    ScriptRunner(StoreConnection connection) {
        this.commands = connection.async();
        this.connection = connection;
    }

    /// Whether scripts can be part of a transaction.
    boolean transacts() {
        return connection != null;
    }

    /// Runs a script as the last of several commands that take effect together, by its text: an unknown digest would leave the others'
    /// effect without the script's.
    ///
    /// @param before the other commands; their answers are of no interest
    /// @return the script's answer; fails with [dev.baton.redis.DiscardedException] if nothing took effect
    CompletableFuture<List<Object>> runBehind(
            Transaction before, Script script, List<byte[]> keys, Args args) {
        CommandArgs<byte[], byte[]> eval = call(script.source(), keys, args.toList());
        return transact(keys, before.add(CommandType.EVAL, eval))
                .thenApply(ScriptRunner::last)
                .exceptionallyCompose(
                        failure -> CompletableFuture.failedStage(refusalOrSame(failure)));
    }

    /// Runs a script before and after other commands, all of which take effect together, by its digest: where the server does not know it,
    /// it says so both times, and the commands between have no effect without the script.
    ///
    /// @param before what the script is given the first time
    /// @param additions commands between the two, each an `XADD`
    /// @param additionBytes about how long these are together
    /// @param after the second time
    /// @return the script's two answers; fails with [dev.baton.redis.DiscardedException] if nothing took effect
    CompletableFuture<Around> runAround(
            Script script,
            List<byte[]> keys,
            List<byte[]> before,
            List<Transaction.Encoding> additions,
            int additionBytes,
            List<byte[]> after) {
        Transaction transaction = new Transaction(additionBytes);
        transaction.add(CommandType.EVALSHA, call(script.sha(), keys, before));
        additions.forEach(addition -> transaction.add(CommandType.XADD, addition));
        transaction.add(CommandType.EVALSHA, call(script.sha(), keys, after));
        return transact(keys, transaction)
                .thenApply(answers -> new Around(answer(answers.getFirst()), last(answers)))
                .exceptionallyCompose(
                        failure ->
                                CompletableFuture.failedStage(
                                        isUnknownScript(failure)
                                                ? new DiscardedException(
                                                        "the server does not know the script yet")
                                                : refusalOrSame(failure)));
    }

    private CompletableFuture<List<Object>> transact(List<byte[]> keys, Transaction transaction) {
        if (connection == null) {
            throw new IllegalStateException("opened without transactions");
        }
        return connection.transact(keys.getFirst(), transaction);
    }

    /// Goes another way where nothing of a transaction took effect.
    static <R> CompletableFuture<R> orElse(
            CompletableFuture<R> transacted,
            Function<DiscardedException, CompletableFuture<R>> otherwise) {
        return transacted.exceptionallyCompose(
                failure ->
                        cause(failure) instanceof DiscardedException discarded
                                ? otherwise.apply(discarded)
                                : CompletableFuture.failedFuture(failure));
    }

    private static CommandArgs<byte[], byte[]> call(
            String script, List<byte[]> keys, List<byte[]> values) {
        CommandArgs<byte[], byte[]> args =
                new CommandArgs<>(ByteArrayCodec.INSTANCE).add(script).add(keys.size());
        return args.addKeys(keys).addValues(values);
    }

    /// What a script answered before and after other commands.
    record Around(List<Object> before, List<Object> after) {}

    private static List<Object> last(List<Object> answers) {
        return answer(answers.getLast());
    }

    @SuppressWarnings("unchecked") // the client's own type for nested answers
    private static List<Object> answer(Object nested) {
        return (List<Object>) nested;
    }

    /// Runs a script and reads its answer.
    <R> CompletableFuture<R> run(
            Script script, List<byte[]> keys, Args args, Function<Answer, R> decode) {
        return run(script, keys, args.toList())
                .thenApply(fields -> decode.apply(new Answer(fields)));
    }

    /// Sends a script's digest, and its text when the server does not know it: `EVAL` runs it and remembers it in one
    /// step, so nobody's `SCRIPT FLUSH` comes between. The second attempt stands behind whatever was sent meanwhile.
    CompletableFuture<List<Object>> run(Script script, List<byte[]> keys, List<byte[]> values) {
        byte[][] keyArray = keys.toArray(byte[][]::new);
        byte[][] valueArray = values.toArray(byte[][]::new);
        return evaluate(script, keyArray, valueArray)
                .exceptionallyCompose(
                        failure -> {
                            if (!isUnknownScript(failure)) {
                                return CompletableFuture.failedStage(failure);
                            }
                            return commands.eval(
                                    script.source(), ScriptOutputType.MULTI, keyArray, valueArray);
                        })
                .exceptionallyCompose(
                        failure -> CompletableFuture.failedStage(refusalOrSame(failure)))
                .toCompletableFuture();
    }

    private CompletionStage<List<Object>> evaluate(Script script, byte[][] keys, byte[][] values) {
        return commands.evalsha(script.sha(), ScriptOutputType.MULTI, keys, values);
    }

    /// What a server says no to is a refusal; everything else stays what it is.
    static Throwable refusalOrSame(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof RedisCommandExecutionException
                ? new RefusedException(cause)
                : failure;
    }

    private static boolean isUnknownScript(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof RedisNoScriptException
                || (cause instanceof RedisCommandExecutionException
                        && String.valueOf(cause.getMessage()).startsWith("NOSCRIPT"));
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
