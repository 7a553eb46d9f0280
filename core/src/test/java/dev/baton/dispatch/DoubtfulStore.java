package dev.baton.dispatch;

import dev.baton.slice.Slice;
import dev.baton.slice.SliceModel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// A slice in memory behind a connection that can break, and that can be set back to an earlier moment or emptied.
///
/// It keeps every call; the state of an earlier moment is made by calling a new model with those before it.
final class DoubtfulStore {

    private record Made(Method method, Object[] arguments) {}

    private record Waiting(CompletableFuture<Object> answer, Object outcome) {}

    private final List<Made> made = new ArrayList<>();
    private final List<Waiting> held = new ArrayList<>();
    private SliceModel model = new SliceModel(() -> 0);

    /// Calls fail and have no effect.
    boolean away;

    /// Calls of these names fail and have no effect.
    final Set<String> refused = new HashSet<>();

    /// Calls of these names take effect, and their answers are kept back until [#answer].
    final Set<String> slow = new HashSet<>();

    SliceModel model() {
        return model;
    }

    /// As many calls took effect.
    int moment() {
        return made.size();
    }

    /// Forgets everything after a moment.
    void setBack(int moment) throws ReflectiveOperationException {
        List<Made> kept = List.copyOf(made.subList(0, moment));
        empty();
        for (Made call : kept) {
            call.method().invoke(model, call.arguments());
            made.add(call);
        }
    }

    /// Forgets everything.
    void empty() {
        made.clear();
        model = new SliceModel(() -> 0);
    }

    /// Gives the answers that were kept back, in the order of the calls.
    void answer() {
        slow.clear();
        List<Waiting> now = List.copyOf(held);
        held.clear();
        now.forEach(waiting -> waiting.answer().complete(waiting.outcome()));
    }

    Slice slice() {
        return (Slice)
                Proxy.newProxyInstance(
                        Slice.class.getClassLoader(),
                        new Class<?>[] {Slice.class},
                        (proxy, method, arguments) ->
                                method.getReturnType() == CompletableFuture.class
                                        ? call(method, arguments)
                                        : method.invoke(model, arguments));
    }

    private CompletableFuture<?> call(Method method, Object[] arguments)
            throws ReflectiveOperationException {
        if (away || refused.contains(method.getName())) {
            return lost();
        }
        CompletableFuture<?> answer;
        try {
            answer = (CompletableFuture<?>) method.invoke(model, arguments);
        } catch (InvocationTargetException e) {
            return CompletableFuture.failedFuture(e.getCause());
        }
        made.add(new Made(method, arguments));
        if (slow.contains(method.getName())) {
            CompletableFuture<Object> later = new CompletableFuture<>();
            held.add(new Waiting(later, answer.join()));
            return later;
        }
        return answer;
    }

    private static CompletableFuture<?> lost() {
        return CompletableFuture.failedFuture(new IllegalStateException("no answer"));
    }
}
